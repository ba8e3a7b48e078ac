"""The file formats, whole and damaged."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from groundup.data.catalogue import Facts
from groundup.data.conftest import idx_bytes
from groundup.data.errors import DataError
from groundup.data.readers import csv, read_idx

FACTS = Facts("table", ("a", "b"), (2,), "float64")


@given(array=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)))
def test_idx_round_trip(array, tmp_path_factory):
    path = tmp_path_factory.mktemp("idx") / "a.gz"
    path.write_bytes(idx_bytes(array))
    np.testing.assert_array_equal(read_idx(path), array)


def test_idx_by_hand(tmp_path):
    """The layout as its authors describe it: magic number 0x00000803 for three axes of unsigned bytes."""
    (tmp_path / "a.gz").write_bytes(
        gzip.compress(b"\0\0\x08\x03" + b"\0\0\0\x01\0\0\0\x02\0\0\0\x03" + bytes(range(6)))
    )
    np.testing.assert_array_equal(read_idx(tmp_path / "a.gz"), [[[0, 1, 2], [3, 4, 5]]])


@given(cut=st.integers(0, 40))
def test_idx_cut_anywhere_is_refused(cut, tmp_path_factory):
    whole = idx_bytes(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    raw = gzip.decompress(whole)
    path = tmp_path_factory.mktemp("idx") / "a.gz"
    for damaged in (whole[:cut], gzip.compress(raw[:cut]), gzip.compress(raw + b"x" * (cut + 1))):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"got something else in .*a\.gz.*cut short"):
            read_idx(path)


@pytest.mark.parametrize("raw", [b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", b"\0\0\x08\0", b"PK\x03\x04", b""])
def test_idx_of_another_kind_is_refused(raw, tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(raw))
    with pytest.raises(DataError, match="an idx file of bytes"):
        read_idx(tmp_path / "a.gz")


def test_csv_takes_the_label_from_the_last_column(tmp_path):
    (tmp_path / "t.csv").write_text("names,of,columns\n1.5,2,0\n3,4.25,1\n")
    x, y = csv({"t.csv": tmp_path / "t.csv"}, FACTS, header=1)["all"]
    np.testing.assert_array_equal(x, [[1.5, 2], [3, 4.25]])
    np.testing.assert_array_equal(y, [0, 1])


@pytest.mark.parametrize("text", ["1,2,0\n3,4\n", "1,2,zero\n", "1,2,3,0\n", ""])
def test_csv_of_another_shape_is_refused(text, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=r"rows of 2 numbers and a label, got something else in .*t\.csv"):
        csv({"t.csv": tmp_path / "t.csv"}, FACTS)
