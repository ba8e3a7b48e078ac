"""Relations: each one planted is found and named; nothing is said of unrelated or degenerate arrays."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.course.check.plan import AnyArray
from groundup.course.check.relations import Relation, agreed, relation, relations

RTOL = 1e-6


def drawn(*shape: int, seed: int = 0) -> AnyArray:
    return np.random.default_rng(seed).normal(size=shape)


E = drawn(3, 5)
B = drawn(5, seed=1)
X = drawn(7, 5, seed=2)
CUBE = drawn(2, 3, 4)
IMAGE = drawn(2, 3, 4, 5)
POSITIVE = np.exp(E)
INPUTS = {"x": X, "b": B}

PLANTED: list[tuple[str, AnyArray, AnyArray]] = [
    ("half of what is expected", E, E / 2),
    ("twice what is expected", E, E * 2),
    ("the right values with the sign turned round", E, -E),
    ("the expected values times 3 (the size of axis 0): was a sum taken instead of a mean?", E, E * 3),
    ("the expected values divided by 5 (the size of axis 1): was a mean taken instead of a sum?", E, E / 5),
    ("the expected values times 7 (the size of axis 0 of x): was a sum taken instead of a mean?", E, E * 7),
    ("the expected values divided by 15 (the number of values): was a mean taken instead of a sum?", E, E / 15),
    ("the expected values times √5 (the square root of the size of axis 1)", E, E * 5**0.5),
    ("the expected values divided by √7 (the square root of the size of axis 0 of x)", E, E / 7**0.5),
    (
        "the expected values times 7/6: was something divided by n - 1, with n the size of axis 0 of x?",
        E,
        E * 7 / 6,
    ),
    ("the expected values times 6/7: was something divided by n, with n the size of axis 0 of x?", E, E * 6 / 7),
    (
        "the expected values divided by 40 (the sizes of axes 0, 2, 3, multiplied): was a mean taken instead of a sum?",
        IMAGE,
        IMAGE / 40,
    ),
    ("the expected values times 0.37", E, E * 0.37),
    ("the transpose of what is expected", E, E.T),
    ("the transpose of what is expected", drawn(4, 4), drawn(4, 4).T),
    ("the right values with axes 1 and 2 exchanged", CUBE, CUBE.swapaxes(1, 2)),
    ("the right values with the axes in the order (2, 0, 1)", CUBE, CUBE.transpose(2, 0, 1)),
    ("the right values with axes 0 and 3 exchanged", IMAGE, IMAGE.swapaxes(0, 3)),
    ("the right values in the shape (15,)", E, E.ravel()),
    ("the right values reversed along axis 0", E, E[::-1]),
    ("the right values reversed along axis 2", CUBE, CUBE[:, :, ::-1]),
    ("the right values rolled along axis 1, one place towards the end", E, np.roll(E, 1, 1)),
    ("the right values rolled along axis 3, two places towards the start", IMAGE, np.roll(IMAGE, -2, 3)),
    (
        "the right values shifted along axis 1, one place towards the end",
        E,
        np.concatenate([np.zeros((3, 1)), E[:, :-1]], 1),
    ),
    (
        "the right values shifted along axis 0, two places towards the start",
        X,
        np.concatenate([X[2:], np.zeros((2, 5))]),
    ),
    ("the right values, but in other places", E, E.T.reshape(3, 5)),
    ("what is expected less the input b: that term is missing", E + B, E),
    ("what is expected plus the input b: that term is one too many", E, E + B),
    ("what is expected less the input b: that term is missing", IMAGE + B, IMAGE),
    ("what is expected without the input b as a factor", E * B, E),
    ("what is expected times the input b once too often", E, E * B),
    ("the input x unchanged", drawn(7, 5, seed=9), X),
    ("the input x unchanged", E, X),
    ("what is expected plus the same number everywhere (0.5)", E, E + 0.5),
    ("what is expected minus the same number everywhere (2)", E, E - 2),
    ("1 minus what is expected", E, 1 - E),
    ("the absolute value of what is expected", E, np.abs(E)),
    ("the reciprocal of what is expected", E, 1 / E),
    ("the square of what is expected", E, E**2),
    ("the square root of what is expected", POSITIVE, POSITIVE**0.5),
    ("the exponential of what is expected", E, np.exp(E)),
    ("the logarithm of what is expected", POSITIVE, np.log(POSITIVE)),
    ("what is expected before tanh", np.tanh(E), E),
    ("what is expected before a sigmoid", 1 / (1 + np.exp(-E)), E),
    ("what is expected before max(0, ...)", np.maximum(E, 0), E),
    ("False where True is expected, and True where False is", E > 0, E <= 0),
    ("the transpose of what is expected", np.tri(4, dtype=bool), np.tri(4, dtype=bool).T),
    ("twice what is expected", np.arange(6), 2 * np.arange(6)),
]


@pytest.mark.parametrize(("says", "expected", "got"), PLANTED, ids=[f"{k} {p[0][:40]}" for k, p in enumerate(PLANTED)])
def test_a_planted_relation_is_named(says: str, expected: AnyArray, got: AnyArray) -> None:
    assert relation(expected, got, INPUTS, RTOL) == says


def test_a_term_along_the_channels_is_found() -> None:
    bias = drawn(3, seed=4)
    found = relation(IMAGE + bias[:, None, None], IMAGE, {"bias": bias}, RTOL)
    assert found == "what is expected less the input bias: that term is missing"


def test_a_relation_within_float32_is_found() -> None:
    assert relation(E.astype("float32"), (E / 2).astype("float32"), {}, 1e-4) == "half of what is expected"


DEGENERATE: dict[str, tuple[Any, Any]] = {
    "right": (E, E),
    "right within the tolerance": (E, E + 1e-9),
    "expected zeros": (np.zeros((3, 3)), np.ones((3, 3))),
    "got zeros": (E, np.zeros_like(E)),
    "one number": (np.array(1.5), np.array(3.0)),
    "one element": (np.array([2.0]), np.array([4.0])),
    "empty": (np.zeros((0, 3)), np.zeros((3, 0))),
    "both constant": (np.full((3, 4), 2.0), np.full((3, 4), 6.0)),
    "got constant": (E, np.full((3, 5), 6.0)),
    "constant to rounding": (1 + 1e-9 * E, 3 + 3e-9 * E),
    "nan": (E, np.where(E > 1, np.nan, 2 * E)),
    "infinity in both": (np.where(E > 1, np.inf, E), np.where(E > 1, np.inf, 2 * E)),
    "two values": (np.array([1, 2]), np.array([2, 1])),
    "one-hot": (np.eye(4)[1], np.eye(4)[2]),
    "flags, all of them true": (np.ones(8, bool), np.zeros(8, bool)),
    "three flags": (np.array([True, False, True]), np.array([False, True, False])),
    "strings": (np.array(["a", "b"]), np.array(["b", "a"])),
    "an edge that is wrong": (np.tile(B, (4, 1)), np.concatenate([np.zeros((1, 5)), np.tile(B, (3, 1))])),
    "complex": (E + 1j, 2 * E + 2j),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_nothing_is_said_of_what_tells_nothing(name: str) -> None:
    expected, got = DEGENERATE[name]
    assert relation(expected, got, {"x": np.zeros_like(got)}, RTOL) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(2, 4), min_size=1, max_size=4), st.integers(0, 10**6))
def test_unrelated_arrays_have_no_relation(shape: list[int], seed: int) -> None:
    expected, got, x = (np.random.default_rng([seed, k]).normal(size=shape) for k in range(3))
    assert relations(expected, got, {"x": x, "b": x.reshape(-1)[: shape[-1]]}, RTOL) == []


@settings(max_examples=50, deadline=None)
@given(st.floats(-50, 50).filter(lambda c: abs(c) > 0.01 and abs(c - 1) > 0.01), st.integers(0, 10**6))
def test_any_constant_factor_is_a_factor(factor: float, seed: int) -> None:
    expected = drawn(4, 3, seed=seed)
    found = relations(expected, factor * expected, {}, RTOL)
    assert ("number", f"{factor:.3g}") in [f.key for f in found]
    assert {f.key[0] for f in found} <= {"factor", "number"}


def test_what_holds_in_every_case_is_kept() -> None:
    cases = [relations(drawn(n, 3), n * drawn(n, 3), {}, RTOL) for n in (3, 4)]
    assert len(cases[0]) > len({r.key for r in cases[0]} & {r.key for r in cases[1]})
    kept = agreed(cases)
    assert kept is not None
    assert kept.key == ("factor", "the size of axis 0")
    assert agreed([*cases, relations(drawn(5, 3), 2 * drawn(5, 3), {}, RTOL)]) is None
    assert agreed([]) is None


def test_single_numbers_tell_when_there_are_two_of_them() -> None:
    losses = [relations(np.array(v), np.array(v * n), {"y": np.ones(n)}, RTOL) for v, n in ((0.7, 4), (1.3, 6))]
    assert agreed(losses[:1]) is None
    kept = agreed(losses)
    assert isinstance(kept, Relation)
    assert not kept.alone
    assert kept.key == ("factor", "the size of axis 0 of y")
