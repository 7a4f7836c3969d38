"""Pictures of a calibration board through a known lens: for calibration's tests and benchmark."""
