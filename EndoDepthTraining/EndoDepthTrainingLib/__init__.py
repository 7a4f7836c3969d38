"""Training of EndoDepth's networks: losses, data sets, the training loop and the recipes that make the weights."""
