"""Dataset: the views of its arrays, and what it refuses."""

import numpy as np
import pytest

from groundup.data import Dataset

X = np.array([[[0, 51], [102, 255]], [[1, 2], [3, 4]]], np.uint8)
Y = np.array([0, 1])


def make(**changes) -> Dataset:
    return Dataset(
        **{"name": "demo", "x": X, "y": Y, "classes": ["a", "b"], "source": "by hand", "scale": 255} | changes
    )


def test_features_are_rows_in_zero_to_one():
    features = make().features()
    assert features.dtype == np.float32
    np.testing.assert_allclose(features[0], [0, 0.2, 0.4, 1], rtol=1e-7)


def test_images_have_one_channel_and_the_same_numbers():
    images = make().images()
    assert (images.shape, images.dtype) == ((2, 1, 2, 2), np.float32)
    np.testing.assert_array_equal(images.reshape(2, 4), make().features())


def test_colour_comes_out_as_three_planes():
    x = np.arange(2 * 2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 2, 3)
    images = make(x=x).images()
    assert images.shape == (2, 3, 2, 2)
    assert images.flags.c_contiguous
    for i, row, column, colour in np.ndindex(x.shape):
        assert images[i, colour, row, column] == np.float32(x[i, row, column, colour]) / np.float32(255)
    np.testing.assert_array_equal(make(x=x).features(), images.reshape(2, 12))


def test_the_views_are_copies():
    data = make(x=X.copy())
    data.features()[...] = 7
    np.testing.assert_array_equal(data.x, X)


def test_a_table_has_no_images():
    table = make(x=np.ones((2, 3)), scale=0)
    np.testing.assert_array_equal(table.features(), np.ones((2, 3)))
    with pytest.raises(
        ValueError, match=r"Dataset.images: expected a data set of images, got demo, a table; use features"
    ):
        table.images()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"y": np.array([0.0, 1.0])}, "integer labels"),
        ({"y": np.array([[0], [1]])}, r"integer labels \(N,\), got int64 \(2, 1\)"),
        ({"y": np.array([0])}, "2 rows and 1 labels"),
        ({"x": X[:0], "y": Y[:0]}, "0 rows"),
        ({"classes": ["a", "a"]}, "distinct classes"),
        ({"y": np.array([0, 2])}, "from 0 to 1, got 0 to 2"),
        ({"y": np.array([-1, 0])}, "from 0 to 1, got -1 to 0"),
        ({"x": np.array([[0.0], [np.nan]])}, "NaN or infinity in row 1"),
        ({"x": np.array([[np.inf], [0.0]])}, "NaN or infinity in row 0"),
    ],
)
def test_what_cannot_be_right_is_refused(changes, says):
    with pytest.raises(ValueError, match=f"Dataset demo: expected .*{says}"):
        make(**changes)


def test_the_column_that_is_not_finite_is_named():
    with pytest.raises(ValueError, match="NaN or infinity in row 1, column 'b'"):
        make(x=np.array([[0.0, 1.0], [2.0, np.nan]]), columns=["a", "b"], scale=0)
