"""Mutants: exactly those that are meant, each a valid file that differs in one place."""

import ast
from collections import Counter
from textwrap import dedent

import pytest

from groundup.course.audit.mutate import mutants
from groundup.course.audit.operators import OPERATORS
from groundup.course.manifest import load_course


def file(body: str, arguments: str = "x, y") -> str:
    return f"import numpy as np\n\n\ndef f({arguments}):\n" + "".join(
        f"    {line}\n" for line in dedent(body).split("\n")
    )


def changes(body: str, operator: str | None = None) -> list[str]:
    found = mutants(file(body), "f")
    return [f"{m.before} -> {m.after}" for m in found if operator in (None, m.operator)]


SOFTMAX = '''\
"""Softmax of m rows: 3 sentences."""


class Softmax:
    def forward(self, x: "Array", axis: int = 1) -> "Array":
        """Eq. 1, axis 1."""
        if x.ndim != 2:
            raise ValueError(f"expected 2 axes, got {x.ndim + 0}")
        e = np.exp(x - x.max(axis=1, keepdims=True))  # ≤ 1
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y
'''


def test_an_exact_list() -> None:
    assert [str(m) for m in mutants(SOFTMAX, "Softmax.forward")] == [
        "line 9, function: np.exp(x - x.max(axis=1, keepdims=True)) -> x - x.max(axis=1, keepdims=True)",
        "line 9, sign: x - x.max(axis=1, keepdims=True) -> x + x.max(axis=1, keepdims=True)",
        "line 9, sign: x - x.max(axis=1, keepdims=True) -> x.max(axis=1, keepdims=True) - x",
        "line 9, term: x - x.max(axis=1, keepdims=True) -> x",
        "line 9, reduction: x.max -> x.min",
        "line 9, axis: 1 -> 0",
        "line 9, axis: 1 -> 2",
        "line 9, axis: 1 -> None",
        "line 9, keepdims: True -> False",
        "line 10, statement: self.y = e / e.sum(axis=1, keepdims=True) -> pass",
        "line 10, factor: e / e.sum(axis=1, keepdims=True) -> e * e.sum(axis=1, keepdims=True)",
        "line 10, factor: e / e.sum(axis=1, keepdims=True) -> e",
        "line 10, reduction: e.sum -> e.mean",
        "line 10, axis: 1 -> 0",
        "line 10, axis: 1 -> 2",
        "line 10, axis: 1 -> None",
        "line 10, keepdims: True -> False",
        "line 11, return: self.y -> x",
    ]


def test_all_but_the_changed_place_stays_byte_for_byte() -> None:
    first = next(mutants(SOFTMAX, "Softmax.forward"))
    assert first.source == SOFTMAX.replace(
        "np.exp(x - x.max(axis=1, keepdims=True))", "x - x.max(axis=1, keepdims=True)"
    )


@pytest.mark.parametrize(
    ("operator", "body", "expected"),
    [
        ("axis", "return x.sum(0)", ["0 -> 1", "0 -> None"]),
        ("axis", "return np.maximum(x, 1)", []),
        ("axis", "return np.mean(x, axis=(0, 2))", ["(0, 2) -> (2,)", "(0, 2) -> (0,)", "(0, 2) -> None"]),
        ("sign", "return -x", ["-x -> x"]),
        ("factor", "return x ** 2", ["x ** 2 -> x"]),
        ("factor", "return x * y", ["x * y -> x / y", "x * y -> y", "x * y -> x"]),
        ("term", "return x + y", ["x + y -> x", "x + y -> y"]),
        ("term", "return 1 - x", ["1 - x -> 1", "1 - x -> x"]),
        ("index", "return x[-1]", ["-1 -> 0", "-1 -> -2"]),
        ("index", "return x[:, None]", ["x[:, None] -> x[None, :]"]),
        ("slice", "return x[1:]", ["1: -> :", "1: -> 2:"]),
        ("slice", "return x[:-1]", [":-1 -> :", ":-1 -> :-2"]),
        ("slice", "return x[::-1]", ["::-1 -> :"]),
        ("copy", "return x.copy()", ["x.copy() -> x"]),
        ("mask", "return x[~y]", ["~y -> y"]),
        (
            "mask",
            "return np.where(x, y, 0)",
            ["np.where(x, y, 0) -> np.where(x, 0, y)", "np.where(x, y, 0) -> y"],
        ),
        ("comparison", "return x < y", ["x < y -> x <= y", "x < y -> x > y"]),
        ("comparison", "return x == y", ["x == y -> x != y"]),
        ("comparison", "return x and y", ["x and y -> x or y"]),
        ("comparison", "return not x", ["not x -> x"]),
        ("comparison", "if x:\n    y = 2\nreturn y", ["x -> not x"]),
        ("transpose", "return x.T", ["x.T -> x"]),
        ("transpose", "return x @ y", ["x @ y -> y @ x"]),
        ("transpose", "return np.swapaxes(x, 0, 1)", ["np.swapaxes(x, 0, 1) -> x"]),
        ("transpose", "return x.transpose(1, 0)", ["x.transpose(1, 0) -> x", "x.transpose(1, 0) -> x.transpose(0, 1)"]),
        ("reduction", "return x.var()", ["x.var -> x.std", "x.var() -> x.var(ddof=1)"]),
        ("reduction", "return x.var(ddof=1)", ["x.var -> x.std", "x.var(ddof=1) -> x.var()"]),
        ("function", "return np.tanh(x)", ["np.tanh(x) -> x"]),
        ("constant", "return y + 2", ["2 -> 3", "2 -> 1"]),
        ("constant", "return np.maximum(x, 1)", ["1 -> 2", "1 -> 0"]),
        ("constant", "return y + 1", ["1 -> 2"]),
        ("constant", "return np.sqrt(x + 1e-5)", ["1e-05 -> 0.0001"]),
        ("constant", "return np.zeros(y, bool), True", ["True -> False"]),
        ("keepdims", "return x.sum(keepdims=False)", ["False -> True"]),
        ("accumulate", "x += y", ["x += y -> x = y", "x += y -> x -= y"]),
        ("accumulate", "np.add.at(x, y, 1)", ["np.add.at(x, y, 1) -> x[y] += 1"]),
        ("statement", "x[0] = y", ["x[0] = y -> pass"]),
        ("statement", "y = x - y\nreturn y", ["y = x - y -> pass"]),
        ("statement", "z = x - y\nreturn z", []),
        ("return", "return x, y", ["(x, y) -> (y, x)", "(x, y) -> x"]),
    ],
)
def test_what_each_operator_changes(operator: str, body: str, expected: list[str]) -> None:
    assert changes(body, operator) == expected


@pytest.mark.parametrize(
    "body",
    [
        '"""Eq. 1 - 2."""',
        "if x.ndim != 2:\n    raise ValueError(x + 1)",
        'expect_shape("f", x, (1, 2))',
        "assert x + 1 > 2",
        'z = f"{x + 1}"',
        "z: tuple[int, 2] = x",
        "z = np.zeros(x, 'float32')",
        "z = zip(x, y, strict=True)",
        "z = x.reshape(-1, 1)",
    ],
)
def test_what_is_no_computation_stays(body: str) -> None:
    assert changes(body) == []


def test_a_change_binds_as_the_original_did() -> None:
    assert "return (y + x).sum() * 2" not in "".join(m.source for m in mutants(file("return (x - y) * 2"), "f"))
    dropped = [
        m.source for m in mutants(file("return y / (x * y) - np.sqrt(x + y) * 2"), "f") if m.operator == "function"
    ]
    assert [ast.unparse(ast.parse(s).body[-1].body[0]) for s in dropped] == ["return y / (x * y) - (x + y) * 2"]


def test_text_that_is_not_ascii_does_not_move_the_change() -> None:
    (source,) = {m.source for m in mutants(file("z = 'Σ∞', -x"), "f") if m.operator == "sign"}
    assert "z = 'Σ∞', x\n" in source


def test_functions_inside_are_mutated_and_other_functions_are_not() -> None:
    source = "def f(x):\n    def pull(g):\n        return g * x\n    return pull\n\n\ndef g(x):\n    return x + 1\n"
    assert {m.line for m in mutants(source, "f") if m.operator == "factor"} == {3}
    assert {m.line for m in mutants(source, "g")} == {8}


def test_changes_of_the_same_words_are_told_apart_by_what_is_around_them() -> None:
    found = mutants(file("return np.where(x > 0, y, 0)"), "f")
    zeros = [m.within for m in found if (m.before, m.after) == ("0", "1")]
    assert zeros == ["x > 0", "np.where(x > 0, y, 0)"]


def test_what_only_makes_a_message_stays() -> None:
    assert changes("if x < 0:\n    y = x.argmin() + 1\n    raise ValueError(y)") == []


def test_an_absent_function_is_an_error() -> None:
    with pytest.raises(KeyError, match="no function g"):
        list(mutants(file("return x"), "g"))


def test_the_course_has_mutants_of_every_kind() -> None:
    kinds: Counter[str] = Counter()
    for concept in load_course().concepts.values():
        source = concept.file.read_text(encoding="utf-8")
        found = [m for name in concept.functions for m in mutants(source, name)]
        assert len({m.source for m in found}) == len(found) > 0, concept.path
        assert source not in {m.source for m in found}
        for mutant in found:
            ast.parse(mutant.source)
            assert mutant.before != mutant.after
        kinds.update(m.operator for m in found)
    assert set(kinds) == {word for word, _ in OPERATORS}
    assert 1000 < kinds.total() < 20_000
