"""Near-duplicates: what was saved again, brightened or touched is found; what is merely of a kind is not."""

from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from groundup.data import load
from groundup.labs.eda import alike


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    """40 pictures (40, 32, 32, 3) with large and small shapes, each of its own."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (40, 5, 5, 3)).astype(np.uint8)
    return np.stack([np.asarray(Image.fromarray(each).resize((32, 32), Image.Resampling.BICUBIC)) for each in coarse])


def near(x: np.ndarray) -> list[tuple[int, int]]:
    found = alike.near(x, np.arange(len(x)))
    return list(zip(found.a.tolist(), found.b.tolist(), strict=True))


def test_pictures_of_their_own_have_no_twin(photos: np.ndarray) -> None:
    assert near(photos) == []


def test_a_copy_that_was_saved_brightened_or_touched_is_found(photos: np.ndarray) -> None:
    file = BytesIO()
    Image.fromarray(photos[0]).save(file, "jpeg", quality=80)
    saved = np.asarray(Image.open(file))
    brighter = np.clip(photos[1].astype(float) * 1.1, 0, 255).astype(np.uint8)
    touched = photos[2].copy()
    touched[10:13, 10:13] = 255
    x = np.concatenate([photos, [saved, brighter, touched]])
    assert sorted(near(x)) == [(0, 40), (1, 41), (2, 42)]


def test_the_same_picture_is_no_near_duplicate(photos: np.ndarray) -> None:
    x = np.concatenate([photos, photos[:2]])
    of_row = np.r_[np.arange(40), 0, 1]
    assert len(alike.near(x, of_row).a) == 0


def test_correlation_is_numpys() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (1, 16, 16)).astype(np.uint8)
    x = np.concatenate([x, np.clip(x.astype(int) + rng.integers(-8, 9, x.shape), 0, 255).astype(np.uint8)])
    found = alike.near(x, np.arange(2))
    assert found.r.tolist() == [pytest.approx(np.corrcoef(x.reshape(2, -1))[0, 1], abs=1e-5)]


def test_even_pictures_are_like_nothing() -> None:
    assert near(np.stack([np.full((8, 8), value, np.uint8) for value in (0, 9, 200)])) == []


def test_blocks_are_means() -> None:
    grey = np.random.default_rng(0).random((3, 16, 24))
    expected = grey.reshape(3, 8, 2, 8, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(alike.shrink(grey, 8, 8), expected)
    assert alike.shrink(grey[:, :5, :3], 8, 8).shape == (3, 8, 8)  # smaller than the blocks


def test_three_bits_apart_share_a_band() -> None:
    rng = np.random.default_rng(0)
    bits = rng.random((50, 8, 8)) < 0.5
    flipped = bits.reshape(50, 64).copy()
    for row in flipped:
        row[rng.choice(64, 3, replace=False)] ^= True
    ours, theirs = alike._bits(bits), alike._bits(flipped.reshape(50, 8, 8))
    assert ours.shape == (50, alike.BANDS)
    assert (ours == theirs).any(axis=1).all()
    assert not (ours == theirs).all(axis=1).any()


def test_many_candidates_are_compared_in_parts_that_hold_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "TOGETHER", 10)
    x = np.random.default_rng(0).integers(0, 256, (35, 4, 4)).astype(np.uint8)
    groups = list(alike.candidates(np.zeros(35, int), x, np.arange(35)))
    assert sorted(np.concatenate(groups).tolist()) == list(range(35))
    assert max(map(len, groups)) <= 10
    means = [x[group].mean(axis=(1, 2)) for group in groups]
    assert all(a.max() <= b.min() for a, b in pairwise(means))


def test_real_digits_of_sixteen_levels_are_scaled() -> None:
    digits = load("digits")
    found = alike.near(digits.x, np.arange(len(digits)), digits.scale)
    assert (found.r >= alike.ALIKE).all()
    assert (found.a < found.b).all()
    assert (np.diff(found.r) <= 0).all()
    assert (digits.y[found.a] == digits.y[found.b]).mean() > 0.95
