"""A table of one's own: what it becomes, and each way in which it can be wrong."""

import numpy as np
import pytest

from groundup.data import DataError, load

GOOD = "age,height,kind\n1,2.5,cat\n3,-4e1,dog\n\n5,6,cat\n"


@pytest.fixture
def table(tmp_path):
    def write(text, name="pets.csv"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return write


def test_the_last_column_is_the_label_unless_another_is_named(table):
    data = load(table(GOOD))
    np.testing.assert_array_equal(data.x, [[1, 2.5], [3, -40], [5, 6]])
    assert (data.name, data.classes, data.y.tolist(), data.columns) == (
        "pets",
        ["cat", "dog"],
        [0, 1, 0],
        ["age", "height"],
    )
    assert data.features().dtype == np.float32
    assert data.source.startswith("own: 3 rows of ")
    assert data.source.endswith("pets.csv, labelled by 'kind'")
    other = load(str(table("kind,age\ncat,1\ndog,2\n")), label="kind")
    assert (other.classes, other.columns, other.x.tolist()) == (["cat", "dog"], ["age"], [[1], [2]])


@pytest.mark.parametrize(
    "text", ["a;b;y\n1;2;u\n3;4;v\n", "a\tb\ty\n1\t2\tu\n3\t4\tv\n", "\ufeffa, b, y\r\n1, 2, u\r\n3, 4, v\r\n"]
)
def test_semicolons_tabs_marks_and_line_ends_of_other_programs(table, text):
    data = load(table(text))
    assert (data.columns, data.x.tolist(), data.classes) == (["a", "b"], [[1, 2], [3, 4]], ["u", "v"])


def test_a_cell_may_hold_the_separator_in_quotation_marks(table):
    assert load(table('a,y\n1,"u, v"\n2,w\n')).classes == ["u, v", "w"]


def test_whole_numbers_as_labels_are_in_their_order(table):
    data = load(table("a,y\n0,10\n0,9\n0,-1\n0,9\n"))
    assert (data.classes, data.y.tolist()) == (["-1", "9", "10"], [2, 1, 0, 1])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("age,kind\n1,cat\nold,dog\n", r"got 'old' in line 3, column 'age' of .*pets\.csv"),
        ("age,kind\n1,cat\n\nnan,dog\n", "got 'nan' in line 4, column 'age'"),
        ("age,size,kind\n1,,cat\n", "got '' in line 2, column 'size'"),
        ("age,kind\ninf,cat\n", "got 'inf' in line 2, column 'age'"),
        ("age,kind\n1,cat\n2\n", "expected 2 values, got 1 in line 3"),
        ("age,kind\n1,2,cat\n", "expected 2 values, got 3 in line 2"),
        ("age,kind\n1,cat\n2,\n", "expected a label, got '' in line 3, column 'kind'"),
        ("age,kind\n1,NaN\n", "expected a label, got 'NaN' in line 2"),
        ("age,kind\n1,2.5\n", "names or whole numbers as labels, got 2.5 in column 'kind'"),
        ("1,2\n3,4\n", r"distinct names of columns in line 1 of .*, got 1, 2; is there a header"),
        ("age,age\n3,4\n", "distinct names of columns"),
        ("age,\n3,4\n", "distinct names of columns"),
        ("age,kind\n", "got 0 rows of 2 columns"),
        ("", "got 0 rows of 0 columns"),
        ("word\nword\n", "got 1 rows of 1 columns; are the values separated by commas"),
        (b"\xff\xfe\x00PNG", "expected a text of columns, got something else in .*pets"),
        ('age,kind\n1,"cat\n', "expected a text of columns"),
    ],
)
def test_a_table_that_is_wrong_is_refused_where_it_is_wrong(table, text, says):
    with pytest.raises(DataError, match=f"^load: .*{says}"):
        load(table(text))


def test_an_unknown_label_column_names_the_nearest(table):
    with pytest.raises(LookupError, match="unknown column 'knid'; did you mean 'kind'"):
        load(table(GOOD), label="knid")


def test_options_of_pictures_do_not_go_with_a_table(table):
    with pytest.raises(ValueError, match="expected no size and no skip_broken for"):
        load(table(GOOD), size=3, skip_broken=True)


@pytest.mark.parametrize(
    ("name", "near"), [("pest.csv", "did you mean 'pets.csv'"), ("none/pets.csv", "there are none in")]
)
def test_a_table_that_is_not_there_names_the_nearest(table, tmp_path, name, near):
    table(GOOD)
    with pytest.raises(DataError, match=f"where nothing is; {near}"):
        load(str(tmp_path / name))
