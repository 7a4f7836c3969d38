"""The refusal threshold."""

import numpy as np

from EndoDepthTrainingLib.text.calibration import calibrate


def test_the_threshold_separates_what_can_be_separated() -> None:
    named = np.array([[0.9, 0.05, 0.05], [0.1, 0.7, 0.2]])
    foreign = np.array([[0.3, 0.1, 0.6], [0.05, 0.4, 0.55]])
    found = calibrate(np.vstack([named, foreign]), np.array([0, 1, 2, 2]), np.ones(4))
    assert 0.4 < found.min_probability <= 0.7
    assert (found.right, found.refused, found.phrasings, found.others) == (1.0, 1.0, 2, 2)


def test_a_wrong_class_is_never_right() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.0, 0.2, 0.8]])
    assert calibrate(probabilities, np.array([1, 2]), np.ones(2)).right == 0.0
