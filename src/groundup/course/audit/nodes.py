"""Reading the syntax of numerical code: numbers, what is called and on what, and where a node stands."""

import ast
from dataclasses import dataclass

Parents = dict[ast.AST, ast.AST]


@dataclass(frozen=True)
class Place:
    """Where a node stands: what is around it, and the function it belongs to."""

    parents: Parents
    function: ast.FunctionDef | ast.AsyncFunctionDef


SEQUENCES = ast.Tuple | ast.List | ast.JoinedStr | ast.ListComp


def number(node: ast.AST | None) -> int | float | None:
    """The value of 3, 1e-5 or -1; None for all that is no number."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = number(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    return None


def literal(value: int | float | bool | None) -> ast.expr:
    """The expression of a value."""
    return ast.parse(repr(value), mode="eval").body


def called(node: ast.AST) -> str:
    """The last name of what is called: "sum" of np.sum(x), x.sum() and sum(x); "" where nothing is."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", getattr(node.func, "id", ""))
    return ""


def operand(call: ast.Call) -> ast.expr | None:
    """What np.f(x, ...), f(x, ...) or x.f(...) is applied to."""
    if isinstance(call.func, ast.Attribute) and not (
        isinstance(call.func.value, ast.Name) and call.func.value.id == "np"
    ):
        return call.func.value
    return call.args[0] if call.args and not isinstance(call.args[0], ast.Starred) else None


def is_sequence(node: ast.expr) -> bool:
    return isinstance(node, SEQUENCES) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def binary_of(node: ast.AST) -> ast.BinOp | None:
    fits = isinstance(node, ast.BinOp) and not is_sequence(node.left) and not is_sequence(node.right)
    return node if fits and isinstance(node, ast.BinOp) else None
