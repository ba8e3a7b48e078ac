"""Receipts: what was graded, with which numbers and versions, and what came of it, signed by the instructor.

    receipts/LEARNER.json   {"receipt": {...}, "signature": "..."}     Ed25519 over the receipt in its canonical form
    class.key               the instructor's key, made on first use, readable by its owner alone; class.pub goes with it

The canonical form is JSON with sorted keys, no spaces, UTF-8. A receipt is checked against the key of the class, never
against one that comes with it.
"""

import json
import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundup.core import write_atomically
from groundup.course.grading.assignment import Assignment, ClassError
from groundup.course.grading.grade import results
from groundup.course.grading.record import Record, Result, sha256, versions
from groundup.course.grading.worker import grade_source
from groundup.course.handout import place_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT = 1
SAID = ("seed", "passed", "kind", "case", "misconception", "sentence", "checks")  # of a verdict, what a receipt keeps
SAME = ("seed", "passed", "kind", "case", "misconception", "checks")  # what grading again has to give


@dataclass
class Verified:
    """What came of verifying: nothing in ``faults`` is good."""

    learner: str
    exercises: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def write_receipts(assignment: Assignment, record: Record) -> list[Path]:
    """A receipt for each learner whose every exercise is graded. Raises ClassError without ``cryptography``."""
    _expect_cryptography("grade")
    key = _private_key(assignment.folder)
    written = []
    for learner, found in results(assignment, record).items():
        graded = {name: result for name, result in found.items() if result is not None}
        if len(graded) == len(found):
            receipt = _receipt(assignment, learner, graded)
            signed = {"receipt": receipt, "signature": key.sign(_canonical(receipt)).hex()}
            path = assignment.folder / "receipts" / f"{learner}.json"
            write_atomically(path, (json.dumps(signed, indent=1, ensure_ascii=False) + "\n").encode())
            written.append(path)
    return written


def _expect_cryptography(command: str) -> None:
    if find_spec("cryptography") is None:
        raise ClassError(
            f"groundup class {command}: receipts need the package cryptography, which is not installed; "
            "pip install 'groundup[class]'"
        )


def _receipt(assignment: Assignment, learner: str, graded: dict[str, Result]) -> dict[str, Any]:
    return {
        "format": FORMAT, "assignment": assignment.plan.id, "title": assignment.plan.title, "learner": learner,
        "graded": max((result.at for result in graded.values()), default=""), "versions": versions(),
        "seeds": list(assignment.plan.seeds),
        "exercises": [
            {
                "id": e.id, "file": place_of(e), "sha256": graded[e.id].key.source, "points": e.points,
                "passed": graded[e.id].passed, "verdicts": [_said(v, SAID) for v in graded[e.id].verdicts],
            }
            for e in assignment.exercises
        ],
    }  # fmt: skip


def _said(verdict: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: verdict.get(name) for name in fields}


def _canonical(receipt: dict[str, Any]) -> bytes:
    return json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def verify(assignment: Assignment, path: Path) -> Verified:
    """Check the signature, then grade the stored files again. Raises ClassError for no receipt of this class."""
    _expect_cryptography("verify")
    receipt = _signed(assignment, path)
    done = Verified(receipt["learner"])
    if receipt["assignment"] != assignment.plan.id:
        done.notes.append(f"it is of the assignment {receipt['assignment']}, the class is now {assignment.plan.id}")
    done.notes += [
        f"graded with {what} {receipt['versions'][what]}, this is {now}"
        for what, now in versions().items()
        if receipt["versions"].get(what) != now
    ]
    for entry in receipt["exercises"]:
        done.exercises += 1
        fault = _compare(assignment, receipt, entry)
        done.faults += [f"{entry['id']}: {fault}"] if fault else []
    return done


def _signed(assignment: Assignment, path: Path) -> dict[str, Any]:
    """The receipt, once its signature is found right."""
    from cryptography.exceptions import InvalidSignature

    try:
        signed = json.loads(path.read_text(encoding="utf-8"))
        receipt, signature = signed["receipt"], bytes.fromhex(signed["signature"])
        receipt["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ClassError(f"{path}: expected a receipt with a signature, got something else ({error})") from error
    try:
        _public_key(assignment.folder).verify(signature, _canonical(receipt))
    except InvalidSignature as error:
        raise ClassError(
            f"{path}: the signature is not that of this class's key; the receipt was changed, or is of another class"
        ) from error
    if receipt["format"] != FORMAT:
        raise ClassError(f"{path}: expected a receipt of format {FORMAT}, got {receipt['format']}")
    checked: dict[str, Any] = receipt
    return checked


def _compare(assignment: Assignment, receipt: dict[str, Any], entry: dict[str, Any]) -> str:
    """What is not as the receipt has it; "" where all is."""
    if not entry["sha256"]:
        return ""  # not handed in: there is nothing to grade
    source = _stored(assignment, receipt["learner"], entry)
    if source is None:
        return f"no stored {entry['file']} has the hash {entry['sha256'][:12]}; it was changed or taken away"
    was = [_said(verdict, SAME) for verdict in entry["verdicts"]]
    now = [_said(verdict, SAME) for verdict in grade_source(entry["id"], source, receipt["seeds"])]
    if was == now:
        return ""
    pair = next(((a, b) for a, b in zip(was, now, strict=False) if a != b), ({}, {}))
    return f"was {pair[0].get('kind', 'otherwise')}, graded again it is {pair[1].get('kind', 'otherwise')}"


def _stored(assignment: Assignment, learner: str, entry: dict[str, Any]) -> bytes | None:
    """The file of that hash, as it stands or as it was before another was handed in."""
    replaced = assignment.folder / "replaced" / learner
    folders = [assignment.submissions / learner, *(sorted(replaced.iterdir()) if replaced.is_dir() else [])]
    sources = (file.read_bytes() for file in (folder / entry["file"] for folder in folders) if file.is_file())
    return next((source for source in sources if sha256(source) == entry["sha256"]), None)


def _private_key(folder: Path) -> "Ed25519PrivateKey":
    """The instructor's key; made where there is none. Raises ClassError where the file is not one."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = folder / "class.key"
    if not path.exists():
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ClassError(
            f"{path}: the key can be read by others; chmod 600 it, or take it away and have a new one made"
        )
    try:
        loaded = form.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise ClassError(f"{path}: expected an Ed25519 key, got something else") from error
    if not isinstance(loaded, Ed25519PrivateKey):
        raise ClassError(f"{path}: expected an Ed25519 key, got another kind")
    public = loaded.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    write_atomically(folder / "class.pub", public)
    return loaded


def _public_key(folder: Path) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if (folder / "class.key").is_file():
        return _private_key(folder).public_key()
    path = folder / "class.pub"
    if not path.is_file():
        raise ClassError(f"groundup class verify: expected the public key of the class at {path}, found none")
    try:
        loaded = load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise ClassError(f"{path}: expected an Ed25519 key, got something else") from error
    if not isinstance(loaded, Ed25519PublicKey):
        raise ClassError(f"{path}: expected an Ed25519 key, got another kind")
    return loaded
