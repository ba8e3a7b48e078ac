import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from groundup.core import DtypeError, ShapeError
from groundup.vision.preprocess import (
    Normalize,
    bgr_to_rgb,
    bilinear_weights,
    center_crop,
    channel_statistics,
    grey_to_rgb,
    nearest_index,
    pad_to_square,
    resize,
    rgb_to_grey,
    to_float,
    to_nchw,
    to_nhwc,
)
from support.parity import close, tensor, twin

TWIN = twin("vision/preprocess")


def pictures(*shape: int, seed: int = 0, dtype: str = "float64"):
    return np.random.default_rng(seed).random(shape).astype(dtype)


SIZES = st.integers(1, 20)


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, SIZES, st.integers(2, 20), st.booleans(), st.integers(0, 10**6))
def test_bilinear_equals_torch(h, w, oh, ow, antialias, seed) -> None:
    # Not to a width of 1: there torch 2.13 repeats rows when it antialiases. Pillow does not: next test but one.
    x = pictures(2, 3, h, w, seed=seed)
    theirs = TWIN.resize(tensor(x), (oh, ow), antialias=antialias).numpy()
    close("y", resize(x, (oh, ow), antialias=antialias), theirs, 1e-12)


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, SIZES, SIZES, st.sampled_from(["nearest", "nearest-exact"]))
def test_nearest_equals_torch(h, w, oh, ow, mode) -> None:
    x = np.arange(2.0 * h * w).reshape(2, 1, h, w)
    np.testing.assert_array_equal(resize(x, (oh, ow), mode), TWIN.resize(tensor(x), (oh, ow), mode).numpy())


def test_shrinking_equals_pillow_whose_bilinear_always_antialiases() -> None:
    x = pictures(1, 1, 17, 23, dtype="float32")
    for size in ((5, 7), (40, 30), (3, 40), (30, 1), (5, 1)):
        theirs = np.asarray(Image.fromarray(x[0, 0]).resize(size[::-1], Image.Resampling.BILINEAR))
        np.testing.assert_allclose(resize(x, size)[0, 0], theirs, rtol=0, atol=1e-6)


def test_a_resize_to_the_same_size_changes_nothing_and_the_input_is_left_alone() -> None:
    x = pictures(2, 3, 5, 4, dtype="float32")
    before = x.copy()
    for mode in ("bilinear", "nearest", "nearest-exact"):
        y = resize(x, (5, 4), mode)
        np.testing.assert_array_equal(y, before)
        y[...] = 7
        np.testing.assert_array_equal(x, before)


def test_one_number_is_a_square_and_float32_stays() -> None:
    y = resize(pictures(2, 3, 5, 4, dtype="float32"), 6)
    assert (y.shape, y.dtype) == ((2, 3, 6, 6), np.float32)
    close("y", y, TWIN.resize(tensor(pictures(2, 3, 5, 4, dtype="float32")), (6, 6)).numpy(), 1e-6)


def test_weights_by_hand() -> None:
    np.testing.assert_allclose(bilinear_weights(2, 4), [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]])
    np.testing.assert_allclose(bilinear_weights(4, 2, antialias=False), [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
    np.testing.assert_allclose(bilinear_weights(4, 1), [[5 / 24, 7 / 24, 7 / 24, 5 / 24]])
    assert nearest_index(5, 2).tolist() == [1, 3]
    assert nearest_index(5, 2, exact=False).tolist() == [0, 2]


@pytest.mark.parametrize("shape", [(2, 3, 5, 8), (2, 3, 8, 5), (1, 1, 4, 4), (1, 2, 3, 6), (0, 1, 2, 3)])
def test_padding_and_cropping_equal_the_twins(shape) -> None:
    x = pictures(*shape)
    close("padded", pad_to_square(x, 0.5), TWIN.pad_to_square(tensor(x), 0.5).numpy(), 0)
    close("cropped", center_crop(x, (2, 3)), TWIN.center_crop(tensor(x), 2, 3).numpy(), 0)
    assert center_crop(x, 2).shape == (*shape[:2], 2, 2)
    center_crop(x, shape[2:])[...] = 9
    pad_to_square(x)[...] = 9
    np.testing.assert_array_equal(x, pictures(*shape))


def test_a_square_that_is_padded_is_whole_in_the_middle() -> None:
    x = pictures(1, 1, 3, 6)
    y = pad_to_square(x)
    np.testing.assert_array_equal(y[:, :, 1:4], x)
    assert y.shape == (1, 1, 6, 6)
    assert y.sum() == pytest.approx(x.sum())


def test_grey_equals_pillow_to_half_a_byte() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    theirs = np.asarray(Image.fromarray(pixels).convert("L"))
    ours = rgb_to_grey(to_nchw(to_float(pixels[None])))[0, 0] * 255
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=0.51)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_channels_equal_the_twins(dtype: str) -> None:
    x = pictures(2, 3, 4, 5, dtype=dtype)
    close("grey", rgb_to_grey(x), TWIN.rgb_to_grey(tensor(x)).numpy(), 1e-6)
    close("rgb", grey_to_rgb(x[:, :1]), TWIN.grey_to_rgb(tensor(x[:, :1])).numpy(), 0)
    close("turned", bgr_to_rgb(x), TWIN.bgr_to_rgb(tensor(x)).numpy(), 0)
    close("grey of grey", rgb_to_grey(grey_to_rgb(x[:, :1])), x[:, :1], 1e-6)


def test_layouts_equal_the_twins_and_there_and_back_is_nothing() -> None:
    x = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    np.testing.assert_array_equal(to_nchw(x), TWIN.to_nchw(tensor(x)).numpy())
    np.testing.assert_array_equal(to_nhwc(to_nchw(x)), TWIN.to_nhwc(TWIN.to_nchw(tensor(x))).numpy())
    np.testing.assert_array_equal(to_nhwc(to_nchw(x)), x)
    assert to_nchw(x).flags.c_contiguous
    assert to_nhwc(to_nchw(x)).flags.c_contiguous
    close("floats", to_float(x), TWIN.to_float(tensor(x)).numpy(), 0)
    assert to_float(np.array([0, 255], np.uint8)).tolist() == [0, 1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_statistics_and_normalisation_equal_the_twins(dtype: str) -> None:
    x = 3 + 2 * pictures(20, 3, 6, 7, dtype=dtype)
    mean, std = channel_statistics(x)
    their_mean, their_std = TWIN.channel_statistics(tensor(x))
    close("mean", mean, their_mean.numpy(), 1e-6)
    close("std", std, their_std.numpy(), 1e-5)
    y = Normalize(mean, std)(x)
    close("y", y, TWIN.normalize(tensor(x), tensor(mean), tensor(std)).numpy(), 1e-6)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=(0, 2, 3)), 1, atol=1e-5)
    close("back", Normalize(mean, std).inverse(y), x, 1e-6)


def test_float32_statistics_of_many_pixels_do_not_drift() -> None:
    x = np.full((64, 1, 256, 256), 0.1, np.float32)
    x[::2] = 0.3
    mean, std = channel_statistics(x)
    np.testing.assert_allclose([mean[0], std[0]], [0.2, 0.1], rtol=1e-6)


BATCH = np.zeros((2, 3, 5, 6))


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: to_float(BATCH), DtypeError, "to_float: expected bytes (uint8), got float64; are these pictures"),
        (lambda: to_float([1]), DtypeError, "to_float: expected bytes (uint8), got list"),
        (lambda: to_nchw(BATCH), ShapeError, "got (2, 3, 5, 6); this looks like NCHW, convert it first"),
        (lambda: to_nchw(BATCH[:, :2]), ShapeError, "got (2, 2, 5, 6); which axis holds the channels?"),
        (lambda: to_nhwc(BATCH.transpose(0, 2, 3, 1)), ShapeError, "this looks like NHWC, convert it first"),
        (lambda: to_nchw(BATCH[0]), ShapeError, "got (3, 5, 6); grey pictures without a channel axis need one first"),
        (lambda: to_nchw(BATCH[0, 0]), ShapeError, "got (5, 6); which axis holds the channels?"),
        (lambda: to_nhwc(BATCH[0]), ShapeError, "got (3, 5, 6); grey pictures without"),
        (lambda: rgb_to_grey(BATCH.astype("uint8")), DtypeError, "got uint8; bytes go through to_float first"),
        (lambda: resize([[1.0]], 2), DtypeError, "resize: expected an array of floating-point numbers, got list"),
        (lambda: resize(BATCH[0], 2), ShapeError, "resize: expected shape (N, C, H, W), got (3, 5, 6); one picture"),
        (lambda: resize(BATCH[:, :, :0], 2), ShapeError, "resize: expected shape (N, C, H, W), got (2, 3, 0, 6)"),
        (lambda: resize(BATCH, 0), ValueError, "resize: expected height of at least 1, got 0"),
        (lambda: resize(BATCH, (2, 1.5)), TypeError, "resize: expected width to be a whole number, got 1.5"),
        (
            lambda: resize(BATCH, 2, "bicubic"),
            ValueError,
            "expected mode bilinear, nearest or nearest-exact, got",
        ),
        (lambda: rgb_to_grey(BATCH[:, :1]), ShapeError, "rgb_to_grey: expected 3 channels in (N, C, H, W), got 1 in"),
        (lambda: grey_to_rgb(BATCH), ShapeError, "grey_to_rgb: expected 1 channel in (N, C, H, W), got 3 in"),
        (lambda: bgr_to_rgb(BATCH.transpose(0, 2, 3, 1)), ShapeError, "this looks like NHWC, convert it first"),
        (lambda: center_crop(BATCH, 6), ShapeError, "center_crop: expected at least 6 x 6 pixels, got (2, 3, 5, 6)"),
        (lambda: center_crop(BATCH, (2, 7)), ShapeError, "center_crop: expected at least 2 x 7 pixels"),
        (lambda: channel_statistics(BATCH[:0]), ShapeError, "expected at least one picture, got (0, 3, 5, 6); is the"),
        (lambda: Normalize(0.5, 0.5), ShapeError, "Normalize: expected mean and std of shape (C,), got () and ()"),
        (lambda: Normalize([0.5], [1, 1]), ShapeError, "got (1,) and (2,); one number a channel"),
        (lambda: Normalize([0.5], [0]), ValueError, "stds above 0, got mean [0.5] and std [0.0]; is a channel const"),
        (lambda: Normalize([np.nan], [1]), ValueError, "expected finite means and stds above 0, got mean [nan]"),
        (lambda: Normalize([0.5], [np.inf]), ValueError, "expected finite means and stds above 0, got"),
        (lambda: Normalize([0.5], [1])(BATCH), ShapeError, "Normalize: expected 1 channel in (N, C, H, W), got 3 in"),
        (lambda: Normalize([0.5], [1]).inverse(BATCH), ShapeError, "Normalize.inverse: expected 1 channel in"),
    ],
)
def test_what_is_wrong_is_said(call, kind, says: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert says in str(raised.value)


def test_an_empty_batch_goes_through() -> None:
    x = BATCH[:0]
    assert resize(x, 7).shape == (0, 3, 7, 7)
    assert resize(x, 7, "nearest").shape == (0, 3, 7, 7)
    assert Normalize([0, 0, 0], [1, 1, 1])(x).shape == x.shape
    assert rgb_to_grey(x).shape == (0, 1, 5, 6)
