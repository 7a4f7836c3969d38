"""Results and tracking folders with true depth and poses, for fusion: a wall above a floor, or a rendered phantom."""
