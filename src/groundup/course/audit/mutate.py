"""Mutants: the library's file with one thing changed in the numerical code of one function.

A check that is worth its name stops them all. Signatures, docstrings, messages and guards are left as they are.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from groundup.course.audit.nodes import Parents, Place, called
from groundup.course.audit.operators import OPERATORS
from groundup.course.starter import Function

BINDS = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Attribute, ast.Subscript, ast.Starred)
LOOSE = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda)


@dataclass(frozen=True)
class Mutant:
    """One change: what kind, in which line (from 1), the whole file with it, and the expression around the change."""

    operator: str
    line: int
    before: str
    after: str
    source: str
    within: str = ""

    def __str__(self) -> str:
        return f"line {self.line}, {self.operator}: {self.before} -> {self.after}"


def mutants(source: str, function: str) -> Iterator[Mutant]:
    """Every mutant of "function" or "Class.method", in the order of the file. Raises KeyError for an absent name."""
    tree = ast.parse(source)
    node = _find(tree, function)
    parents: Parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    place, seen = Place(parents, node), {source}
    for inside in _numerical(node):
        for operator, changes in OPERATORS:
            for old, new in changes(inside, place):
                mutated, before, after = _replace(source, old, new, parents), ast.unparse(old), ast.unparse(new)
                if before != after and mutated not in seen:
                    seen.add(mutated)
                    yield Mutant(operator, _lines(old)[0], before, after, mutated, _around(old, parents))


def _around(node: ast.AST, parents: Parents) -> str:
    """The smallest expression that has this one in it: what tells two changes of the same words apart."""
    around = parents[node]
    while isinstance(around, ast.keyword | ast.comprehension | ast.UnaryOp | ast.Slice):
        around = parents[around]
    return ast.unparse(around) if isinstance(around, ast.expr) else ""


def _find(tree: ast.Module, name: str) -> Function:
    *classes, last = name.split(".")
    body: list[ast.stmt] = tree.body
    for owner in classes:
        body = [s for c in body if isinstance(c, ast.ClassDef) and c.name == owner for s in c.body]
    found = [s for s in body if isinstance(s, Function) and s.name == last]
    if not found:
        raise KeyError(f"no function {name} in this file")
    return found[-1]


def _numerical(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's body that compute something, in the order of the source."""
    if isinstance(node, Function):
        children: Iterator[ast.AST] = iter(node.body)
    elif isinstance(node, ast.AnnAssign):
        children = iter([node.value] if node.value else [])
    elif isinstance(node, ast.If) and _guards(node):
        children = iter(node.orelse)
    elif isinstance(node, ast.Lambda):
        children = iter([node.body])
    else:
        children = ast.iter_child_nodes(node)
    for child in children:
        if not _silent(child):
            late = isinstance(child, ast.Return)  # what changes the value in part has the better name
            if not late and not _guards(child):
                yield child
            yield from _numerical(child)
            if late:
                yield child


def _guards(node: ast.AST) -> bool:
    """Whether this is an ``if`` that ends in raising: what stands before that is for the message."""
    return isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise)


def _silent(node: ast.AST) -> bool:
    """Messages, guards and docstrings, where a change is no change of the computation."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _silent(node.value)
    if isinstance(node, ast.Assign):
        return called(node.value).startswith(("expect", "_expect"))
    if isinstance(node, ast.Call):
        who = ast.unparse(node.func).rsplit(".", 1)
        return called(node).startswith(("expect", "_expect", "isinstance", "cast")) or who[0] in ("guards", "warnings")
    return isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom)


def _lines(node: ast.AST) -> tuple[int, int, int, int]:
    """Where a node stands in its file: line and column (in bytes), of its beginning and of its end."""
    assert isinstance(node, ast.expr | ast.stmt)
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _replace(source: str, old: ast.AST, new: ast.AST, parents: Parents) -> str:
    """The file with ``new`` where ``old`` stands; all else stays byte for byte."""
    text = ast.unparse(new)
    around = parents[old]
    loose = isinstance(new, LOOSE) or (isinstance(new, ast.Constant) and isinstance(around, ast.Attribute))
    if loose and isinstance(around, BINDS):
        text = f"({text})"
    lines = source.encode().splitlines(keepends=True)
    line, column, last, end = _lines(old)
    inner = text.encode()
    changed = lines[line - 1][:column] + inner + lines[last - 1][end:]
    return b"".join([*lines[: line - 1], changed, *lines[last:]]).decode()
