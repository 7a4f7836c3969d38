"""EndoDepth's library: endoscopy video to depth, named structures and surfaces. Importing it loads neither torch nor vtk."""

__version__ = "0.1.0"
