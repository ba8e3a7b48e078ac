"""Starters: the library's own file with the bodies of named functions taken out.

Signature, decorators, docstring and everything else stay byte for byte, so putting the bodies back gives the library's
file again (``graft``). That is why a finished exercise can take the library's place.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Body:
    """The lines of a function after its docstring: [start, end), counted from 0."""

    name: str
    start: int
    end: int
    indent: int


def find_bodies(source: str, names: Iterable[str]) -> list[Body]:
    """Where the bodies of "function" or "Class.method" stand. Raises KeyError naming what is not there."""
    functions = dict(_functions(ast.parse(source)))
    wanted = list(dict.fromkeys(names))
    absent = [name for name in wanted if name not in functions]
    if absent:
        raise KeyError(f"no function {', '.join(absent)} in this file; it has {', '.join(functions) or 'none'}")
    return sorted((_body(name, functions[name]) for name in wanted), key=lambda body: body.start)


def _functions(tree: ast.Module) -> Iterable[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{child.name}", child) for child in node.body if isinstance(child, Function))


def _body(name: str, function: Function) -> Body:
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    start = (first.end_lineno or first.lineno) if documented else first.lineno - 1
    end = function.end_lineno or start
    return Body(name, start, end, first.col_offset)


def unwritten(name: str) -> str:
    """What an unfinished function says when it is called."""
    return f"{name} is yours to write"


def blank(source: str, names: Iterable[str]) -> str:
    """The starter: each named body becomes one line that raises NotImplementedError."""
    lines = source.splitlines(keepends=True)
    for body in reversed(find_bodies(source, names)):
        lines[body.start : body.end] = [f'{" " * body.indent}raise NotImplementedError("{unwritten(body.name)}")\n']
    return "".join(lines)


def graft(target: str, donor: str, names: Iterable[str]) -> str:
    """``target`` with the named bodies of ``donor`` in place of its own."""
    lines, donor_lines = target.splitlines(keepends=True), donor.splitlines(keepends=True)
    from_donor = {body.name: body for body in find_bodies(donor, names)}
    for body in reversed(find_bodies(target, names)):
        given = from_donor[body.name]
        lines[body.start : body.end] = donor_lines[given.start : given.end]
    return "".join(lines)


def is_blank(source: str, name: str) -> bool:
    """Whether this function still is as the starter left it."""
    (body,) = find_bodies(source, [name])
    return source.splitlines()[body.start : body.end] == blank(source, [name]).splitlines()[body.start : body.start + 1]


def function_source(source: str, name: str) -> str:
    """A function with its decorators and docstring, as it stands in the file. Raises KeyError."""
    function = dict(_functions(ast.parse(source))).get(name)
    if function is None:
        raise KeyError(f"no function {name} in this file")
    start = min([function.lineno, *(d.lineno for d in function.decorator_list)]) - 1
    return "".join(source.splitlines(keepends=True)[start : function.end_lineno]).rstrip()
