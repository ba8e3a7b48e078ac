"""Heat over pictures."""

from pathlib import Path

import numpy as np
import pytest

from groundup.labs.plots_saliency import concentration, overlay, saliency
from support.figures import words

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601: what a colour is in grey


@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_more_heat_is_darker_in_grey_over_any_picture(grey: float) -> None:
    heat = np.linspace(0, 1, 100).reshape(10, 10)
    seen = np.tensordot(LUMA, overlay(np.full((10, 10), grey), heat), axes=1).ravel()
    assert (np.diff(seen)[:98] < 0).all()
    assert seen[0] == pytest.approx(0.55 + 0.45 * grey)
    assert seen[-1] < 0.45, "the hottest is darker than the darkest of the picture"


def test_sign_and_scale_of_the_heat_do_not_count() -> None:
    rng = np.random.default_rng(0)
    image, heat = rng.random((3, 6, 6)), rng.normal(size=(6, 6))
    np.testing.assert_allclose(overlay(image, heat), overlay(image, -7 * heat))
    assert overlay(image, 0 * heat).shape == (3, 6, 6)


def test_heat_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"overlay: expected heat \(4, 4\), got \(2, 2\)"):
        overlay(np.zeros((1, 4, 4)), np.zeros((2, 2)))


def test_concentration() -> None:
    assert concentration(np.ones((10, 10))) == pytest.approx(0.1)
    assert concentration(-np.eye(10)) == pytest.approx(1)
    assert concentration(np.zeros((3, 3))) == 0.1


@pytest.mark.parametrize("channels", [1, 3])
def test_the_narrowest_method_is_named(tmp_path: Path, channels: int) -> None:
    images = np.random.default_rng(0).random((2, channels, 10, 10))
    heats = {"gradient": np.ones((2, 10, 10)), "Grad-CAM": np.stack([np.eye(10)] * 2)}
    text = words(tmp_path, saliency(images, heats, tmp_path / "s", captions=["cat", "dog"]))
    assert "Narrowest is Grad-CAM: it puts 100.0 % of its strength on a tenth of the pixels" in text
    assert {"picture", "gradient", "Grad-CAM", "cat", "dog"} <= set(text.split("\n"))
    alone = saliency(images, {"gradient": heats["gradient"]}, tmp_path / "s")
    assert "gradient puts 10.0 % of its strength" in words(tmp_path, alone)
