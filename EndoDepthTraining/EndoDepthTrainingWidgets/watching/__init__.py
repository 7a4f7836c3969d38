"""What a run on disk shows while it goes on: its curves and its picture sheets."""
