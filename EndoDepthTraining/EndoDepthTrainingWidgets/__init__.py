"""The panel of the module that makes weights: frames, labels, training, comparison, and taking the result into use."""
