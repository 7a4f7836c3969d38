"""Training of EndoDepth's networks: losses, datasets, the training loop and the recipes that make the shipped weights."""
