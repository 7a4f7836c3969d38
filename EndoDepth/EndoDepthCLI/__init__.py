"""The console command `endodepth`: one file a subcommand, the job they share in `job`."""
