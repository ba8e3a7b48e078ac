"""Pictures: what is done to them before and while a network learns. Images are (N, C, H, W)."""

from groundup.vision.augment import (
    ColorJitter,
    Compose,
    Cutout,
    RandomAffine,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
)
from groundup.vision.preprocess import (
    Normalize,
    center_crop,
    channel_statistics,
    grey_to_rgb,
    pad_to_square,
    resize,
    rgb_to_grey,
    to_float,
    to_nchw,
    to_nhwc,
)

__all__ = [
    "ColorJitter",
    "Compose",
    "Cutout",
    "Normalize",
    "RandomAffine",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "center_crop",
    "channel_statistics",
    "grey_to_rgb",
    "pad_to_square",
    "resize",
    "rgb_to_grey",
    "to_float",
    "to_nchw",
    "to_nhwc",
]
