"""The panel in sections, what it is set to, and the views it lays out."""
