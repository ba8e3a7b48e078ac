"""Every concept has the same files, and none of them has grown past reading."""

import ast
import statistics

import pytest

from groundup.course.manifest import PACKAGE, Concept, load_course

CONCEPTS = list(load_course().concepts.values())
SOURCES = sorted(p for p in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.slug)
def test_every_concept_has_every_file(concept: Concept) -> None:
    absent = [what for what, path in concept.anatomy().items() if not path.is_file()]
    assert not absent, f"{concept.path} lacks {absent}"


def test_every_concept_folder_is_in_the_course() -> None:
    found = {p.parent.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("exercise.toml")}
    assert found == {c.path for c in CONCEPTS}


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.slug)
def test_no_concept_imports_a_later_one(concept: Concept) -> None:
    later = [c.package for c in CONCEPTS[CONCEPTS.index(concept) + 1 :]]
    trees = [ast.parse(f.read_text(encoding="utf-8")) for f in {concept.file, *(e.file for e in concept.exercises)}]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)]
    imported += [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    ahead = [name for name in imported if any(name == p or name.startswith(f"{p}.") for p in later)]
    assert not ahead, f"{concept.path} imports {ahead}, which the course teaches later"


def test_no_file_is_over_300_lines_and_the_median_under_150() -> None:
    lengths = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in SOURCES}
    assert not {str(p): n for p, n in lengths.items() if n > 300}
    assert statistics.median(lengths.values()) < 150


def test_functions_are_short() -> None:
    spans = {
        f"{path.relative_to(PACKAGE)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        if not path.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert not {name: n for name, n in spans.items() if n > 45}
    assert statistics.quantiles(spans.values(), n=10)[-1] < 25


def test_nothing_unpickles() -> None:
    """No pickle is ever loaded: not by name, and not by numpy.load, which must say allow_pickle=False."""
    offenders = []
    for path in [p for p in SOURCES if not p.name.startswith("test_")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [a.name for a in node.names] + [getattr(node, "module", "") or ""]
                offenders += [
                    f"{path}:{node.lineno}" for n in names if n.split(".")[0] in ("pickle", "dill", "cloudpickle")
                ]
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "np.load"
                and "allow_pickle=False" not in ast.unparse(node)
            ):
                offenders.append(f"{path}:{node.lineno}")
    assert not offenders


ASSERTS = ("assert", "raises", "warns", "check_", "expect(", "close(")


def test_tests_assert_something() -> None:
    """By themselves, or through a helper of their own file that does."""
    empty = []
    for path in [*(PACKAGE.parents[1] / "tests").rglob("test_*.py"), *PACKAGE.rglob("test_*.py")]:
        functions = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.FunctionDef)]
        bodies = {f.name: ast.unparse(f) for f in functions}
        helpers = [f"{name}(" for name, body in bodies.items() if any(word in body for word in ASSERTS)]
        for name, body in bodies.items():
            said = body.split(":\n", 1)[1]
            if name.startswith("test") and not any(word in said for word in [*ASSERTS, "check=True", *helpers]):
                empty.append(f"{path.name}:{name}")
    assert not empty
