"""A job that runs in a child process while its results become nodes, one frame a tick of a timer."""
