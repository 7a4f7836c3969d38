"""Makes the text tower: training text, teacher, distillation, and the calibration of what is refused."""
