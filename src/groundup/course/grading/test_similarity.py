"""Similarity: what was renamed is still found, what was thought out anew is not, and nobody is accused of brevity."""

import ast
from textwrap import dedent, indent

import pytest

from groundup.course.grading.similarity import LEAST_TOKENS, body_tokens, similar, similarity_report
from groundup.course.manifest import Concept, load_course
from groundup.course.starter import blank, find_bodies

COURSE = load_course()
STARTER = '''
def variance(x, axis, ddof=0):
    """The mean squared distance."""
    raise NotImplementedError("variance is yours to write")
'''
ONE = '''
def variance(x, axis, ddof=0):
    """The mean squared distance."""
    n = x.shape[axis]
    centre = x.sum(axis=axis, keepdims=True) / n
    away = x - centre
    if ddof >= n:
        raise ValueError(f"variance: expected ddof below {n}, got {ddof}")
    return (away * away).sum(axis=axis) / (n - ddof)
'''
RENAMED = '''
def variance(values, axis, ddof=0):
    """The mean squared distance."""
    # first the middle of it all
    middle: float = values.sum(axis=axis, keepdims=True) / values.shape[axis]
    count = values.shape[axis]  # rows
    d = values - middle
    "and then the distances"
    if ddof >= count:
        raise ValueError(f"variance: expected ddof below {count}, got {ddof}")
    return (d * d).sum(axis=axis) / (count - ddof)
'''
ANOTHER = '''
def variance(x, axis, ddof=0):
    """The mean squared distance."""
    rows = np.moveaxis(x, axis, 0)
    total, squares = 0.0, 0.0
    for row in rows:
        total = total + row
        squares = squares + row**2
    k = len(rows)
    mean_of_squares, squared_mean = squares / k, (total / k) ** 2
    return np.maximum(mean_of_squares - squared_mean, 0) * k / (k - ddof)
'''


def pairs_of(*sources: str, starter: str = STARTER, **kwargs: object) -> list[tuple[str, str]]:
    submissions = {f"learner {i}": {"v.py": source} for i, source in enumerate(sources)}
    return [(p.a, p.b) for p in similar(submissions, {"v.py": starter}, **kwargs)]  # type: ignore[arg-type]


def test_the_same_under_other_names_and_comments_is_found() -> None:
    found = similar({"a": {"v.py": ONE}, "b": {"v.py": "\n\n" + ONE.replace("centre", "mu")}}, {"v.py": STARTER})
    assert [(p.a, p.b, p.file, p.function, p.score) for p in found] == [("a", "b", "v.py", "variance", 1.0)]
    assert (found[0].lines_a, found[0].lines_b) == ((2, 9), (4, 11))


def test_names_comments_annotations_and_the_order_of_lines_do_not_hide_it() -> None:
    assert pairs_of(ONE, RENAMED, threshold=0.6) == [("learner 0", "learner 1")]
    assert pairs_of(ONE, ANOTHER, threshold=0.3) == []


def test_the_starter_and_what_cannot_be_read_are_not_compared() -> None:
    assert pairs_of(STARTER, STARTER, "def variance(:", "def variance(:", "", "") == []


def test_short_bodies_are_left_out() -> None:
    short = STARTER.replace('raise NotImplementedError("variance is yours to write")', "return x.var(axis, ddof=ddof)")
    assert pairs_of(short, short) == []
    assert pairs_of(ONE, ONE) != []


def test_what_the_library_has_accuses_nobody() -> None:
    assert pairs_of(ONE, RENAMED, solutions={"v.py": ONE}) == []


def test_what_most_of_the_class_writes_accuses_nobody() -> None:
    assert pairs_of(ONE, ONE, ONE) != []  # three may have sat together
    assert pairs_of(*[ONE] * 5, ANOTHER) == []
    assert pairs_of(*[ONE] * 5, ANOTHER, ANOTHER) == [("learner 5", "learner 6")]


@pytest.mark.parametrize(
    "concept", [c for c in COURSE.concepts.values() if (c.folder / "variants.py").is_file()], ids=lambda c: c.slug
)
def test_right_answers_written_another_way_are_not_alike(concept: Concept) -> None:
    """Two variants of one function are two learners who thought for themselves."""
    written: dict[str, list[str]] = {}
    for node in ast.parse((concept.folder / "variants.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            marks = [d for d in node.decorator_list if isinstance(d, ast.Call) and ast.unparse(d.func) == "variant"]
            for target in (ast.literal_eval(d.args[0]) for d in marks):
                written.setdefault(target, []).append("\n".join(map(ast.unparse, node.body)))
    assert written
    for target, bodies in written.items():
        starter = blank(concept.file.read_text(encoding="utf-8"), [target])
        (body,) = find_bodies(starter, [target])
        lines = starter.splitlines()
        files = ["\n".join([*lines[: body.start], indent(b, " " * body.indent), *lines[body.end :]]) for b in bodies]
        assert pairs_of(*files, starter=starter) == [], f"{target}: independent solutions are called alike"


def test_every_local_name_and_private_attribute_is_the_learners_own() -> None:
    def tokens(source: str) -> list[object]:
        function = ast.parse(dedent(source)).body[0]
        assert isinstance(function, ast.FunctionDef)
        return [len(t) if isinstance(t, tuple) else t for t in body_tokens(function)]

    one = "def f(self, x: int) -> int:\n    self._x = y = x  # kept\n    return y + self.bias + np.sum(x)"
    two = "def f(me, a):\n    me._kept = b = a\n    return b + me.bias + np.sum(a)"
    three = "def f(me, a):\n    me._kept = b = a\n    return b + me.weight + np.sum(a)"
    assert tokens(one) == tokens(two) != tokens(three)
    assert len(tokens(one)) < LEAST_TOKENS


def test_the_report_speaks_with_care() -> None:
    pairs = similar({"a|b": {"v.py": ONE}, "c": {"v.py": ONE}}, {"v.py": STARTER})
    report = similarity_report(pairs)
    assert "| a\\|b | c | v.py | variance | 1.00 | 2 to 9 | 2 to 9 |" in report
    assert "not a finding about anyone" in report
    assert not {"guilty", "cheat", "plagiar", "copied"} & set(report.lower().split())
    assert "No two submissions" in similarity_report([])


@pytest.mark.slow
@pytest.mark.slow
def test_two_among_two_hundred_are_found() -> None:
    """A class that wrote as the library does, 20 files each, and two who share one body."""
    concepts = [c for c in COURSE.concepts.values() if c.functions][:20]
    sources = {c.path: c.file.read_text(encoding="utf-8") for c in concepts}
    starters = {c.path: blank(sources[c.path], c.functions) for c in concepts} | {"v.py": STARTER}
    of_class = {f"learner {i}": {**sources, "v.py": ANOTHER} for i in range(200)}
    of_class["learner 7"]["v.py"], of_class["learner 70"]["v.py"] = ONE, ONE
    assert [(p.a, p.b, p.file) for p in similar(of_class, starters)] == [("learner 7", "learner 70", "v.py")]
