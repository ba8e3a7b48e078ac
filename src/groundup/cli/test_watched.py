"""When a file that is being edited counts as changed."""

import os
import threading
import time
from pathlib import Path

import pytest

from groundup.cli.watched import GONE, Watched


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "linear.py"
    path.write_text("one", encoding="utf-8")
    return path


def test_other_text_is_a_change_until_it_is_looked_at(path: Path) -> None:
    file = Watched(path)
    assert not file.changed()
    path.write_text("two", encoding="utf-8")
    assert file.changed()
    file.look()
    assert not file.changed()


def test_another_time_or_another_file_with_the_same_text_is_none(path: Path, tmp_path: Path) -> None:
    file = Watched(path)
    os.utime(path, (1, 1))
    assert not file.changed()
    (tmp_path / "new").write_text("one", encoding="utf-8")
    (tmp_path / "new").replace(path)
    assert not file.changed()


def test_the_same_size_at_the_same_time_is_a_change(path: Path) -> None:
    stamp = path.stat().st_mtime_ns
    file = Watched(path)
    path.write_text("two", encoding="utf-8")
    os.utime(path, ns=(stamp, stamp))
    assert file.changed()


@pytest.mark.parametrize("between", ["", None])
def test_a_file_that_is_empty_or_gone_for_a_moment_is_waited_for(path: Path, between: str | None) -> None:
    """An editor empties the file or takes it away, and then writes what was there before."""
    file = Watched(path)
    path.unlink() if between is None else path.write_text(between)
    after = threading.Timer(GONE / 3, path.write_text, ["one"])
    after.start()
    assert not file.changed()
    after.join()


def test_a_file_that_stays_away_is_a_change_and_so_is_its_return(path: Path) -> None:
    file = Watched(path)
    path.unlink()
    assert file.changed()
    file.look()
    assert not file.changed()
    path.write_text("one", encoding="utf-8")
    assert file.changed()


def test_a_file_that_is_written_all_the_time_does_not_hold_the_keys_for_ever(path: Path) -> None:
    file, stop = Watched(path), threading.Event()

    def write() -> None:
        i = 0
        while not stop.is_set():
            i += 1
            path.write_text(f"line {i}\n" * 50, encoding="utf-8")
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    path.write_text("two", encoding="utf-8")
    try:
        assert file.changed()
    finally:
        stop.set()
        writer.join()


def test_a_folder_in_its_place_is_no_crash(path: Path) -> None:
    file = Watched(path)
    path.unlink()
    path.mkdir()
    assert file.changed()
