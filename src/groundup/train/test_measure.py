"""Accuracy and confusion."""

import numpy as np
import pytest

from groundup.train import binary_accuracy, class_accuracy, confusion


def test_class_accuracy_counts_the_largest_logit() -> None:
    assert class_accuracy(np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 5.0]]), np.array([1, 0, 0])) == pytest.approx(2 / 3)


def test_binary_accuracy_cuts_at_a_logit_of_zero() -> None:
    assert binary_accuracy(np.array([[0.1], [-0.1], [2.0], [-3.0]]), np.array([[1.0], [0.0], [0.0], [0.0]])) == 0.75


def test_confusion_has_the_truth_in_rows() -> None:
    found = confusion(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 0, 0]), 3)
    assert found.tolist() == [[1, 1, 0], [0, 1, 0], [2, 0, 0]]


def test_confusion_refuses_labels_out_of_range() -> None:
    with pytest.raises(ValueError, match="confusion: expected labels from 0 to 1"):
        confusion(np.array([0, 2]), np.array([0, 1]), 2)
