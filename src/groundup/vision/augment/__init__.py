"""Random augmentation of batches of pictures."""

from groundup.vision.augment.augment import (
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

__all__ = [
    "ColorJitter",
    "Compose",
    "Cutout",
    "RandomAffine",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "adjust_brightness",
    "adjust_contrast",
    "affine",
    "bilinear",
    "crop",
    "erase",
    "hflip",
    "inverse_affine",
]
