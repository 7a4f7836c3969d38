"""A rendered scene with truth, seen by a camera that travels: for structure from motion and adaptation."""
