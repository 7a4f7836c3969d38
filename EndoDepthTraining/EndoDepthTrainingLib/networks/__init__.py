"""Networks that are needed for training only."""
