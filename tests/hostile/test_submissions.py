"""What comes from outside: every known way to harm whoever unpacks it ends in a sentence, and writes nothing."""

import os
import stat
import zipfile
from pathlib import Path

import pytest

from groundup.course.grading import intake
from groundup.course.grading.intake import RefusedError, read_submission
from support.classroom import PLACE, RIGHT, make_zip

WANTED = [PLACE, "nn/loss.py"]


@pytest.mark.parametrize(
    "name", ["nn/init.py", "work/nn/init.py", "init.py", "a/b/init.py", "nn\\init.py", "Übung 1/nn/init.py"]
)
def test_a_file_is_found_wherever_it_lies(tmp_path: Path, name: str) -> None:
    taken = read_submission(make_zip(tmp_path / "a.zip", {name: RIGHT, "notes.txt": "hello"}), WANTED)
    assert taken.files == {PLACE: RIGHT.encode()}
    assert taken.notes == []


def test_what_the_workspace_keeps_for_itself_is_not_handed_in(tmp_path: Path) -> None:
    entries = {
        "work/.groundup/starters/nn/init.py": "starter", "work/nn/init.py": RIGHT, "__MACOSX/work/nn/init.py": "x",
    }  # fmt: skip
    assert read_submission(make_zip(tmp_path / "a.zip", entries), WANTED).files == {PLACE: RIGHT.encode()}


def test_the_nearest_to_the_top_is_meant_and_a_tie_is_told(tmp_path: Path) -> None:
    deeper = {"nn/init.py": RIGHT, "old/nn/init.py": "old"}
    assert read_submission(make_zip(tmp_path / "a.zip", deeper), WANTED).files == {PLACE: RIGHT.encode()}
    tie = {"one/nn/init.py": RIGHT, "two/nn/init.py": "other", "nn/loss.py": "x"}
    taken = read_submission(make_zip(tmp_path / "b.zip", tie), WANTED)
    assert taken.files == {"nn/loss.py": b"x"}
    assert "nn/init.py is there more than once (one/nn/init.py, two/nn/init.py)" in taken.notes[0]


@pytest.mark.parametrize(
    "name",
    [
        "../nn/init.py",
        "nn/../../nn/init.py",
        "/etc/nn/init.py",
        "C:/nn/init.py",
        "..\\init.py",
        "\\nn\\init.py",
    ],
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    archive = make_zip(tmp_path / "a.zip", {name: RIGHT, "nn/init.py": RIGHT})
    with pytest.raises(RefusedError, match="a path that leads out of the folder"):
        read_submission(archive, WANTED)
    assert list(tmp_path.iterdir()) == [archive]


def test_a_link_in_a_zip_is_not_followed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("nn/init.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("nn/loss.py", "x")
    taken = read_submission(tmp_path / "a.zip", WANTED)
    assert taken.files == {"nn/loss.py": b"x"}
    assert taken.notes == ["nn/init.py is a link; hand in the file itself"]


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = make_zip(tmp_path / "a.zip", {"nn/init.py": bytes(20_000_000)})
    with pytest.raises(RefusedError, match=r"would unpack to .* times its size"):
        read_submission(bomb, WANTED)
    many = make_zip(tmp_path / "b.zip", {f"{i}.py": "" for i in range(intake.ENTRIES + 1)})
    with pytest.raises(RefusedError, match="more than 5000 entries"):
        read_submission(many, WANTED)
    monkeypatch.setattr(intake, "UNPACKED_BYTES", 1000)
    with pytest.raises(RefusedError, match="would unpack to 1,200 bytes"):
        read_submission(make_zip(tmp_path / "c.zip", {"a": "x" * 600, "b": "x" * 600}), WANTED)
    monkeypatch.setattr(intake, "ARCHIVE_BYTES", 100)
    with pytest.raises(RefusedError, match="the zip has"):
        read_submission(make_zip(tmp_path / "d.zip", {"nn/init.py": RIGHT}), WANTED)


def test_a_declared_size_that_lies_makes_no_more_than_it_says(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"nn/init.py": bytes(900_000), "nn/loss.py": "x"})
    data, small, true = path.read_bytes(), (100).to_bytes(4, "little"), (900_000).to_bytes(4, "little")
    assert data.count(true) == 2  # in the entry's head and in the directory
    path.write_bytes(data.replace(true, small))
    taken = read_submission(path, WANTED)
    assert taken.files == {"nn/loss.py": b"x"}
    assert "nn/init.py is damaged" in taken.notes[0]


def test_a_file_over_a_megabyte_is_not_taken(tmp_path: Path) -> None:
    big = os.urandom(intake.FILE_BYTES + 1)
    (tmp_path / "in/nn").mkdir(parents=True)
    (tmp_path / "in/nn/init.py").write_bytes(big)
    for path in (tmp_path / "in", make_zip(tmp_path / "a.zip", {"nn/init.py": big})):
        with pytest.raises(RefusedError, match=r"nn/init.py has more than 1,048,576 bytes"):
            read_submission(path, WANTED)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"nn/init.py": RIGHT})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the entry's flags
    data[data.rfind(b"PK\x01\x02") + 8] |= 1  # and those of the directory
    path.write_bytes(bytes(data))
    with pytest.raises(RefusedError, match="the zip is encrypted"):
        read_submission(path, WANTED)


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "in.zip", {"nn/init.py": RIGHT}).read_bytes()
    with pytest.raises(RefusedError, match=r"none of the files asked for; work/in.zip is a zip inside it and was not"):
        read_submission(make_zip(tmp_path / "a.zip", {"work/in.zip": inner}), WANTED)


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"n_/init.py": RIGHT})
    path.write_bytes(path.read_bytes().replace(b"n_/", b"n\xff/"))
    with pytest.raises(RefusedError, match="not UTF-8"):
        read_submission(path, WANTED)
    (tmp_path / "in").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/\xff.py")).write_text("x")
    (tmp_path / "in/init.py").write_text(RIGHT)
    with pytest.raises(RefusedError, match="not UTF-8"):
        read_submission(tmp_path / "in", WANTED)


def test_a_name_twice_or_with_a_zero_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nn/init.py", RIGHT)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("nn/init.py", "other")
    with pytest.raises(RefusedError, match=r"nn/init.py twice"):
        read_submission(path, WANTED)
    path = make_zip(tmp_path / "b.zip", {"nn/init.py_": RIGHT})
    path.write_bytes(path.read_bytes().replace(b"init.py_", b"init.py\0"))
    with pytest.raises(RefusedError, match="zero byte"):
        read_submission(path, WANTED)


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_or_an_empty_one_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(RefusedError, match=r"cannot be read as a zip|none of the files"):
        read_submission(tmp_path / "a.zip", WANTED)


def test_damaged_data_is_told(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"nn/init.py": RIGHT})
    data = bytearray(path.read_bytes())
    data[60:200] = bytes(140)
    path.write_bytes(bytes(data))
    with pytest.raises(RefusedError, match=r"nn/init.py is damaged"):
        read_submission(path, WANTED)


def test_other_ways_to_pack_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("nn/init.py", RIGHT)
    with pytest.raises(RefusedError, match="packed in a way that is not read"):
        read_submission(tmp_path / "a.zip", WANTED)


def test_links_and_pipes_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/loss.py").write_text("secret")
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/init.py").symlink_to(tmp_path / "secret/loss.py")
    (tmp_path / "in/nn").symlink_to(tmp_path / "secret")
    with pytest.raises(RefusedError, match=r"nn is a link and was not followed; init\.py is a link"):
        read_submission(tmp_path / "in", WANTED)
    (tmp_path / "in/init.py").unlink()
    os.mkfifo(tmp_path / "in/init.py")
    with pytest.raises(RefusedError, match=r"init.py is not a regular file"):
        read_submission(tmp_path / "in", WANTED)
    (tmp_path / "whole").symlink_to(tmp_path / "secret")
    with pytest.raises(RefusedError, match="it is a link"):
        read_submission(tmp_path / "whole", WANTED)
