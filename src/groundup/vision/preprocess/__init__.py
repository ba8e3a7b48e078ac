"""Image preprocessing."""

from groundup.vision.preprocess.preprocess import (
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

__all__ = [
    "Normalize",
    "bgr_to_rgb",
    "bilinear_weights",
    "center_crop",
    "channel_statistics",
    "grey_to_rgb",
    "nearest_index",
    "pad_to_square",
    "resize",
    "rgb_to_grey",
    "to_float",
    "to_nchw",
    "to_nhwc",
]
