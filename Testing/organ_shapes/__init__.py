"""Organs of known shape, and what an endoscope would have seen of them."""
