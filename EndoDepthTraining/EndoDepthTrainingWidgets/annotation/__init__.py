"""Annotated frames: between the folder on disk that trainings read and the stack in the scene that people edit."""
