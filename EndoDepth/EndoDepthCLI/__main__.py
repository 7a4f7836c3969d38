"""`python -m EndoDepthCLI` is the console command `endodepth`."""

import sys

from EndoDepthCLI.main import main

if __name__ == "__main__":  # spawned worker processes import this module again
    sys.exit(main())
