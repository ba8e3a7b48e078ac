"""Many pictures as one."""

import numpy as np
import pytest

from groundup.labs.mosaic import in_rows, mosaic


def test_grey_pictures_stand_in_their_places() -> None:
    pictures = np.array([[[[0.0, 1.0]], [[0.5, 0.25]]]])  # one row of two pictures (1, 2)
    sheet = mosaic(pictures, gap=1)
    assert sheet.shape == (1, 5, 4)
    np.testing.assert_array_equal(sheet[0, :, 0], [0, 1, 0, 0.5, 0.25])
    np.testing.assert_array_equal(sheet[0, :, 3], [1, 1, 0, 1, 1])  # the gap is clear


def test_colour_goes_last_and_is_clipped() -> None:
    pictures = np.zeros((2, 1, 3, 4, 5))
    pictures[1, 0, 2] = 7
    sheet = mosaic(pictures, gap=0)
    assert sheet.shape == (8, 5, 4)
    np.testing.assert_array_equal(sheet[6, 3], [0, 0, 1, 1])
    np.testing.assert_array_equal(sheet[2, 3], [0, 0, 0, 1])


def test_the_last_row_is_filled_up_with_nothing() -> None:
    rows = in_rows(np.ones((5, 2, 2)), 3)
    assert rows.shape == (2, 3, 2, 2)
    sheet = mosaic(rows, gap=0)
    assert sheet[..., 3].sum() == 5 * 4
    assert np.isfinite(sheet).all()
    assert in_rows(np.ones((6, 2, 2)), 3).shape == (2, 3, 2, 2)


@pytest.mark.parametrize("shape", [(2, 2, 3), (1, 2, 2, 4, 4)])
def test_what_is_no_grid_of_pictures_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"mosaic: expected pictures \(rows, columns"):
        mosaic(np.zeros(shape))
