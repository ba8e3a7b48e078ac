"""Texts, corpora, series: from a small mirror, and each way in which their files can be wrong."""

import gzip
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from groundup.data import Corpus, DataError, Series, Texts, load, load_corpus, load_series, load_texts
from groundup.data.catalogue import Facts, find
from groundup.data.sources import Found
from groundup.data.text_readers import prices, python

SST = {
    "train": 'a fine film\t1\nit says "no\tto tabs\t0\n',
    "dev": "dull\t0\ngood\t1\n",
    "test": "so\x85so\t0\nfun\t1\n",
}


@pytest.fixture
def sst2(tmp_path, monkeypatch):
    for part, text in SST.items():
        (tmp_path / f"sst2-{part}.tsv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("GROUNDUP_DATA", str(tmp_path))
    return tmp_path


def test_labelled_lines_become_texts_with_the_official_split(sst2):
    data = load_texts("sst2")
    assert isinstance(data, Texts)
    assert data.texts == ["a fine film", 'it says "no\tto tabs', "dull", "good", "so\x85so", "fun"]
    assert (data.y.tolist(), data.classes, len(data)) == ([1, 0, 0, 1, 0, 1], ["negative", "positive"], 6)
    assert {name: rows.tolist() for name, rows in data.splits.items()} == {
        "train": [0, 1],
        "val": [2, 3],
        "test": [4, 5],
    }
    assert (data.source, data.stand_in) == ("mirror: all 9,613 sentences", False)


def test_afrisenti_has_a_header_and_three_classes(tmp_path, monkeypatch):
    for part in ("train", "dev", "test"):
        text = "tweet\tlabel\nó dára\tpositive\nkò dára\tnegative\nó wà\tneutral\n"
        (tmp_path / f"afrisenti-yor-{part}.tsv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("GROUNDUP_DATA", str(tmp_path))
    data = load_texts("afrisenti-yor")
    assert data.texts[:3] == ["ó dára", "kò dára", "ó wà"]
    assert [data.classes[label] for label in data.y[:3]] == ["positive", "negative", "neutral"]
    (tmp_path / "afrisenti-yor-dev.tsv").write_text("tweet\tlabel\n")
    with pytest.raises(
        DataError, match=r"lines of text and label, got something else in .*yor-dev\.tsv \(a header alone"
    ):
        load_texts("afrisenti-yor")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"good\t1\nbad\t2\n", r"a text, a tab, and 0 or 1 in line 2 of .*sst2-dev\.tsv, got 'bad' and '2'"),
        (b"good\t1\nbad", "in line 2 of .*got '' and 'bad'; is the label wrong, or was the copy cut short"),
        (b"\t1\n", "in line 1 of"),
        (b"good\t1\n\nbad\t0\n", "in line 2 of"),
        (b"", r"expected a text, got something else in .*sst2-dev\.tsv \(an empty file\)"),
        (b"\xff\xfe\t1\n", "expected a text in UTF-8, got something else"),
    ],
)
def test_lines_that_are_wrong_are_refused_by_number(sst2, body, says):
    (sst2 / "sst2-dev.tsv").write_bytes(body)
    with pytest.raises(DataError, match=says):
        load_texts("sst2")


def test_a_missing_file_of_a_mirror_is_a_missing_mirror(sst2):
    (sst2 / "sst2-test.tsv").unlink()
    with pytest.raises(DataError, match=r"found none \(mirror: .* has no sst2\); `groundup data card sst2` says how"):
        load_texts("sst2")


@pytest.mark.parametrize("name", ["input.txt", "tinyshakespeare.txt"])
def test_shakespeare_of_a_mirror_is_no_stand_in(tmp_path, monkeypatch, name):
    (tmp_path / name).write_text("First Citizen:\nSpeak, ọ̀rẹ́.\n", encoding="utf-8")
    monkeypatch.setenv("GROUNDUP_DATA", str(tmp_path))
    data = load_corpus("shakespeare")
    assert isinstance(data, Corpus)
    assert (data.text, len(data), data.stand_in) == ("First Citizen:\nSpeak, ọ̀rẹ́.\n", len(data.text), False)
    assert data.source.startswith("mirror: ")


@pytest.mark.parametrize("body", [b"", b"\xff"])
def test_a_corpus_that_is_no_text_is_refused(tmp_path, monkeypatch, body):
    (tmp_path / "yoruba.txt").write_bytes(body)
    monkeypatch.setenv("GROUNDUP_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"load: expected a text.*yoruba\.txt"):
        load_corpus("yoruba")


def test_pythons_sources_come_in_alphabetical_order_up_to_the_limit():
    folder = Path(sysconfig.get_path("stdlib"))
    text = load_corpus("stdlib").text
    first, second = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))[:2])
    assert text.startswith(first + second)
    assert load_corpus("stdlib").text == text


@pytest.mark.parametrize(("characters", "text"), [(3, "aab"), (2, "aa"), (99, "aabbb")])
def test_a_limit_cuts_the_last_file(tmp_path, characters, text):
    (tmp_path / "b.py").write_text("bbb")
    (tmp_path / "a.py").write_text("aa")
    assert python({"b.py": tmp_path / "b.py"}, Facts("corpus"), characters=characters) == text


TABLE = "Ticker,Date,Close\nU,2000-01-03,1\nV,2000-01-03,10\nV,2000-01-04,20\nU,2000-01-05,3\nV,2000-01-05,30\nW,2000-01-04,7\n"


def read(path, text, field="Close"):
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return prices({"p.gz": path}, Facts("series", columns=("V", "U")), field=field)


def test_prices_are_of_the_days_that_all_have(tmp_path):
    dates, values = read(tmp_path / "p.gz", TABLE)
    assert dates.dtype == "datetime64[D]"
    assert dates.astype(str).tolist() == ["2000-01-03", "2000-01-05"]
    np.testing.assert_array_equal(values, [[10, 1], [30, 3]])


@pytest.mark.parametrize(
    ("text", "field"),
    [(TABLE, "Volume"), ("a,b\n1,2\n", "Close"), (TABLE + "U,2000-01-06\n", "Close"), (TABLE + "U,monday,1\nV,monday,1\n", "Close")],
)  # fmt: skip
def test_other_prices_are_refused(tmp_path, text, field):
    with pytest.raises(DataError, match=f"a gzipped table of Ticker, Date and {field}, got something else in .*p.gz"):
        read(tmp_path / "p.gz", text, field)


def test_prices_cut_short_are_refused(tmp_path):
    (tmp_path / "p.gz").write_bytes(gzip.compress(TABLE.encode())[:40])
    with pytest.raises(DataError, match="a gzipped table"):
        prices({"p.gz": tmp_path / "p.gz"}, Facts("series", columns=("V", "U")), field="Close")


@pytest.mark.parametrize("rows", ["", "AAPL,2000-01-03,nan\nIBM,2000-01-03,1\nMSFT,2000-01-03,1\n"])
def test_a_series_that_cannot_be_right_names_its_file(tmp_path, monkeypatch, rows):
    path = tmp_path / "stocks.csv.gz"
    path.write_bytes(gzip.compress(f"Ticker,Date,Adj Close\n{rows}".encode()))
    found = Found("embedded", find("stocks").forms[0], {"_data/stocks.csv.gz": path})
    monkeypatch.setattr("groundup.data.loading.find_source", lambda *_, **__: found)
    with pytest.raises(DataError, match=r"load_series: .*stocks\.csv\.gz cannot be stocks: Series stocks: expected"):
        load_series("stocks")


def test_without_bokehs_package_the_error_names_it(monkeypatch):
    monkeypatch.setattr("groundup.data.sources.importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match="embedded: bokeh_sampledata is not installed"):
        load_series("stocks")


@pytest.mark.parametrize(
    ("loader", "name", "right"),
    [
        (load, "sst2", r"got sst2 \(texts\); use load_texts\('sst2'\)"),
        (load, "stocks", "use load_series"),
        (load_texts, "mnist", r"got mnist \(images\); use load\('mnist'\)"),
        (load_corpus, "afrisenti-yor", "use load_texts"),
        (load_series, "shakespeare", "use load_corpus"),
    ],
)
def test_each_loader_names_the_right_one_for_other_kinds(loader, name, right):
    with pytest.raises(DataError, match=f"{loader.__name__}: expected another kind of data, .*{right}"):
        loader(name)


@pytest.mark.parametrize("loader", [load_texts, load_corpus, load_series])
def test_an_unknown_name_suggests_the_nearest(loader):
    with pytest.raises(LookupError, match="unknown data set 'sst'; did you mean 'sst2'"):
        loader("sst")


DAYS = np.array(["2000-01-03", "2000-01-04"], "datetime64[D]")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"values": np.ones((2, 2))}, r"expected values \(T, K\) = \(2, 1\) with T above 0, got \(2, 2\)"),
        ({"dates": DAYS[:0], "values": np.ones((0, 1))}, "with T above 0"),
        ({"dates": DAYS[::-1]}, "dates in increasing order"),
        ({"dates": DAYS[[0, 0]]}, "is a day there twice"),
        ({"values": np.array([[1], [np.nan]])}, "NaN or infinity on 2000-01-04 in 'IBM'; drop that day"),
    ],
)
def test_a_series_refuses_what_cannot_be_right(changes, says):
    whole = {"name": "s", "source": "by hand", "dates": DAYS, "values": np.ones((2, 1)), "columns": ["IBM"]}
    assert len(Series(**whole)) == 2
    with pytest.raises(ValueError, match=f"Series s: .*{says}"):
        Series(**whole | changes)


def test_texts_and_corpora_refuse_what_cannot_be_right():
    with pytest.raises(ValueError, match="Texts t: expected labels from 0 to 1, got 0 to 2"):
        Texts(name="t", source="by hand", texts=["a", "b"], y=np.array([0, 2]), classes=["u", "v"])
    with pytest.raises(ValueError, match="Corpus c: expected a text, got none"):
        Corpus(name="c", source="by hand", text="")
