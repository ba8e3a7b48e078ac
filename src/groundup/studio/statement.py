"""What an exercise asks, out of the library's own file: the equations of its docstring, and each function's promise."""

import ast
import re
from dataclasses import dataclass
from textwrap import dedent

from groundup.course.exercise import Exercise


@dataclass(frozen=True)
class Function:
    """One function to write."""

    name: str
    signature: str
    says: str


@dataclass(frozen=True)
class Statement:
    """The module's docstring (title, equations, axes), and the functions."""

    head: str
    blocks: tuple[tuple[str, str], ...]  # ("equations" or "text", what it says)
    functions: tuple[Function, ...]


def statement(exercise: Exercise) -> Statement:
    """Read from the source; nothing is imported."""
    source = exercise.file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    head, _, rest = (ast.get_docstring(tree) or "").partition("\n")
    blocks = (_block(part) for part in re.split(r"\n\s*\n", rest) if part.strip())
    return Statement(head, tuple(blocks), tuple(_function(tree, name) for name in exercise.functions))


def _block(part: str) -> tuple[str, str]:
    """Indented lines are equations, and keep their lines; others are sentences."""
    lines = part.strip("\n").splitlines()
    return ("equations" if all(line.startswith("    ") for line in lines) else "text"), dedent("\n".join(lines))


def _function(tree: ast.Module, name: str) -> Function:
    body: list[ast.stmt] = tree.body
    found: ast.stmt | None = None
    for part in name.split("."):
        found = next(n for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == part)
        body = found.body
    if not isinstance(found, ast.FunctionDef):
        raise ValueError(f"statement: expected {name} to be a function, got a class; exercise.toml names functions")
    returns = f" -> {ast.unparse(found.returns)}" if found.returns else ""
    return Function(name, f"def {found.name}({ast.unparse(found.args)}){returns}", ast.get_docstring(found) or "")
