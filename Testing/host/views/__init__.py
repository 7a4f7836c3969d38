"""The views of the main window: real MRML view and slice nodes, logics and displayable managers, drawn off-screen."""
