"""The library quoted by symbol: ``groundup.nn.linear.linear:Linear.forward`` is the text of that method."""

import ast
import difflib
import textwrap
from dataclasses import dataclass
from pathlib import Path

from groundup.course.manifest import PACKAGE


@dataclass(frozen=True)
class Quote:
    symbol: str
    file: str  # as the reader finds it: nn/linear/linear.py
    line: int
    source: str


def quote(reference: str) -> Quote:
    """The source of a symbol. Raises LookupError, with what is there instead."""
    module, _, symbol = reference.partition(":")
    parts = module.split(".")
    file = PACKAGE.joinpath(*parts[1:]).with_suffix(".py")
    if parts[0] != "groundup" or not symbol or not file.is_file():
        raise LookupError(f"expected groundup.package.module:symbol, got {reference}; there is no such module")
    text = file.read_text(encoding="utf-8")
    found = _symbols(ast.parse(text))
    if symbol not in found:
        near = difflib.get_close_matches(symbol, found, n=1) or list(found)[:5]
        raise LookupError(f"{Path(*parts[1:])}.py has no {symbol}; did you mean {', '.join(near)}?")
    first, last = found[symbol]
    source = textwrap.dedent("\n".join(text.splitlines()[first - 1 : last]))
    return Quote(symbol, file.relative_to(PACKAGE).as_posix(), first, source)


def _symbols(tree: ast.Module) -> dict[str, tuple[int, int]]:
    """Every class, function, method and assigned name with its first and last line; decorators belong to it."""
    found: dict[str, tuple[int, int]] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            last = node.end_lineno or node.lineno
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found[prefix + node.name] = (min([node.lineno, *(d.lineno for d in node.decorator_list)]), last)
                if isinstance(node, ast.ClassDef):
                    visit(node.body, f"{prefix}{node.name}.")
            for target in node.targets if isinstance(node, ast.Assign) else []:
                if isinstance(target, ast.Name):
                    found[prefix + target.id] = (node.lineno, last)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[prefix + node.target.id] = (node.lineno, last)

    visit(tree.body, "")
    return found
