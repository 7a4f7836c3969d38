"""Driving the panel in the host, as a user does: shared by tests, benchmarks and the screenshots' program."""
