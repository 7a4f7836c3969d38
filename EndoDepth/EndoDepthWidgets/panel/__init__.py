"""The panel of the EndoDepth module: one file a section."""
