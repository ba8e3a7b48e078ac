"""Labs: whole experiments on data, one file each, each run a folder with a report. See ``groundup lab list``.

Importing this package imports no lab: ``labs.mine`` can put a learner's files in place before any layer is read.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundup.labs.registry import LABS

__all__ = ["LABS"]


def __getattr__(name: str) -> Any:
    if name == "LABS":
        from groundup.labs.registry import LABS

        return LABS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
