"""What a lab may do to its training pictures, by name, a batch (N, C, H, W) at a time, with random numbers of its own.

Pictures are standardised when they get here, so black is not 0: what a shift brings in is the picture's own edge.
"""

from groundup.core import Array
from groundup.data.batches import Transform
from groundup.vision.augment import Compose, Cutout, RandomAffine, RandomCrop, RandomHorizontalFlip

AUGMENTATIONS = ("none", "shift", "affine", "flip", "flip-crop", "flip-crop-cutout")


def augmentation(name: str, x: Array) -> Transform | None:
    """The transform of that name for rows like ``x``, which may be pictures or pictures laid out as rows (N, H²).

    Raises ValueError for an unknown name, and for rows that are no square pictures.
    """
    if name == "none":
        return None
    if name not in AUGMENTATIONS:
        raise ValueError(f"lab: expected augment to be one of {', '.join(AUGMENTATIONS)}, got {name!r}")
    side = round(x.shape[-1] ** 0.5)
    if x.ndim != 4 and (x.ndim != 2 or side * side != x.shape[1] or side < 8):
        raise ValueError(f"lab: expected pictures to augment, got rows of shape {x.shape[1:]}; set augment to none")
    transform = _transform(name, float(x.min()))
    if x.ndim == 4:
        return transform
    return lambda rows, rng: transform(rows.reshape(-1, 1, side, side), rng).reshape(len(rows), -1)


def _transform(name: str, dark: float) -> Transform:
    if name == "shift":
        return RandomCrop(2, fill=dark)
    if name == "affine":
        return RandomAffine(12, (0.1, 0.1), (0.88, 1.12), 8, fill=dark)
    if name == "flip":
        return RandomHorizontalFlip()
    flip_crop: list[Transform] = [RandomHorizontalFlip(), RandomCrop(4, padding_mode="reflect")]
    return Compose([*flip_crop, Cutout(8)] if name.endswith("cutout") else flip_crop)
