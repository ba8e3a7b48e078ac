"""One sentence for an unknown name: the nearest that there is."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(who: str, name: str, names: Iterable[str]) -> str:
    """What is wrong with a name, for ``who`` it should have named.

    >>> nearest("data set", "mnsit", ["digits", "mnist"])
    "unknown data set 'mnsit'; did you mean 'mnist'?"
    """
    known = sorted(names)
    near = get_close_matches(name.lower(), known, n=1)
    return f"unknown {who} {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}")
