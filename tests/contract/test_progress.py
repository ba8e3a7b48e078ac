"""The learner's record: nothing that was said to be saved is lost, whoever writes and whatever is killed."""

import concurrent.futures
import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from groundup.course import record as module
from groundup.course.check.verdict import Verdict
from groundup.course.manifest import load_course
from groundup.course.progress import Progress, Standing, first_open
from groundup.course.record import MIGRATIONS, Record, RecordError

VERSION_1 = """
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY, exercise TEXT NOT NULL, at TEXT NOT NULL, passed INTEGER NOT NULL, kind TEXT NOT NULL,
    source TEXT NOT NULL, verdict TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_exercise ON attempts (exercise, passed);
CREATE TABLE IF NOT EXISTS shown (
    exercise TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (exercise, what));
CREATE TABLE IF NOT EXISTS predictions (
    lesson TEXT NOT NULL, question TEXT NOT NULL, said TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (lesson, question));
PRAGMA user_version = 1;
INSERT INTO attempts VALUES (1, 'linear-forward', '2026-01-05T10:00:00+00:00', 0, 'values', 'a', '{"kind": "values"}');
INSERT INTO attempts VALUES (2, 'linear-forward', '2026-01-06T10:00:00+00:00', 1, 'passed', 'b', '{"kind": "passed"}');
INSERT INTO shown VALUES ('linear-forward', 'hint 1', '2026-01-05T10:00:00+00:00');
INSERT INTO predictions VALUES ('linear', 'q1', '(2, 3)', '2026-01-05T10:00:00+00:00');
"""
WRITER = """
import sys
from pathlib import Path
from groundup.course.check.verdict import Verdict
from groundup.course.progress import Progress
path, name, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for i in range(times):
    Progress(path).record(Verdict('linear-forward', 'values', 'wrong'), f'{name} {i}')
    print(i, flush=True)
"""


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def version_1(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(VERSION_1)
    return path


def writer(path: Path, name: str, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wrong(i: object) -> tuple[Verdict, str]:
    return Verdict("linear-forward", "values", "wrong"), f"source {i}"


def test_a_record_of_version_1_is_brought_to_the_present_with_all_that_is_in_it(tmp_path: Path) -> None:
    path = version_1(tmp_path / "state.sqlite")
    progress = Progress(path)
    assert progress.standing("linear-forward") == Standing(passed=True, tries=1, hints=1)
    assert progress.predictions("linear") == {"q1": "(2, 3)"}
    assert [a["kind"] for a in progress.attempts("linear-forward")] == ["passed", "values"]
    assert progress.first_passes()["linear-forward"].isoformat() == "2026-01-06T10:00:00+00:00"
    assert query(path, "PRAGMA user_version") == [(2,)]
    fresh = tmp_path / "fresh.sqlite"
    Progress(fresh)
    schema = "SELECT type, name FROM sqlite_master ORDER BY name"
    assert query(path, schema) == query(fresh, schema)
    columns = "SELECT name FROM pragma_index_info('attempts_by_exercise')"
    assert query(path, columns) == [("exercise",), ("passed",), ("kind",), ("source",), ("at",)]
    progress.skip(["linear-backward"])
    assert Progress(path).skipped() == ["linear-backward"]


def test_a_migration_that_fails_leaves_the_old_version_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = version_1(tmp_path / "state.sqlite")
    before = query(path, "SELECT name FROM sqlite_master ORDER BY name")
    monkeypatch.setattr(module, "MIGRATIONS", (*MIGRATIONS[:1], (*MIGRATIONS[1], "no SQL at all")))
    with pytest.raises(RecordError):
        Progress(path)
    assert query(path, "SELECT name FROM sqlite_master ORDER BY name") == before
    assert query(path, "PRAGMA user_version") == [(1,)]
    monkeypatch.undo()
    assert Progress(path).passed("linear-forward")


def test_a_version_1_that_was_cut_off_while_it_was_made_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(VERSION_1.split("CREATE TABLE IF NOT EXISTS shown", maxsplit=1)[0])
    assert Progress(path).standings() == {}


def test_a_newer_record_is_refused_in_one_sentence_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("CREATE TABLE of_the_future (x); PRAGMA user_version = 3;")
    before = path.read_bytes()
    with pytest.raises(
        RecordError, match=r"version 2 or older at .*, got version 3; a newer Groundup wrote it"
    ) as told:
        Progress(path)
    assert "\n" not in str(told.value)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["state.sqlite"]


def test_a_killed_writer_loses_nothing_that_was_said_to_be_saved(tmp_path: Path) -> None:
    """Killed at another moment each time, while it creates the file, too."""
    path, said = tmp_path / "state.sqlite", 0
    for k in range(20):
        with writer(path, f"writer {k}", 10_000) as process:
            assert process.stdout is not None
            if k % 4:
                process.stdout.readline()
                said += 1
            time.sleep(0.013 * k)
            process.kill()
            said += sum(line.endswith("\n") for line in process.stdout)
        assert Progress(path).standing("linear-forward").tries >= said
    assert said > 100
    assert Progress(path).standing("linear-forward").tries <= said + 20  # at most one each was saved and not yet said
    assert query(path, "PRAGMA integrity_check") == [("ok",)]


def test_two_terminals_the_studio_and_a_reader_agree(tmp_path: Path) -> None:
    """Processes and threads that begin with no file at all; what a reader sees only grows."""
    path = tmp_path / "state.sqlite"
    processes = [writer(path, f"terminal {k}", 25) for k in range(3)]
    seen = []
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = [pool.submit(lambda i=i: Progress(path).record(*wrong(i))) for i in range(25)]
        while any(p.poll() is None for p in processes) or not all(d.done() for d in done):
            seen.append(Progress(path).standing("linear-forward").tries)
        for job in done:
            job.result()
    for process in processes:
        with process:
            assert process.stdout is not None
            assert len(process.stdout.readlines()) == 25
        assert process.returncode == 0
    assert seen == sorted(seen)
    assert Progress(path).standing("linear-forward").tries == 100


def test_many_that_bring_a_record_to_the_present_at_once_do_it_once(tmp_path: Path) -> None:
    path = version_1(tmp_path / "state.sqlite")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: Progress(path).standing("linear-forward").tries, range(24)))
    assert found == [1] * 24


def test_a_reader_sees_one_moment(tmp_path: Path) -> None:
    record = Record(tmp_path / "state.sqlite")
    progress = Progress(record.path)
    with record.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM attempts").fetchone() == (0,)
        progress.record(*wrong(1))
        assert db.execute("SELECT COUNT(*) FROM attempts").fetchone() == (0,)
    assert progress.standing("linear-forward").tries == 1


def test_a_transaction_that_raises_is_as_if_it_had_not_begun(tmp_path: Path) -> None:
    record = Record(tmp_path / "state.sqlite")
    with pytest.raises(ZeroDivisionError), record.writing() as db:  # noqa: PT012
        db.execute("INSERT INTO skipped VALUES ('linear-forward', 'now')")
        _ = 1 // 0
    assert Progress(record.path).skipped() == []


def test_a_record_that_another_holds_for_long_is_said_to_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress(tmp_path / "state.sqlite")
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    with Record(progress.path).writing(), pytest.raises(RecordError, match=r"to be free within 0.05 seconds"):
        progress.record(*wrong(1))


def test_a_damaged_record_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    progress = Progress(path)
    for i in range(200):
        progress.record(*wrong(i))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(RecordError, match="expected a SQLite file"):
        progress.standings()


@pytest.mark.skipif(sys.platform == "win32", reason="folders are protected otherwise there")
def test_a_read_only_folder_gives_a_clear_sentence(tmp_path: Path) -> None:
    """In a child that gives up being root, to whom no folder is read-only."""
    folder = tmp_path / "record"
    Progress(folder / "state.sqlite").record(*wrong(1))
    code = (
        "import os, sys; from pathlib import Path\n"
        "from groundup.course.check.verdict import Verdict; from groundup.course.progress import Progress\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "try: Progress(Path(sys.argv[1])).record(Verdict('linear-forward', 'values', ''), 'x'); print('written')\n"
        "except ValueError as error: print(error)\n"
    )
    for parent in [tmp_path, *tmp_path.parents][:-2]:
        if parent.stat().st_uid == os.getuid() and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
    (folder / "state.sqlite").chmod(0o444)
    folder.chmod(0o555)
    try:
        for name in ("state.sqlite", "none.sqlite"):
            done = subprocess.run(
                [sys.executable, "-c", code, str(folder / name)], capture_output=True, text=True, check=True
            )
            assert f"expected a folder that can be written at {folder}" in done.stdout
            assert "is it read-only?" in done.stdout
    finally:
        folder.chmod(0o755)
    assert Progress(folder / "state.sqlite").standing("linear-forward").tries == 1


def test_what_is_skipped_or_placed_is_not_open_and_a_pass_stands_above_both(tmp_path: Path) -> None:
    progress, exercises = Progress(tmp_path / "state.sqlite"), list(load_course().exercises())
    first, second, third, fourth = (e.id for e in exercises[:4])
    progress.record(Verdict(first, "values", "wrong"), "a")
    progress.skip([first, second])
    progress.place("01", [second, third])
    standings = progress.standings()
    assert [standings[n].state for n in (first, second, third)] == ["skipped", "placed", "placed"]
    open_ = first_open(exercises, standings)
    assert open_ is not None
    assert open_.id == fourth
    progress.record(Verdict(second, "passed", "right"), "b")
    assert progress.standing(second).state == "passed"
    progress.unskip([first])
    progress.unplace("01")
    standings = progress.standings()
    assert standings[first].state == "tried"
    assert third not in standings
    assert progress.passed(second)
