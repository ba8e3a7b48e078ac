"""From a case as its author wrote it to a plan with fresh numbers, and what the library answers to it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundup.course.check.effort import counted
from groundup.course.check.plan import AnyArray, Step, do, observe
from groundup.course.check.taps import Taps
from groundup.course.exercise import Case

EPSILON = 1e-6
FLOAT32_TOLERANCE = 1e-4
DRAWS = ("array", "normal", "integers", "uniform", "labels", "onehot", "like")


@dataclass(frozen=True)
class Probe:
    """A directional derivative by finite differences: sum(dy * (up - down)) / 2ε against sum(gradient * direction)."""

    what: str
    gradient: str
    direction: AnyArray
    dy: AnyArray
    up: str
    down: str


@dataclass
class Prepared:
    """One case, ready to be sent: steps, arrays, what to bring back, and what the library gave."""

    name: str
    steps: list[Step] = field(default_factory=list)
    arrays: list[AnyArray] = field(default_factory=list)
    observe: list[str] = field(default_factory=list)
    expected: dict[str, AnyArray] = field(default_factory=dict)
    probes: list[Probe] = field(default_factory=list)
    inputs: dict[str, int] = field(default_factory=dict)  # name of an input -> its array
    guarded: list[int] = field(default_factory=list)  # arrays that must not be changed in place
    moved: set[str] = field(default_factory=set)  # inputs and results of the probes: nothing to show or to compare
    taps: dict[str, AnyArray] = field(default_factory=dict)
    rtol: float = 1e-7
    at_least: dict[str, float] = field(default_factory=dict)
    at_most: dict[str, float] = field(default_factory=dict)
    says: str = ""
    seconds: float = 0.0  # that the reference took
    passes: int = 0  # backward passes that it made


class _Builder:
    """Adds steps one by one and runs each on the reference, so that a later input can have the shape of a result."""

    def __init__(self, case: Case, namespace: Mapping[str, Any], rng: np.random.Generator) -> None:
        self.case, self.namespace, self.rng = case, namespace, rng
        rtol = case.rtol if case.rtol is not None else (FLOAT32_TOLERANCE if case.dtype == "float32" else 1e-7)
        self.out = Prepared(case.name, rtol=rtol, at_least=case.at_least, at_most=case.at_most, says=case.says)
        self.values: dict[str, Any] = {}
        self.work: list[AnyArray] = []  # the reference's own copies; a step may change one in place

    def add(self, step: Step) -> None:
        self.out.steps.append(step)
        do(step, self.work, self.namespace, self.values)

    def array(self, value: AnyArray, name: str | None = None) -> dict[str, int]:
        """Send an array along; its place as an argument."""
        self.out.arrays.append(value)
        self.work.append(value.copy())
        index = len(self.out.arrays) - 1
        self.out.inputs[name or f"input {index}"] = index
        return {"array": index}

    def guard(self, argument: Any, name: str | None = None) -> None:
        if isinstance(argument, dict) and "array" in argument and name not in self.case.mutates:
            self.out.guarded.append(argument["array"])

    def argument(self, raw: Any) -> Any:
        """An author's argument as the plan's: numbers are drawn here."""
        if isinstance(raw, dict):
            name = raw.get("as")
            kind = next((k for k in DRAWS if k in raw), None)
            if kind is not None:
                return self.array(self.draw(raw, kind), name)
            if "ref" in raw and raw["ref"] in self.out.inputs:
                return {"array": self.out.inputs[raw["ref"]]}
            if "param" in raw:
                return {"param": self.argument(raw["param"])}
            if "seed" in raw:
                return int(self.rng.integers(2**31))
            if "list" in raw:
                return {"list": [self.argument(a) for a in raw["list"]]}
        return raw

    def draw(self, raw: dict[str, Any], kind: str) -> AnyArray:
        size, dtype = raw[kind], raw.get("dtype", self.case.dtype)
        drawn: AnyArray
        match kind:
            case "array":
                drawn = np.array(size)
            case "normal":
                drawn = self.rng.standard_normal(size)
            case "like":
                drawn = self.rng.standard_normal(np.shape(self.values[size]))
            case "integers":
                drawn = self.rng.integers(raw.get("low", -3), raw.get("high", 3) + 1, size)
            case "uniform":
                drawn = self.rng.uniform(raw.get("low", 0.0), raw.get("high", 1.0), size)
            case "labels":
                drawn, dtype = self.rng.integers(0, raw["classes"], size), raw.get("dtype", "int64")
            case _:  # onehot
                drawn = np.eye(size[1])[self.rng.integers(0, size[1], size[0])]
        return drawn.astype(dtype)


def prepare(case: Case, namespace: Mapping[str, Any], rng: np.random.Generator, taps: Taps | None = None) -> Prepared:
    """Draw the numbers of a case and run it on the reference module; with its taps, where there are any."""
    builder, started = _Builder(case, namespace, rng), time.process_time()
    if taps is not None:
        taps.seen = builder.out.taps
        taps.set()
    try:
        with counted() as effort:
            _build(builder)
        builder.out.passes = effort.passes
    finally:
        if taps is not None:
            taps.off()
    builder.out.expected = {name: observe(builder.values, name) for name in builder.out.observe}
    builder.out.seconds = time.process_time() - started
    if case.rtol is None and any(array.dtype == np.float32 for array in builder.out.arrays):
        builder.out.rtol = FLOAT32_TOLERANCE
    return builder.out


def _build(builder: _Builder) -> None:
    case = builder.case
    if case.layer is None:
        for raw in case.do:
            builder.add(_step(builder, raw))
        builder.out.observe = list(case.observe)
    else:
        _layer_form(builder)


def _step(builder: _Builder, raw: dict[str, Any]) -> Step:
    if "set" in raw:
        return ["set", raw["set"], builder.argument(raw["to"])]
    if "get" in raw:
        return ["get", raw["as"], raw["get"]]
    kind = "new" if "new" in raw else "call"
    given = raw.get("args" if kind == "new" else "with", [])
    args = [builder.argument(a) for a in given]
    kwargs = {key: builder.argument(a) for key, a in raw.get("kwargs", {}).items()}
    for author, argument in zip(given, args, strict=True):
        builder.guard(argument, author.get("as", author.get("ref")) if isinstance(author, dict) else None)
    name = raw["new"] if kind == "new" else raw.get("as", "_")
    return [kind, name, raw["of"] if kind == "new" else raw["call"], args, kwargs]


def _layer_form(builder: _Builder) -> None:
    """new, random parameters, forward, backward with a random upstream, observe."""
    case = builder.case
    assert case.x is not None  # Case has checked it
    builder.add(["new", "layer", case.layer, [], dict(case.args)])
    if case.dtype == "float64":
        builder.add(["call", "_", "layer.to", ["float64"], {}])
    if not case.training:
        builder.add(["call", "_", "layer.eval", [], {}])
    parameters = dict(builder.values["layer"].named_parameters())
    whole = "integers" in case.x  # parameters that one can check by hand, too
    for name, parameter in parameters.items():
        drawn = {"integers" if whole else "normal": list(parameter.shape)}
        builder.add(["set", f"layer.{name}.value", builder.array(builder.draw(drawn, next(iter(drawn))), name)])
    backward = case.observe != ["y"] or case.gradcheck
    for _ in range(case.repeat):
        x = builder.argument({**case.x, "as": "x"})
        builder.guard(x, "x")
        builder.add(["call", "y", "layer.forward", [x], {}])
        if backward:
            dy = builder.array(_upstream(builder, whole), "dy")
            builder.guard(dy, "dy")
            builder.add(["call", "dx", "layer.backward", [dy], {}])
    for name in case.observe:
        if name not in ("y", "dx"):
            builder.add(["get", name, f"layer.{name}"])
    builder.out.observe = list(case.observe)
    if case.gradcheck:
        _add_probes(builder, x, dy, list(parameters))


def _upstream(builder: _Builder, whole: bool) -> AnyArray:
    shape = list(np.shape(builder.values["y"]))
    return builder.draw(
        {"integers": shape, "low": 1} if whole else {"normal": shape}, "integers" if whole else "normal"
    )


def _add_probes(builder: _Builder, x: dict[str, int], dy: dict[str, int], parameters: list[str]) -> None:
    """Walk a little way up and down along a random direction, for the input and for each parameter."""
    out, upstream = builder.out, builder.out.arrays[dy["array"]]
    for name in parameters:
        builder.add(["get", f"{name} gradient", f"layer.{name}.grad"])
        out.observe.append(f"{name} gradient")
    out.observe = ["dx", *(n for n in out.observe if n not in ("y", "dx"))]
    for what in ("x", *parameters):
        place = x if what == "x" else {"array": out.inputs[what]}
        base = out.arrays[place["array"]]
        direction: AnyArray = np.asarray(builder.rng.standard_normal(base.shape))
        for name, sign in (("up", 1), ("down", -1)):
            moved = builder.array(base + sign * EPSILON * direction, f"{what} {name}")
            out.moved.add(f"{what} {name}")
            if what != "x":
                builder.add(["set", f"layer.{what}.value", moved])
            builder.add(["call", f"{what} {name}", "layer.forward", [moved if what == "x" else x], {}])
            out.observe.append(f"{what} {name}")
        if what != "x":
            builder.add(["set", f"layer.{what}.value", place])
        gradient = "dx" if what == "x" else f"{what} gradient"
        out.probes.append(Probe(what, gradient, direction, upstream, f"{what} up", f"{what} down"))
