"""A case as one would write it: what was made, set and called, so that an example can be checked by hand."""

from typing import Any

from groundup.course.check.plan import Step
from groundup.course.check.prepare import Prepared

LINES = 10  # a longer story helps nobody


def as_code(case: Prepared) -> str:
    """The steps of a case, one a line; "" where there are too many."""
    names = {index: name for name, index in case.inputs.items()}
    lines = [line for step in case.steps if (line := _line(step, names, case.moved))]
    return "\n".join(lines) if len(lines) <= LINES else ""


def _line(step: Step, names: dict[int, str], moved: set[str]) -> str:
    """One step; "" for what only the checker needs."""
    match step:
        case ["new" | "call", name, path, args, kwargs]:
            given = [_said(a, names) for a in args] + [f"{k}={_said(a, names)}" for k, a in kwargs.items()]
            if path.endswith(".to") or name in moved or moved & set(given):
                return ""
            return f"{'' if name == '_' else f'{name} = '}{path}({', '.join(given)})"
        case ["set", path, argument]:
            said = _said(argument, names)
            return "" if said in moved or path == f"layer.{said}.value" else f"{path} = {said}"
        case ["get", name, path]:
            return "" if name.endswith(" gradient") or path.endswith(name) else f"{name} = {path}"
        case _:
            raise ValueError(f"unknown step {step!r}")


def _said(argument: Any, names: dict[int, str]) -> str:
    match argument:
        case {"array": int(k)}:
            return names.get(k, "other numbers")  # where two inputs have one name, the last has it
        case {"ref": str(name)}:
            return name
        case {"param": inner}:
            return f"Parameter({_said(inner, names)})"
        case {"list": list(inner)}:
            return f"[{', '.join(_said(a, names) for a in inner)}]"
        case {"rng": int(seed)}:
            return f"np.random.default_rng({seed})"
        case _:
            return repr(argument)
