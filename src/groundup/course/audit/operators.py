"""What can be changed in numerical code: operators on nodes of its syntax, in one table.

An operator looks at one node and yields (node, what takes its place) for each change that it knows.
"""

import ast
from collections.abc import Callable, Iterator

from groundup.course.audit.nodes import Place, binary_of, called, literal, number, operand

Change = tuple[ast.AST, ast.AST]
Operator = Callable[[ast.AST, Place], Iterator[Change]]

REDUCTIONS = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax",
              "var": "std", "std": "var", "prod": "sum", "any": "all", "all": "any", "maximum": "minimum",
              "minimum": "maximum", "cumsum": "cumprod", "floor": "ceil", "ceil": "floor"}  # fmt: skip
ALONG_AXES = REDUCTIONS.keys() - {"maximum", "minimum", "floor", "ceil"}  # the others go element by element
FUNCTIONS = {"sqrt", "exp", "log", "log2", "log1p", "expm1", "tanh", "abs", "square", "reciprocal", "sign", "clip",
             "maximum", "minimum", "reversed", "flip", "cumsum", "sorted", "roll", "round", "logaddexp"}  # fmt: skip
TRANSPOSES = {"transpose", "swapaxes", "moveaxis"}
PRODUCTS = {"matmul", "dot", "outer"}
SHAPING = TRANSPOSES | {"reshape", "broadcast_to", "expand_dims", "squeeze"}  # a changed number there only raises
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
ACCUMULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}  # fmt: skip


def axis(node: ast.AST, place: Place) -> Iterator[Change]:
    value: ast.expr | None = None
    if isinstance(node, ast.keyword) and node.arg in ("axis", "axes"):
        value = node.value
    elif called(node) in ALONG_AXES and isinstance(node, ast.Call) and node.args:
        value = node.args[-1] if operand(node) is not node.args[-1] else None
    if isinstance(value, ast.Tuple) and len(value.elts) > 1:
        for k in range(len(value.elts)):
            yield value, ast.Tuple(value.elts[:k] + value.elts[k + 1 :], ast.Load())
    known = number(value)
    if value is not None and isinstance(known, int):
        others = {0: (1,), 1: (0, 2), -1: (0, -2)}.get(known, (known - 1, known + 1))
        yield from ((value, literal(other)) for other in others)
    if value is not None:
        yield value, literal(None)


def keepdims(node: ast.AST, place: Place) -> Iterator[Change]:
    if isinstance(node, ast.keyword) and node.arg == "keepdims" and isinstance(node.value, ast.Constant):
        yield node.value, literal(not node.value.value)


def sign(node: ast.AST, place: Place) -> Iterator[Change]:
    binary = binary_of(node)
    if binary and isinstance(binary.op, ast.Add):
        yield node, ast.BinOp(binary.left, ast.Sub(), binary.right)
    if binary and isinstance(binary.op, ast.Sub):
        yield node, ast.BinOp(binary.left, ast.Add(), binary.right)
        yield node, ast.BinOp(binary.right, ast.Sub(), binary.left)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not _number_elsewhere(node, place):
        yield node, node.operand


def factor(node: ast.AST, place: Place) -> Iterator[Change]:
    binary = binary_of(node)
    if not binary:
        return
    if isinstance(binary.op, ast.Mult):
        yield node, ast.BinOp(binary.left, ast.Div(), binary.right)
        yield node, binary.right
    if isinstance(binary.op, ast.Div):
        yield node, ast.BinOp(binary.left, ast.Mult(), binary.right)
    if isinstance(binary.op, ast.Mult | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow):
        yield node, binary.left


def term(node: ast.AST, place: Place) -> Iterator[Change]:
    binary = binary_of(node)
    if binary and isinstance(binary.op, ast.Add | ast.Sub):
        yield node, binary.left
        if isinstance(binary.op, ast.Add) or number(binary.left) is not None:
            yield node, binary.right
    if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        for k in range(len(node.elts)):
            yield node, ast.List(node.elts[:k] + node.elts[k + 1 :], ast.Load())


def index(node: ast.AST, place: Place) -> Iterator[Change]:
    if not isinstance(node, ast.Subscript):
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        value = number(part)
        if isinstance(value, int):
            yield from ((part, literal(other)) for other in (value + 1, value - 1))
    for k, part in enumerate(parts[:-1]):
        new = [isinstance(p, ast.Constant) and p.value is None for p in (part, parts[k + 1])]
        if new[0] != new[1]:  # a new axis, and its neighbour
            exchanged = [*parts[:k], parts[k + 1], part, *parts[k + 2 :]]
            yield node, ast.Subscript(node.value, ast.Tuple(exchanged, ast.Load()), ast.Load())


def bounds(node: ast.AST, place: Place) -> Iterator[Change]:
    if called(node) == "range" and isinstance(node, ast.Call) and len(node.args) == 1:
        yield node.args[0], ast.BinOp(node.args[0], ast.Sub(), literal(1))
    if not isinstance(node, ast.Slice):
        return
    lower, upper, step = node.lower, node.upper, node.step
    if lower:
        yield node, ast.Slice(None, upper, step)
        yield node, ast.Slice(_next(lower), upper, step)
    if upper:
        yield node, ast.Slice(lower, None, step)
        yield node, ast.Slice(lower, _next(upper, -1), step)
    if step:
        yield node, ast.Slice(lower, upper, None)


def _next(bound: ast.expr, by: int = 1) -> ast.expr:
    value = number(bound)
    if value is None:
        return ast.BinOp(bound, ast.Add() if by > 0 else ast.Sub(), literal(1))
    return literal(value + by)


def copy(node: ast.AST, place: Place) -> Iterator[Change]:
    if isinstance(node, ast.Call) and called(node) == "copy":
        whole = operand(node)
        if whole:
            yield node, whole


def mask(node: ast.AST, place: Place) -> Iterator[Change]:
    binary = binary_of(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield node, node.operand
    if isinstance(node, ast.Call) and called(node) == "where" and len(node.args) == 3:
        yield node, ast.Call(node.func, [node.args[0], node.args[2], node.args[1]], node.keywords)
        yield node, node.args[1]
    if binary and isinstance(binary.op, ast.BitAnd | ast.BitOr):
        yield node, ast.BinOp(binary.left, ACCUMULATED[type(binary.op)](), binary.right)
        yield from ((node, side) for side in (binary.left, binary.right))


def comparison(node: ast.AST, place: Place) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                yield node, ast.Compare(node.left, [*node.ops[:k], other(), *node.ops[k + 1 :]], node.comparators)
    if isinstance(node, ast.BoolOp):
        yield node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, node.operand
    if isinstance(node, ast.If) and not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield node.test, ast.UnaryOp(ast.Not(), node.test)
    if isinstance(node, ast.IfExp):
        yield from ((node, arm) for arm in (node.body, node.orelse))


def transpose(node: ast.AST, place: Place) -> Iterator[Change]:
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield node, node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield node, ast.BinOp(node.right, ast.MatMult(), node.left)
    if isinstance(node, ast.Call) and called(node) in TRANSPOSES:
        whole = operand(node)
        if whole:
            yield node, whole
        for k in range(len(node.args) - 1):
            pair = node.args[k : k + 2]
            if called(node) == "transpose" and all(isinstance(number(axis), int) for axis in pair):
                exchanged = [*node.args[:k], *pair[::-1], *node.args[k + 2 :]]
                yield node, ast.Call(node.func, exchanged, node.keywords)
    if isinstance(node, ast.Call) and called(node) in PRODUCTS and len(node.args) == 2:
        yield node, ast.Call(node.func, node.args[::-1], node.keywords)


def reduction(node: ast.AST, place: Place) -> Iterator[Change]:
    other = REDUCTIONS.get(called(node))
    if not other or not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Attribute):
        yield node.func, ast.Attribute(node.func.value, other, ast.Load())
    elif called(node) in ("max", "min", "any", "all"):
        yield node.func, ast.Name(other, ast.Load())
    if called(node) in ("var", "std"):
        given = [k for k in node.keywords if k.arg == "ddof"]
        rest = [k for k in node.keywords if k.arg != "ddof"]
        yield node, ast.Call(node.func, node.args, rest if given else [*rest, ast.keyword("ddof", literal(1))])


def function(node: ast.AST, place: Place) -> Iterator[Change]:
    if not isinstance(node, ast.Call):
        return
    layer = ast.unparse(node.func).startswith("self.") or called(node) in ("forward", "backward")
    whole = operand(node) if called(node) in FUNCTIONS else node.args[0] if layer and len(node.args) == 1 else None
    if whole and not isinstance(whole, ast.Starred):
        yield node, whole


def _number_elsewhere(node: ast.AST, place: Place) -> bool:
    """Numbers that have an operator of their own, or that only shape: axes, indices, bounds, sizes of reshape."""
    around = place.parents[node]
    while isinstance(around, ast.UnaryOp | ast.Tuple | ast.Starred):
        around = place.parents[around]
    if number(node) is None:
        return False
    if isinstance(around, ast.Subscript | ast.Slice):
        return True
    if isinstance(around, ast.keyword):
        return around.arg in ("axis", "axes", "ddof", "strict", "ndmin", "maxsplit")
    if called(around) in SHAPING:
        return True
    return called(around) in ALONG_AXES and isinstance(around, ast.Call) and operand(around) is not node


def constant(node: ast.AST, place: Place) -> Iterator[Change]:
    value, around = number(node), place.parents[node]
    if isinstance(node, ast.Attribute) and node.attr == "inf":
        yield node, literal(0.0)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        if not (isinstance(around, ast.keyword) and around.arg in ("keepdims", "strict", "copy")):
            yield node, literal(not node.value)
    elif value is not None and number(around) is None and not _number_elsewhere(node, place):
        dropped = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1}  # the same as without the term or factor
        same = dropped.get(type(around.op)) if isinstance(around, ast.BinOp) else None
        yield from ((node, literal(other)) for other in _near(value) if other != same or same is None)


def _near(value: int | float) -> tuple[int | float, ...]:
    if isinstance(value, int):
        return (1,) if value == 0 else (value + 1, value - 1)
    if value == 0:
        return (1.0,)
    return (0.0, float(f"{value * 10:.12g}")) if abs(value) < 1e-2 else (0.0, 2 * value)


def accumulate(node: ast.AST, place: Place) -> Iterator[Change]:
    if isinstance(node, ast.AugAssign):
        yield node, ast.Assign([node.target], node.value, lineno=node.lineno)
        other = ACCUMULATED.get(type(node.op))
        if other:
            yield node, ast.AugAssign(node.target, other(), node.value)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.add.at", "np.subtract.at") and len(node.args) == 3:
        to, where, what = node.args
        op = ast.Add() if ast.unparse(node.func) == "np.add.at" else ast.Sub()
        yield place.parents[node], ast.AugAssign(ast.Subscript(to, where, ast.Store()), op, what)


def statement(node: ast.AST, place: Place) -> Iterator[Change]:
    if isinstance(node, ast.Assign):
        kept = all(isinstance(t, ast.Attribute | ast.Subscript) for t in node.targets) or _assigned_before(node, place)
    else:
        kept = isinstance(node, ast.AugAssign | ast.Break | ast.Continue)
        kept = kept or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    if kept:
        yield node, ast.Pass()


def _assigned_before(node: ast.Assign, place: Place) -> bool:
    """Whether the one name that is assigned has a value already, so that leaving this out runs."""
    target = node.targets[0]
    if len(node.targets) > 1 or not isinstance(target, ast.Name):
        return False
    names = (n for n in ast.walk(place.function) if isinstance(n, ast.arg | ast.Name) and n.lineno < node.lineno)
    return any(target.id == (n.arg if isinstance(n, ast.arg) else n.id) for n in names)


def result(node: ast.AST, place: Place) -> Iterator[Change]:
    if isinstance(node, ast.Return) and node.value:
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            yield node.value, ast.Tuple(node.value.elts[::-1], ast.Load())
        first = next((a.arg for a in place.function.args.args if a.arg not in ("self", "cls")), None)
        if first:
            yield node.value, ast.Name(first, ast.Load())


OPERATORS: tuple[tuple[str, Operator], ...] = (
    ("axis", axis), ("keepdims", keepdims), ("sign", sign), ("factor", factor), ("term", term), ("index", index),
    ("slice", bounds), ("copy", copy), ("mask", mask), ("comparison", comparison), ("transpose", transpose),
    ("reduction", reduction), ("function", function), ("constant", constant), ("accumulate", accumulate),
    ("statement", statement), ("return", result),
)  # fmt: skip
