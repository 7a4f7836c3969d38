"""Frames that follow one another: what self-supervision learns from."""
