"""Predict: what shape, what value, said before anything runs.

The sheet is a TOML file with a seed and the questions drawn from it. The answers are computed by the library from the
same seed, so a sheet can be checked anywhere. After a wrong answer the workspace writes a sheet with other numbers.
"""

import ast
import importlib
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np

from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise, Question

HEAD = """# {id}: {title}
# Say what you expect before you run anything: a number, a shape such as
# (2, 3), True or False, or a word. Write each answer between the quotes.
# After a wrong answer the questions come back with other numbers.

seed = {seed}
"""
WIDTH = 72  # of a question's lines: the studio's editor shows them whole
ENTRY = """
[[question]]
ask = '''
{ask}
'''
answer = "{answer}"
"""


@dataclass(frozen=True)
class Drawn:
    """A question with its numbers, the answer, and the wrong answers that have a name."""

    ask: str
    answer: Any
    rtol: float
    wrong: tuple[tuple[Any, str], ...]


def draw(exercise: Exercise, seed: int) -> list[Drawn]:
    """The questions of a sheet with this seed."""
    rng = random.Random(seed)
    names = {**vars(importlib.import_module(exercise.module)), "np": np}
    return [_draw(question, rng, names) for question in exercise.spec.question]


def _draw(question: Question, rng: random.Random, names: dict[str, Any]) -> Drawn:
    drawn = {name: rng.choice(values) for name, values in question.draw.items()}
    space = {**names, **drawn}
    answer = _plain(eval(question.answer, space))  # noqa: S307 (the course's own expression)
    wrong = [(_plain(eval(w.answer, space)), w.says) for w in question.wrong]  # noqa: S307
    ask = question.ask.strip()
    for name, value in drawn.items():
        ask = ask.replace(f"{{{name}}}", str(value))
    return Drawn(
        ask, answer, question.rtol, tuple((v, says) for v, says in wrong if not _agrees(v, answer, question.rtol))
    )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    return tuple(_plain(v) for v in value) if isinstance(value, tuple | list) else value


def sheet(exercise: Exercise, seed: int, answers: list[str] | None = None) -> str:
    """The file that is handed out: every question of this seed, its answer empty or as given."""
    drawn = draw(exercise, seed)
    given = answers or [""] * len(drawn)
    entries = [ENTRY.format(ask=fill(q.ask, WIDTH), answer=a) for q, a in zip(drawn, given, strict=True)]
    return HEAD.format(id=exercise.id, title=exercise.title, seed=seed) + "".join(entries)


def right_answers(exercise: Exercise, seed: int) -> list[str]:
    """What a sheet that passes says."""
    return [str(q.answer) for q in draw(exercise, seed)]


def check(exercise: Exercise, file: Path) -> Verdict:
    """Compare the answers of a sheet with what comes out."""
    try:
        seed, answers = _read(exercise, file)
    except FileNotFoundError:
        return Verdict(exercise.id, "missing", f"There is no {file}; `groundup reset {exercise.id}` writes it anew.")
    except (ValueError, OSError) as error:
        return Verdict(exercise.id, "syntax", f"{file.name} cannot be read: {error}")
    drawn = draw(exercise, seed)
    if len(answers) != len(drawn):
        sentence = f"{file.name} should hold {len(drawn)} questions, but holds {len(answers)}; `groundup reset` helps."
        return Verdict(exercise.id, "syntax", sentence)
    for i, answer in enumerate(answers, 1):
        if not answer:
            return Verdict(exercise.id, "unwritten", f"Question {i} of {len(answers)} has no answer yet.")
    for i, (question, answer) in enumerate(zip(drawn, answers, strict=True), 1):
        if not _agrees(_said(answer), question.answer, question.rtol):
            return _wrong(exercise, i, question, answer)
    n = len(drawn)
    return Verdict(exercise.id, "passed", f"Right: {n} of {n} as you predicted.", checks=n)


def _read(exercise: Exercise, file: Path) -> tuple[int, list[str]]:
    """The seed and the answers of a sheet. Raises ValueError for what is no sheet."""
    if file.stat().st_size > 100_000:
        raise ValueError("it is larger than a sheet of questions can be")
    sheet = tomllib.loads(file.read_text(encoding="utf-8"))
    seed, entries = sheet.get("seed"), sheet.get("question")
    if type(seed) is not int or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise ValueError(f"expected a seed and questions; `groundup reset {exercise.id}` writes a new sheet")
    return seed, [str(entry.get("answer", "")).strip() for entry in entries]


def _said(answer: str) -> Any:
    """What is written as a value: a number, a shape, True or False; else the word itself."""
    if answer.lower().lstrip("+-") in ("inf", "nan"):
        return float(answer)
    try:
        return _plain(ast.literal_eval(answer))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return answer


def _agrees(said: Any, truth: Any, rtol: float) -> bool:
    if isinstance(truth, str):
        return str(said).strip().lower() == truth.lower()
    if isinstance(truth, tuple):
        said = (said,) if not isinstance(said, tuple) else said
        return len(said) == len(truth) and all(_agrees(a, b, rtol) for a, b in zip(said, truth, strict=True))
    if isinstance(truth, bool) or isinstance(said, bool):
        return said is truth
    if not isinstance(said, int | float):
        return False
    return said == truth if isinstance(truth, int) else bool(np.isclose(said, truth, rtol=rtol, atol=0, equal_nan=True))


def _wrong(exercise: Exercise, i: int, question: Drawn, answer: str) -> Verdict:
    named = next((says for value, says in question.wrong if _agrees(_said(answer), value, question.rtol)), "")
    sentence = f"Question {i}: {named or f'it is not {answer}.'}"
    return Verdict(exercise.id, "misconception" if named else "values", sentence, inputs={"question": question.ask})
