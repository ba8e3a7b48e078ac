"""Plans: what a check does, as plain data that the parent and the child both understand.

A step is a list:  ["new", name, class, args, kwargs]   ["call", name, "obj.method" | "function", args, kwargs]
                   ["set", "obj.attr", value]           ["get", name, "obj.attr"]
An argument is plain JSON, or {"array": k} (the k-th array sent along), {"ref": name} (an earlier result),
{"param": arg}, {"list": [args]}, {"rng": seed}. This module is read by the child too: it imports NumPy and core alone.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from groundup.core import Layer, Parameter

Step = list[Any]
AnyArray = np.ndarray[Any, Any]
# what a case may call beside the module's own names
BUILTINS: Mapping[str, Any] = {"len": len, "np": np, "is_none": lambda value: value is None}


class StepError(Exception):
    """A step failed; the cause is chained. ``step`` counts from 0."""

    def __init__(self, step: int, what: str) -> None:
        super().__init__(f"step {step}: {what}")
        self.step, self.what = step, what


class NotPlainError(TypeError):
    """A result is not an array or a number."""


def run(steps: list[Step], arrays: list[AnyArray], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out the steps on a module's namespace; every named result. Raises StepError around what a step raised."""
    values: dict[str, Any] = {}
    for i, step in enumerate(steps):
        try:
            do(step, arrays, namespace, values)
        except Exception as error:
            raise StepError(i, describe(step)) from error
    return values


def describe(step: Step) -> str:
    """What a step does, for a message: ``layer.forward(...)``."""
    kind, *rest = step
    return {"new": lambda: rest[1], "call": lambda: rest[1], "set": lambda: rest[0], "get": lambda: rest[1]}[kind]()  # type: ignore[no-any-return]


def do(step: Step, arrays: list[AnyArray], namespace: Mapping[str, Any], values: dict[str, Any]) -> None:
    """Carry out one step; what it names goes into ``values``."""
    match step:
        case ["new" | "call", name, path, args, kwargs]:
            function = _lookup(path, namespace, values)
            given = [_argument(a, arrays, values) for a in args]
            values[name] = _snapshot(function(*given, **{k: _argument(a, arrays, values) for k, a in kwargs.items()}))
        case ["set", path, argument]:
            owner, _, attribute = path.rpartition(".")
            given = _argument(argument, arrays, values)
            setattr(_lookup(owner, namespace, values), attribute, _snapshot(given))  # the module may change it in place
        case ["get", name, path]:
            values[name] = _snapshot(_lookup(path, namespace, values))
        case _:
            raise ValueError(f"unknown step {step!r}")


def _snapshot(value: Any) -> Any:
    """Arrays are copied when they are observed: later steps may change them in place."""
    return value.copy() if type(value) is np.ndarray else value


def _lookup(path: str, namespace: Mapping[str, Any], values: dict[str, Any]) -> Any:
    head, *rest = path.split(".")
    known = next((names for names in (values, namespace, BUILTINS) if head in names), None)
    if known is None:
        raise NameError(f"there is no {head} in this file; was it renamed or deleted?")
    found = known[head]
    if isinstance(found, Layer):  # "layer.0.weight.grad": dotted names that only the layer tree knows
        parameters = dict(found.named_parameters())
        for cut in (len(rest), len(rest) - 1):
            if ".".join(rest[:cut]) in parameters:
                found, rest = parameters[".".join(rest[:cut])], rest[cut:]
    for name in rest:  # "errors.0.index": a number picks from a tuple or list
        found = found[int(name)] if name.isdigit() and isinstance(found, list | tuple) else getattr(found, name)
    return found


def _argument(argument: Any, arrays: list[AnyArray], values: dict[str, Any]) -> Any:
    match argument:
        case {"array": int(k)}:
            return arrays[k]
        case {"ref": str(name)}:
            return values[name] if name in values else _lookup(name, {}, values)
        case {"param": inner}:
            return Parameter(np.array(_argument(inner, arrays, values)))
        case {"list": list(inner)}:
            return [_argument(a, arrays, values) for a in inner]
        case {"rng": int(seed)}:
            return np.random.default_rng(seed)
        case _:
            return argument


def plain(value: Any) -> AnyArray:
    """A result as a plain array: exactly ndarray, or a number. Raises NotPlainError naming what came instead."""
    if type(value) is np.ndarray and value.dtype.kind in "fiub":
        return np.ascontiguousarray(value) if value.ndim else value
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return np.asarray(value)
    if value is None:
        raise NotPlainError("nothing (None); is a return missing?")
    kind = f"an array of dtype {value.dtype}" if type(value) is np.ndarray else f"a {type(value).__name__}"
    raise NotPlainError(kind)


def observe(values: Mapping[str, Any], name: str) -> AnyArray:
    """The named result as a plain array; "y.0" is the first of a tuple or list."""
    head, _, index = name.partition(".")
    if name in values or not index.isdigit():
        return plain(values[name])
    found = values[head]
    if not isinstance(found, tuple | list) or int(index) >= len(found):
        raise NotPlainError(f"a {type(found).__name__} where several results were expected")
    return plain(found[int(index)])
