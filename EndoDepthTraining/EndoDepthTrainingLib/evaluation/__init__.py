"""Evaluation on data sets: a network's figures, frame by frame, against all that a set knows of its frames."""
