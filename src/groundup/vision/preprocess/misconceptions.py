"""What people write instead of preprocessing."""

import numpy as np

from groundup.core import Array, DtypeError, misconception
from groundup.vision.preprocess import preprocess
from groundup.vision.preprocess.misconceptions_of_sizes import *  # noqa: F403
from groundup.vision.preprocess.preprocess import GREY, Normalize, Pixels


def _bytes(x: Pixels) -> Pixels:
    if x.dtype != np.uint8:
        raise DtypeError("expected bytes")
    return x


@misconception(
    "to_float",
    "You divide by 256, the number of different bytes. White is 255, and it should become 1.",
    see="Bytes and layouts",
)
def divided_by_256(x: Pixels) -> Array:
    return _bytes(x).astype(np.float32) / np.float32(256)


@misconception(
    "to_float",
    "The result is in float64: twice the memory of float32, for numbers that had eight bits.",
    see="Bytes and layouts",
)
def in_float64(x: Pixels) -> Array:
    return _bytes(x) / np.float64(255)


@misconception(
    "to_float",
    "Only the type changes: the numbers still go up to 255.",
    see="Forgotten scaling",
)
def type_only(x: Pixels) -> Array:
    return _bytes(x).astype(np.float32)


@misconception(
    "to_float",
    "You divide in whole numbers: everything but pure white becomes 0.",
    see="Bytes and layouts",
)
def whole_division(x: Pixels) -> Array:
    return (_bytes(x) // 255).astype(np.float32)


@misconception(
    "to_nchw",
    "You reshape. The shape is right and the numbers stay in their old order, so colours and places are mixed.",
    see="The right shape of the wrong thing",
)
def reshaped(x: Pixels) -> Pixels:
    n, h, w, c = x.shape
    return x.reshape(n, c, h, w)


@misconception(
    "to_nchw",
    "All axes but the first are reversed: the pictures lie on their side, rows and columns have changed places.",
    see="Bytes and layouts",
)
def axes_reversed(x: Pixels) -> Pixels:
    return np.ascontiguousarray(x.transpose(0, 3, 2, 1))


@misconception(
    "to_nchw",
    "You turn the order of the colours round as well. Blue first is OpenCV's, and these pictures came with red first.",
    see="Bytes and layouts",
)
def colours_turned_round(x: Pixels) -> Pixels:
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2)[:, ::-1])


@misconception(
    "rgb_to_grey",
    "You take the mean of the three colours. An eye sees green brighter than red, and red brighter than blue.",
    see="Grey",
)
def plain_mean(x: Array) -> Array:
    return x.mean(axis=1, keepdims=True)  # type: ignore[no-any-return]


@misconception(
    "rgb_to_grey",
    "The weights are in the order blue, green, red: that is right for a picture that OpenCV has read.",
    see="Grey",
)
def blue_first(x: Array) -> Array:
    return preprocess.rgb_to_grey(x[:, ::-1])


@misconception(
    "rgb_to_grey",
    "The axis of the channels is gone. A grey picture has one channel, and layers expect to see it.",
    see="Grey",
)
def channel_axis_gone(x: Array) -> Array:
    return preprocess.rgb_to_grey(x)[:, 0]


@misconception(
    "rgb_to_grey",
    "These are the weights of BT.709, which are for light that is not gamma-coded; bytes of a file are.",
    see="Grey",
)
def weights_of_709(x: Array) -> Array:
    weights = np.array([0.2126, 0.7152, 0.0722], x.dtype)
    return (x * weights[:, None, None]).sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


@misconception(
    "rgb_to_grey",
    "The weighted colours are averaged once more: white comes out as a third.",
    see="Grey",
)
def mean_of_the_weighted(x: Array) -> Array:
    return preprocess.rgb_to_grey(x) / np.asarray(3, x.dtype)


@misconception(
    "rgb_to_grey",
    "Your weights are float64 and carry the whole batch with them: float32 comes in, float64 goes out.",
    see="Grey",
)
def float64_weights(x: Array) -> Array:
    return (x * np.array(GREY)[:, None, None]).sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


@misconception(
    "channel_statistics",
    "You keep a mean for each pixel. What is meant is one number a channel, over all pixels of all pictures.",
    see="Statistics",
)
def one_for_each_pixel(x_train: Array) -> tuple[Array, Array]:
    return x_train.mean(axis=0), x_train.std(axis=0)


@misconception(
    "channel_statistics",
    "You give one number for all channels together: the channels' means stay apart after normalising.",
    see="Statistics",
)
def one_for_all_channels(x_train: Array) -> tuple[Array, Array]:
    channels, dtype = x_train.shape[1], x_train.dtype
    return np.full(channels, x_train.mean(), dtype), np.full(channels, x_train.std(), dtype)


@misconception(
    "channel_statistics",
    "The second number is the variance. Its root is missing.",
    see="Statistics",
)
def variance_for_deviation(x_train: Array) -> tuple[Array, Array]:
    mean, std = preprocess.channel_statistics(x_train)
    return mean, std**2


@misconception(
    "channel_statistics",
    "You divide by one less than the number of pixels, as for a small sample. Eq. 6 is a plain mean of squares.",
    see="Statistics",
)
def one_pixel_less(x_train: Array) -> tuple[Array, Array]:
    return preprocess.channel_statistics(x_train)[0], x_train.std(axis=(0, 2, 3), ddof=1)


@misconception(
    "channel_statistics",
    "You keep the axes of length 1: what comes out has four axes, where (C,) is asked for.",
    see="Statistics",
)
def axes_kept(x_train: Array) -> tuple[Array, Array]:
    mean, std = preprocess.channel_statistics(x_train)
    return mean[None, :, None, None], std[None, :, None, None]


@misconception(
    "Normalize.__call__",
    "The numbers line up with the columns and not with the channels: that only fails loudly where their counts differ.",
    see="Statistics",
)
def along_the_columns(self: Normalize, x: Array) -> Array:
    return (x - self.mean.astype(x.dtype)) / self.std.astype(x.dtype)


@misconception(
    "Normalize.__call__",
    "You normalise each batch by its own statistics; those of the training set, which the object holds, go unused.",
    see="Statistics from the wrong place",
)
def by_its_own_statistics(self: Normalize, x: Array) -> Array:
    axes = (0, 2, 3)
    return (x - x.mean(axis=axes, keepdims=True)) / x.std(axis=axes, keepdims=True)  # type: ignore[no-any-return]


@misconception(
    "Normalize.__call__",
    "You divide first and subtract the mean afterwards; the mean would have to be divided as well.",
    see="Statistics",
)
def divided_first(self: Normalize, x: Array) -> Array:
    mean, std = (v.astype(x.dtype)[:, None, None] for v in (self.mean, self.std))
    return x / std - mean


@misconception(
    "Normalize.__call__",
    "You divide by the square of the standard deviation.",
    see="Statistics",
)
def divided_by_the_variance(self: Normalize, x: Array) -> Array:
    mean, std = (v.astype(x.dtype)[:, None, None] for v in (self.mean, self.std))
    return (x - mean) / std**2


@misconception(
    "Normalize.__call__",
    "Your picture is brought to mean 0 and never divided: the channels keep their different widths.",
    see="Statistics",
)
def mean_only(self: Normalize, x: Array) -> Array:
    return x - self.mean.astype(x.dtype)[:, None, None]
