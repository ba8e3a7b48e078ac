import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from groundup.vision.augment import (
    ColorJitter,
    Compose,
    Cutout,
    RandomAffine,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    adjust_brightness,
    adjust_contrast,
    affine,
    bilinear,
    crop,
    erase,
    hflip,
    inverse_affine,
)
from support.parity import close, tensor, twin

TWIN = twin("vision/augment")
SHAPES = [(6, 1, 5, 7), (6, 3, 8, 8), (6, 2, 4, 4)]
EVERY = [
    RandomHorizontalFlip(),
    RandomCrop(2),
    RandomCrop(2, padding_mode="reflect"),
    RandomAffine(20, (0.1, 0.2), (0.8, 1.2), 10),
    RandomErasing(),
    Cutout(3),
    ColorJitter(0.3, 0.3),
    Compose([RandomHorizontalFlip(), RandomCrop(1)]),
]


def pictures(*shape: int, seed: int = 0, dtype: str = "float64"):
    return np.random.default_rng(seed).random(shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("transform", EVERY, ids=lambda t: type(t).__name__)
def test_shape_and_dtype_stay_and_the_input_too_and_a_seed_repeats(transform, dtype: str) -> None:
    for shape in ((7, 3, 9, 8), (5, 1, 4, 6), (0, 1, 4, 4)):
        x = pictures(*shape, dtype=dtype)
        y = transform(x, 3)
        assert (y.shape, y.dtype) == (x.shape, x.dtype)
        assert not np.shares_memory(x, y)
        np.testing.assert_array_equal(x, pictures(*shape, dtype=dtype))
        np.testing.assert_array_equal(y, transform(x, np.random.default_rng(3)))
        assert not x.size or not np.array_equal(y, transform(x, 4))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_drawn_is_applied_as_the_twin_does(shape) -> None:
    rng = np.random.default_rng(1)
    n, _, h, w = shape
    x = pictures(*shape)
    chosen = np.array([True, False, True, True, False, False])
    close("mirrored", hflip(x, chosen), TWIN.hflip(tensor(x), tensor(chosen)).numpy(), 0)
    top, left = rng.integers(3, size=(2, n))
    theirs = TWIN.crop(tensor(x), tensor(top), tensor(left), h - 2, w - 2).numpy()
    close("cut", crop(x, top, left, h - 2, w - 2), theirs, 0)
    top, left, height, width = rng.integers([[-2], [-2], [0], [0]], [[h], [w], [4], [4]], size=(4, n))
    theirs = TWIN.erase(tensor(x), *map(tensor, (top, left, height, width)), 0.5).numpy()
    close("erased", erase(x, top, left, height, width, 0.5), theirs, 0)
    factor = rng.uniform(0, 2, n)
    close("brighter", adjust_brightness(x, factor), TWIN.adjust_brightness(tensor(x), tensor(factor)).numpy(), 1e-12)
    if shape[1] != 2:
        close("contrast", adjust_contrast(x, factor), TWIN.adjust_contrast(tensor(x), tensor(factor)).numpy(), 1e-12)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.floats(-180, 180),
    st.floats(0.3, 3),
    st.floats(-40, 40),
    st.integers(0, 99),
)
def test_affine_equals_torch(h, w, angle, scale, shear, seed) -> None:
    rng = np.random.default_rng(seed)
    x = rng.random((3, 2, h, w))
    by = np.array([1, 0.5, -0.3])
    inverse = inverse_affine(angle * by, rng.uniform(-3, 3, (3, 2)), scale**by, shear * by)
    close("y", affine(x, inverse), TWIN.affine(tensor(x), tensor(inverse)).numpy(), 1e-9)


def test_affine_of_float32_equals_torch() -> None:
    x = pictures(3, 1, 28, 28, dtype="float32")
    inverse = inverse_affine(np.array([10.0, -30, 60]), np.full((3, 2), 1.5), np.array([1, 0.8, 1.3]), np.zeros(3))
    theirs = TWIN.affine(tensor(x), tensor(inverse.astype("float32"))).numpy()
    close("y", affine(x, inverse), theirs, 1e-4)


def test_the_inverse_undoes_the_map_of_equation_3() -> None:
    angle, scale, shear = np.array([25.0, -70]), np.array([1.3, 0.6]), np.array([12.0, -20])
    shift = np.array([[1.5, -2], [0.25, 3]])
    for k, m in enumerate(inverse_affine(angle, shift, scale, shear)):
        t, s = np.radians(angle[k]), np.tan(np.radians(shear[k]))
        forward = scale[k] * np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) @ np.array([[1, -s], [0, 1]])
        p = np.array([3.0, -4])
        np.testing.assert_allclose(m[:, :2] @ (forward @ p + shift[k]) + m[:, 2], p, rtol=1e-12)


def turned(x, angle=0.0, shift=(0.0, 0.0), scale=1.0):
    n = len(x)
    return affine(x, inverse_affine(np.full(n, angle), np.tile(shift, (n, 1)), np.full(n, scale), np.zeros(n)))


def test_what_can_be_done_without_sampling_is_exact() -> None:
    x = pictures(2, 2, 6, 6)
    np.testing.assert_allclose(turned(x, 90), np.rot90(x, -1, axes=(2, 3)), atol=1e-12)  # clockwise
    np.testing.assert_allclose(turned(x, 180), x[:, :, ::-1, ::-1], atol=1e-12)
    np.testing.assert_array_equal(turned(x), x)
    moved = turned(x, shift=(2.0, -1.0))  # two to the right, one up
    np.testing.assert_allclose(moved[:, :, :-1, 2:], x[:, :, 1:, :-2], atol=1e-12)
    assert not moved[:, :, -1].any()
    assert not moved[:, :, :, :2].any()
    assert turned(np.ones((1, 1, 10, 10)), scale=0.5).sum() == pytest.approx(25, rel=0.2)


def test_a_turn_equals_pillow_inside_the_picture() -> None:
    x = pictures(1, 1, 20, 20, dtype="float32")
    theirs = np.asarray(Image.fromarray(x[0, 0]).rotate(-17, Image.Resampling.BILINEAR))
    np.testing.assert_allclose(turned(x, 17)[0, 0, 5:15, 5:15], theirs[5:15, 5:15], atol=1e-5)


def test_between_pixels_and_beyond_them() -> None:
    x = np.array([[[[1.0, 3], [5, 7]]]])
    rows, columns = np.array([[[0, 0.5, 0.5, -0.5, 5, -9, 1]]]), np.array([[[0.5, 0, 0.5, 0, 5, -9, 1]]])
    np.testing.assert_allclose(bilinear(x, rows, columns), [[[[2, 3, 4, 0.5, 0, 0, 7]]]])
    np.testing.assert_allclose(bilinear(x, rows, columns, 9)[0, 0, 0, 3:], [5, 9, 9, 7])


def test_each_picture_is_mirrored_by_its_own_coin() -> None:
    x = np.tile([0.0, 1.0], (4000, 1, 1, 1))
    for p in (0.0, 0.3, 1.0):
        part = RandomHorizontalFlip(p)(x, 0)[:, 0, 0, 0].mean()
        assert part == pytest.approx(p, abs=0.03 * (0 < p < 1))


def test_every_shift_of_a_crop_is_drawn_alike() -> None:
    x = np.zeros((9000, 1, 3, 3))
    x[:, 0, 1, 1] = 1
    y = RandomCrop(1)(x, 0)
    np.testing.assert_allclose(y.mean(axis=0)[0], np.full((3, 3), 1 / 9), atol=0.01)
    assert (y.sum(axis=(1, 2, 3)) == 1).all()


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric"])
def test_what_a_crop_takes_in_at_the_edge(mode: str) -> None:
    x = pictures(40, 1, 5, 5)
    y = RandomCrop(2, fill=7, padding_mode=mode)(x, 0)
    assert all(np.isin(b, a).all() for a, b in zip(x, y, strict=True))
    filled = RandomCrop(2, fill=7)(x, 0)
    np.testing.assert_array_equal(filled[filled < 7], y[filled < 7])
    assert (filled == 7).any()


def test_the_ranges_of_an_affine_map_are_kept_and_used() -> None:
    n, side = 500, 41
    x = np.zeros((n, 1, side, side))
    x[:, 0, 19:22, 19:22] = 1
    row, column = np.indices((side, side)) - side // 2
    y = RandomAffine(0, translate=(0.2, 0.1))(x, 0)[:, 0]
    across, down = (np.abs((y * at).sum(axis=(1, 2)) / y.sum(axis=(1, 2))) for at in (column, row))
    assert 7.7 < across.max() <= 0.2 * side + 1e-9
    assert 3.9 < down.max() <= 0.1 * side + 1e-9
    x[:, 0] = (np.abs(row) < 8) & (np.abs(column) < 8)
    areas = RandomAffine(0, scale=(1.25, 2))(x, 0).sum(axis=(1, 2, 3)) / 15**2
    assert 1.5 < areas.min() < 1.6
    assert 3.9 < areas.max() < 4.05
    x[:, 0] = row == 0  # a line
    y = RandomAffine((10, 20))(x, 0)[:, 0]
    slopes = np.degrees(np.arctan((y * row * column).sum(axis=(1, 2)) / (y * column**2).sum(axis=(1, 2))))
    assert 9.5 < slopes.min() < 11
    assert 19 < slopes.max() < 20.5
    x[:, 0] = column == 0
    y = RandomAffine(0, shear=(10, 20))(x, 0)[:, 0]
    slants = np.degrees(np.arctan(-(y * row * column).sum(axis=(1, 2)) / (y * row**2).sum(axis=(1, 2))))
    assert 9.5 < slants.min() < 11
    assert 19 < slants.max() < 20.5
    assert RandomAffine(0, fill=0.25)(np.zeros((2, 1, 3, 3)), 0).max() == 0
    assert RandomAffine(0, (0.5, 0), fill=0.25)(np.zeros((9, 1, 3, 3)), 0).max() == 0.25


def test_erasing_covers_the_area_it_should_as_often_as_it_should() -> None:
    x = np.zeros((2000, 3, 40, 40))
    covered = RandomErasing(0.4, scale=(0.1, 0.2), ratio=(0.5, 2), value=1)(x, 0)
    np.testing.assert_array_equal(covered[:, 0], covered[:, 2])  # the same place in every channel
    area = covered[:, 0].mean(axis=(1, 2))
    assert (area > 0).mean() == pytest.approx(0.4, abs=0.03)
    assert 0.09 < area[area > 0].min() < 0.11
    assert 0.19 < area.max() < 0.21
    high, wide = covered[:, 0].any(axis=2).sum(axis=1), covered[:, 0].any(axis=1).sum(axis=1)
    ratio = high[area > 0] / wide[area > 0]
    assert 0.45 < ratio.min() < 0.6
    assert 1.7 < ratio.max() < 2.2
    assert np.median(ratio) == pytest.approx(1, abs=0.1)
    assert RandomErasing(1, (1, 1), (3, 3), 1)(x[:2], 0).mean() == pytest.approx(23 / 40)  # cut to the picture's height
    assert covered[:, 0].any(axis=0).mean() > 0.98  # any place


def test_a_cutout_has_its_size_and_loses_what_is_beyond_the_edge() -> None:
    x = np.ones((3000, 1, 12, 12))
    y = Cutout(4, value=0.5)(x, 0)[:, 0]
    gone = (y == 0.5).sum(axis=(1, 2))
    assert gone.max() == 16
    assert gone.min() == 4
    assert (gone == 16).mean() == pytest.approx((9 / 12) ** 2, abs=0.03)


def test_jitter_draws_from_the_range_it_is_given() -> None:
    x = np.full((4000, 3, 2, 2), 0.25)
    y = ColorJitter(brightness=0.4)(x, 0)[:, 0, 0, 0] / 0.25
    assert 0.6 <= y.min() < 0.61
    assert 1.39 < y.max() <= 1.4
    np.testing.assert_allclose(ColorJitter(contrast=5)(x, 0), x)  # no contrast to change
    x[:, :, 0] = 0.75
    spread = np.ptp(ColorJitter(contrast=0.4)(x, 0)[:, 1], axis=(1, 2)) / 0.5
    assert 0.6 <= spread.min() < 0.61
    assert 1.39 < spread.max() <= 1.4
    assert ColorJitter(3, 3)(x, 0).max() <= 1
    assert ColorJitter(3, 0)(x, 0).min() >= 0


def test_compose_goes_from_first_to_last_with_one_generator() -> None:
    x = np.ones((2, 1, 2, 2))
    seen = []

    def add(x, rng):
        seen.append(rng.random())
        return x + 1

    def double(x, rng):
        seen.append(rng.random())
        return 2 * x

    assert Compose([add, double])(x, 5)[0, 0, 0, 0] == 4
    assert Compose([double, add])(x, 5)[0, 0, 0, 0] == 3
    first = np.random.default_rng(5)
    assert seen[:2] == [first.random(), first.random()]
    np.testing.assert_array_equal(Compose([])(x, 0), x)
