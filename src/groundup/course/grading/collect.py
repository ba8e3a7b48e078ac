"""Collecting: a folder with an entry a learner, each a folder or a zip, becomes submissions/LEARNER/.

submissions/LEARNER/nn/linear.py        what is graded
replaced/LEARNER/HASH/nn/linear.py      what was handed in before, so that its receipt can still be verified
"""

import re
import shutil
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from groundup.core import write_atomically
from groundup.course.grading.assignment import Assignment, ClassError
from groundup.course.grading.intake import RefusedError, Taken, is_utf8, read_submission, shown
from groundup.course.grading.record import Handed, Record, sha256

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}


@dataclass
class Collected:
    """What collecting did: who is new or replaced or the same, whose was refused, and what else is to be said."""

    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def collect(assignment: Assignment, source: Path, record: Record) -> Collected:
    """Take in every submission of a folder. Raises ClassError where that is no folder."""
    if not source.is_dir():
        raise ClassError(f"groundup class collect: expected a folder with a folder or a zip per learner, got {source}")
    done = Collected()
    for name, taken, origin in _latest(_read_all(assignment, source, done), done):
        _keep(assignment, record, name, taken, origin, done)
    return done


def learner_name(raw: str) -> str:
    """A name that is safe as a folder and in a table. Raises RefusedError where nothing is left of it."""
    if not is_utf8(raw):
        raise RefusedError("its name is not UTF-8; rename it")
    kept = "".join(c if c.isalnum() or c in "._-" or unicodedata.combining(c) else " " for c in _normal(raw))
    name = re.sub(r"\s+", "-", re.sub(r"^[\W_]+|[\s._-]+$", "", kept))[:80].rstrip(".-")
    if not name:
        raise RefusedError("nothing is left of its name as the name of a learner; rename it")
    return f"{name}-" if name.split(".")[0].lower() in RESERVED else name


def _normal(raw: str) -> str:
    return unicodedata.normalize("NFC", raw)


def _read_all(assignment: Assignment, source: Path, done: Collected) -> Iterable[tuple[str, Taken, str]]:
    """Every submission that can be read, with the name it goes by."""
    for entry in sorted(source.iterdir()):
        if entry.name.startswith(".") or entry.name == "__MACOSX":
            continue
        try:
            if not entry.is_dir() and entry.suffix.lower() != ".zip":
                raise RefusedError("it is neither a folder nor a zip")
            raw = entry.name if entry.is_dir() else entry.name[: -len(".zip")]
            learner_name(raw)
            yield _normal(raw), read_submission(entry, assignment.files), entry.name
        except (RefusedError, OSError) as reason:
            done.refused[shown(entry.name)] = str(reason)


def _latest(read: Iterable[tuple[str, Taken, str]], done: Collected) -> list[tuple[str, Taken, str]]:
    """One submission a learner, the latest; two learners whose names come to the same are told apart by refusal."""
    by_learner: dict[str, list[tuple[str, Taken, str]]] = defaultdict(list)
    for submission in read:
        by_learner[learner_name(submission[0]).casefold()].append(submission)
    latest = []
    for several in by_learner.values():
        first = several[0][0]
        for name, _, origin in several:
            if name.casefold() != first.casefold():
                done.refused[shown(origin)] = f"its name cannot be told from {shown(first)!r}; rename one of them"
        own = sorted((s for s in several if s[0].casefold() == first.casefold()), key=lambda s: s[1].handed_in)
        for _, _, origin in own[:-1]:
            done.notes.append(f"{shown(first)} handed in twice: {shown(own[-1][2])} is later than {shown(origin)}")
        latest.append(own[-1])
    return latest


def _keep(assignment: Assignment, record: Record, name: str, taken: Taken, origin: str, done: Collected) -> None:
    """Write a submission, unless the same or a later one is there."""
    before = {handed.name.casefold(): handed for handed in record.handed().values()}.get(name.casefold())
    learner = before.learner if before else learner_name(name)
    taker = next((h for h in record.handed().values() if h.learner.casefold() == learner.casefold()), None)
    if before is None and taker is not None:
        done.refused[shown(origin)] = f"its name cannot be told from {taker.name!r}; rename it"
        return
    content = hash_of(taken.files)
    done.notes += [f"{learner}: {note}" for note in taken.notes]
    missing = [file for file in assignment.files if file not in taken.files]
    done.notes += [f"{learner}: {', '.join(missing)} not handed in"] if missing else []
    folder = assignment.submissions / learner
    if before and folder.is_dir() and before.hash == content:
        done.same.append(learner)
        return
    if before and before.handed_in > taken.handed_in:
        when = datetime.fromtimestamp(before.handed_in).isoformat(" ", "minutes")
        done.notes.append(f"{learner}: the one of {when}, collected before, is later and stays")
        return
    _write(assignment, learner, taken.files, before)
    record.hand_in(Handed(learner, name, origin, taken.handed_in, content))
    (done.replaced if before else done.new).append(learner)


def hash_of(files: dict[str, bytes]) -> str:
    """One hash for all files of a submission."""
    return sha256("".join(f"{name}\0{sha256(data)}\n" for name, data in sorted(files.items())).encode())


def _write(assignment: Assignment, learner: str, files: dict[str, bytes], before: Handed | None) -> None:
    """Write beside, then take the place of what was there; a kill in between leaves one of the two whole."""
    folder = assignment.submissions / learner
    fresh = assignment.submissions / f".new-{learner}"
    shutil.rmtree(fresh, ignore_errors=True)
    for name, data in files.items():
        write_atomically(fresh / name, data)
    if folder.exists():
        old = assignment.folder / "replaced" / learner / (before.hash[:16] if before else "unknown")
        shutil.rmtree(old, ignore_errors=True)
        old.parent.mkdir(parents=True, exist_ok=True)
        folder.replace(old)
    fresh.replace(folder)
