"""Filters and feature maps."""

from pathlib import Path

import numpy as np
import pytest

from groundup.labs.plots_filters import feature_maps, filters
from support.figures import words

RNG = np.random.default_rng(0)


def test_filters_say_how_unlike_they_are(tmp_path: Path) -> None:
    weight = np.ones((5, 1, 3, 3))
    weight[2] *= 4
    assert "The largest of 5 filters of conv1 is 4.0 times the smallest" in words(
        tmp_path, filters(weight, tmp_path / "f", name="conv1")
    )


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_dead_filters_are_counted_and_other_channels_named(tmp_path: Path, channels: int) -> None:
    weight = RNG.normal(size=(17, channels, 5, 5))
    weight[3:5] = 0
    figure = filters(weight, tmp_path / "f", name="conv2")
    assert "All but zero: 2 of 17 filters of conv2" in words(tmp_path, figure)
    assert ("the first of 6 channels" in figure.caption) == (channels == 6)


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8), (3, 8, 8)])
def test_maps_that_are_silent_are_counted(tmp_path: Path, shape: tuple[int, ...]) -> None:
    maps = RNG.random((6, 4, 4))
    image = RNG.random(shape)
    text = words(tmp_path, feature_maps(image, maps, tmp_path / "m", name="conv1"))
    assert "All 6 maps of conv1 answer to this picture" in text
    assert {"input", "6 maps"} <= set(text.split("\n"))
    maps[0] = 0
    assert "Silent to this picture: 1 of 6 maps of conv1" in words(
        tmp_path, feature_maps(image, maps, tmp_path / "m", name="conv1")
    )
    nothing = feature_maps(image, 0 * maps, tmp_path / "m", name="conv1")
    assert "Silent to this picture: 6 of 6 maps of conv1" in words(tmp_path, nothing)
