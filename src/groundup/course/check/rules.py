"""What is looked at before a learner's file is run: does it parse, are the functions there, who does the work?"""

import ast
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.handout import sickened
from groundup.course.starter import find_bodies, function_source, is_blank, unwritten

SOURCE_BYTES = 1024 * 1024


def read_and_check(exercise: Exercise, file: Path) -> Verdict | None:
    """A verdict where the file need not be run at all; None where it should be."""
    try:
        if file.stat().st_size > SOURCE_BYTES:
            return Verdict(
                exercise.id, "syntax", f"{file.name} is larger than a megabyte; this is not the exercise's file."
            )
        source = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Verdict(
            exercise.id, "missing", f"There is no {file}; `groundup reset {exercise.concept}` writes it anew."
        )
    except (UnicodeDecodeError, OSError) as error:
        return Verdict(exercise.id, "syntax", f"{file.name} cannot be read as UTF-8 text: {error}")
    try:
        tree = ast.parse(source)
        find_bodies(source, exercise.functions)
    except SyntaxError as error:
        line = f"line {error.lineno}" if error.lineno else "the file"
        marked = f"{(error.text or '').rstrip()}\n{' ' * max(0, (error.offset or 1) - 1)}^"
        return Verdict(exercise.id, "syntax", f"Python cannot read {file.name}, {line}: {error.msg}.", trace=marked)
    except (ValueError, RecursionError, MemoryError) as error:
        return Verdict(exercise.id, "syntax", f"Python cannot read {file.name}: {error}.")
    except KeyError as error:
        return Verdict(exercise.id, "missing", f"{file.name}: {error.args[0]}. Was it renamed?")
    return _borrowed(exercise, tree) or _looked_inside(exercise, tree) or _not_begun(exercise, source)


def _not_begun(exercise: Exercise, source: str) -> Verdict | None:
    """The work is as it was handed out: nothing needs to run to say so."""
    if exercise.kind == "repair":
        if source == sickened(exercise):
            return Verdict(exercise.id, "unwritten", f"{exercise.title}: the run is as sick as you got it.")
        return None
    for name in exercise.functions:
        if is_blank(source, name):
            return Verdict(exercise.id, "unwritten", f"{unwritten(name)}.")
    return None


def _borrowed(exercise: Exercise, tree: ast.Module) -> Verdict | None:
    """The exercise is to write it by hand; a file that imports the finished thing is told so."""
    package = exercise.module.rpartition(".")[0]
    given = {name for _, name in _imports(ast.parse(exercise.file.read_text(encoding="utf-8")))}
    for node, name in _imports(tree):
        if name in given:
            continue
        if exercise.kind != "repair" and (name == package or name.startswith(f"{package}.")):
            sentence = f"Line {node.lineno} imports {name}: here the work is to be done by hand, in NumPy."
            return Verdict(exercise.id, "forbidden", sentence)
        root = name.split(".")[0]
        if root not in ("numpy", "groundup", "") and root not in sys.stdlib_module_names:
            sentence = (
                f"Line {node.lineno} imports {root}: the work is to be done by hand, with NumPy and Python alone."
            )
            return Verdict(exercise.id, "forbidden", sentence)
    return None


def _looked_inside(exercise: Exercise, tree: ast.Module) -> Verdict | None:
    """Checks that a learner writes look at what a function gives, not at what it is made of."""
    if exercise.kind != "test":
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("__"):
            sentence = f"Line {node.lineno} looks at {node.attr}: check what comes out, not what it is made of."
            return Verdict(exercise.id, "forbidden", sentence)
    for statement, name in _imports(tree):
        if name.split(".")[0] in ("inspect", "gc", "sys", "dis"):
            sentence = f"Line {statement.lineno} imports {name}: check what comes out, not what it is made of."
            return Verdict(exercise.id, "forbidden", sentence)
    return None


def by_differences(file: Path, functions: Sequence[str]) -> bool:
    """Whether a backward asks its own forward in a loop: a slope by differences in place of a derivative."""
    for name in functions:
        body = ast.parse(textwrap.dedent(function_source(file.read_text(encoding="utf-8"), name)))
        if not name.endswith("backward"):
            continue
        loops = (n for n in ast.walk(body) if isinstance(n, ast.For | ast.While | ast.ListComp | ast.GeneratorExp))
        asked = (ast.unparse(n.func) for loop in loops for n in ast.walk(loop) if isinstance(n, ast.Call))
        if any(name in ("self", "self.forward", "self.__call__") for name in asked):
            return True
    return False


def _imports(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)
