"""What a Slicer user sees: the panel, its background process, the installation of what it needs."""
