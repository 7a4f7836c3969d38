"""`python -m EndoDepthTrainingLib.recipes NAME DIR`: a recipe without the console command."""

import sys
from pathlib import Path

from EndoDepthLib.errors import EndoDepthError
from EndoDepthTrainingLib.recipes import run_recipe

if __name__ == "__main__":
    try:
        run_recipe(sys.argv[1], Path(sys.argv[2]))
    except EndoDepthError as error:
        sys.exit(str(error))
