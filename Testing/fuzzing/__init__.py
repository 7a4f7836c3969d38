"""Damaged inputs by the thousand for everything that reads outside bytes."""
