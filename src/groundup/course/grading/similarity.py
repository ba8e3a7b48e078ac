"""Which submissions of a class are written alike: a reason to look at both, and no proof of anything.

The method is MOSS's (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003) on the tokens of the syntax tree:

    (1)  tokens    of the bodies that the learner wrote; comments, docstrings and annotations are dropped
    (2)  grams     every K tokens in a row; a local name counts by where it first stands in the gram
    (3)  prints    of every W grams in a row, the least hash
    (4)  score     2 |A ∩ B| / (|A| + |B|), over the prints that neither the library nor many of the class have

So other names, other comments and another order of the statements change little. Left out: bodies that are too short to
be written in many ways, and bodies of which too little is left after (4).
Not handled: code that was rewritten throughout, and code that more than half of a class shares.
"""

import ast
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from groundup.course.starter import unwritten

K, W = 7, 4  # any match of W + K - 1 tokens is found
LEAST_TOKENS = 40  # a shorter body is written alike by everyone
LEAST_PRINTS = 6  # of a body's own, after the library's and the class's
CLASS_SHARES, CLASS_LEAST = 0.5, 4  # a print of more than half of the class, and of four at least, is common
UNSAID = {"ctx", "annotation", "returns", "type_comment", "kind", "type_params", "simple"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Token = str | tuple[str]  # a local name is a tuple


@dataclass(frozen=True)
class Pair:
    """Two bodies that are written alike; the lines are the first and the last in each file."""

    a: str
    b: str
    file: str
    function: str
    score: float
    lines_a: tuple[int, int]
    lines_b: tuple[int, int]


@dataclass(frozen=True)
class _Body:
    prints: frozenset[int]
    lines: tuple[int, int]


def similar(
    submissions: Mapping[str, Mapping[str, str]],
    starters: Mapping[str, str],
    threshold: float = 0.8,
    *,
    solutions: Mapping[str, str] | None = None,
) -> list[Pair]:
    """Pairs of learners whose bodies score at least ``threshold``, the most alike first.

    ``submissions`` is learner -> file -> source; ``starters`` and ``solutions`` (the library's) are file -> source.
    """
    pairs: list[Pair] = []
    for file, starter in starters.items():
        blanked = _blanked(starter)
        library = _bodies((solutions or {}).get(file, ""), blanked)
        of_class = {name: _bodies(files[file], blanked) for name, files in submissions.items() if file in files}
        for function in blanked:
            bodies = {name: found[function] for name, found in of_class.items() if function in found}
            known = library[function].prints if function in library else frozenset()
            pairs += [
                Pair(a, b, file, function, score, bodies[a].lines, bodies[b].lines)
                for a, b, score in _alike(_own(bodies, known), threshold)
            ]
    return sorted(pairs, key=lambda p: (-p.score, p.a, p.b, p.file, p.function))


def _own(bodies: dict[str, _Body], library: frozenset[int]) -> dict[str, _Body]:
    """The bodies with the prints that only they and a few others have; without those that keep too few."""
    counts = Counter(p for body in bodies.values() for p in body.prints)
    often = max(CLASS_SHARES * len(bodies), CLASS_LEAST - 1)
    common = library | {p for p, n in counts.items() if n > often}
    own = {name: _Body(body.prints - common, body.lines) for name, body in bodies.items()}
    return {name: body for name, body in own.items() if len(body.prints) >= LEAST_PRINTS}


def _alike(bodies: dict[str, _Body], threshold: float) -> Iterator[tuple[str, str, float]]:
    """Eq. 4 for every two bodies at once: a product of 0/1 rows counts what they share."""
    names = list(bodies)
    column = {p: i for i, p in enumerate({p for body in bodies.values() for p in body.prints})}
    has = np.zeros((len(names), len(column)), dtype=np.float32)
    for row, body in zip(has, bodies.values(), strict=True):
        row[[column[p] for p in body.prints]] = 1
    shared, size = has @ has.T, has.sum(axis=1)
    score = 2 * shared / np.add.outer(size, size)
    for i, j in combinations(range(len(names)), 2):
        if score[i, j] >= threshold:
            yield names[i], names[j], float(score[i, j])


def _functions(source: str) -> dict[str, Function]:
    """Every function of a file by "name" or "Class.name"; none where the file cannot be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}  # the check has told the learner so
    found = {}
    for node in tree.body:
        if isinstance(node, Function):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{child.name}": child for child in node.body if isinstance(child, Function)}
    return found


def _blanked(starter: str) -> list[str]:
    """The functions whose body is the one line that says whose it is to write."""
    lines = starter.splitlines()
    says = {name: lines[f.body[-1].lineno - 1].strip() for name, f in _functions(starter).items()}
    return [name for name, line in says.items() if line == f'raise NotImplementedError("{unwritten(name)}")']


def _bodies(source: str, names: list[str]) -> dict[str, _Body]:
    """The named functions of a file, as prints. What is short, or as it was handed out, is left out."""
    functions = _functions(source)
    found = {}
    for name in names:
        if name in functions:
            tokens = list(body_tokens(functions[name]))
            if len(tokens) >= LEAST_TOKENS:
                found[name] = _Body(winnow(tokens), (functions[name].lineno, functions[name].end_lineno or 0))
    return found


def body_tokens(function: Function) -> Iterator[Token]:
    """Eq. 1, in the order of the tree."""
    own = set()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, Function) and node is not function:
            own.add(node.name)
    for statement in function.body:
        yield from _tokens(statement, own)


def _tokens(node: ast.AST, own: set[str]) -> Iterator[Token]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring, or a comment that is written as a string
    if isinstance(node, ast.Name):
        yield (node.id,) if node.id in own else node.id
        return
    yield "Assign" if isinstance(node, ast.AnnAssign) else type(node).__name__
    for field, value in ast.iter_fields(node):
        if field in UNSAID or value is None:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _tokens(part, own)
            elif field == "attr" and part.startswith("_"):
                yield (f".{part}",)  # a private attribute is the learner's own name
            else:
                yield (part,) if part in own else repr(part)


def winnow(tokens: list[Token]) -> frozenset[int]:
    """Eq. 2 and 3."""
    hashes = [_hash(tokens[i : i + K]) for i in range(len(tokens) - K + 1)]
    return frozenset(min(hashes[i : i + W]) for i in range(max(1, len(hashes) - W + 1)))


def _hash(gram: list[Token]) -> int:
    order: dict[str, int] = {}
    said = [t if isinstance(t, str) else f"#{order.setdefault(t[0], len(order))}" for t in gram]
    return zlib.crc32(" ".join(said).encode())


SAYS = f"""# Submissions that are written alike

A high score is a reason to read both and to ask both. It is not a finding about anyone: two people who worked from the
same lecture, the same book or the same hint may well write alike.

Compared are the bodies that the learners wrote, without names, comments and annotations. Bodies of fewer than
{LEAST_TOKENS} tokens are left out: everyone writes them alike. So is what the library's own solution has, and what more
than half of the class has. The score is the part of what is left that both have: 1.00 is all of it.
"""


def similarity_report(pairs: list[Pair]) -> str:
    """The pairs as a Markdown table, with what it does and does not say."""
    if not pairs:
        return f"{SAYS}\nNo two submissions are alike beyond the threshold.\n"
    head = "| one | other | file | function | score | lines of one | lines of other |\n|---|---|---|---|--:|---|---|"
    return "\n".join([SAYS, head, *map(_row, pairs), ""])


def _row(pair: Pair) -> str:
    cells = [pair.a, pair.b, pair.file, pair.function, f"{pair.score:.2f}", _lines(pair.lines_a), _lines(pair.lines_b)]
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _lines(lines: tuple[int, int]) -> str:
    return f"{lines[0]} to {lines[1]}"
