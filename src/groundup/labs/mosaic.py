"""Many small pictures as one: an image of them all is drawn at once, where an axes for each takes seconds."""

import numpy as np

from groundup.core import Array


def mosaic(pictures: Array, *, gap: int = 1) -> Array:
    """Pictures (R, K, H, W) or (R, K, 3, H, W) in [0, 1] as one image (R (H + gap) - gap, K (W + gap) - gap, 4).

    The gaps are clear, and so is a picture of NaN. Raises ValueError for another shape.
    """
    if pictures.ndim not in (4, 5) or (pictures.ndim == 5 and pictures.shape[2] not in (1, 3)):
        raise ValueError(
            f"mosaic: expected pictures (rows, columns, H, W) or (rows, columns, 1 or 3, H, W), got {pictures.shape}; "
            "one picture takes two more axes in front"
        )
    colour = pictures[:, :, None] if pictures.ndim == 4 else pictures
    rows, columns, _, height, width = colour.shape
    sheet = np.zeros((rows, height + gap, columns, width + gap, 4), dtype=np.float32)
    drawn = np.where(np.isfinite(colour).all(axis=2, keepdims=True), 1.0, 0.0)
    inside = sheet[:, :height, :, :width]  # a view
    inside[..., :3] = _channels_last(np.where(drawn > 0, np.clip(colour, 0, 1), 0))
    inside[..., 3:] = _channels_last(drawn)
    return sheet.reshape(rows * (height + gap), columns * (width + gap), 4)[: -gap or None, : -gap or None]


def _channels_last(pictures: Array) -> Array:
    return np.transpose(pictures, (0, 3, 1, 4, 2))  # (R, K, C, H, W) -> (R, H, K, W, C)


def in_rows(pictures: Array, columns: int) -> Array:
    """Pictures (N, ...) in rows of ``columns``, (R, columns, ...); the last row is filled up with NaN."""
    short = -len(pictures) % columns
    blank = np.full((short, *pictures.shape[1:]), np.nan, dtype=pictures.dtype)
    return np.concatenate([pictures, blank]).reshape(-1, columns, *pictures.shape[1:])
