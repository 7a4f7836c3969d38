"""Long work of the training panel beside the event loop: child processes, and short steps in this one."""
