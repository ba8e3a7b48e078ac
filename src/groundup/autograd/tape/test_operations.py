"""Every operation beside torch's: alone, with every kind of broadcasting, and in random expressions."""

import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.autograd import Tensor, maximum, where
from support.parity import close, twin


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def check(f, *arrays: np.ndarray, rtol: float = 1e-12) -> None:
    """f over our tensors and over torch's: the same value, and the same gradients for a random upstream gradient."""
    ours, theirs = [Tensor(a, True) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    mine, their = f(*ours), f(*theirs)
    close("y", mine.data, their.detach().numpy(), rtol)
    dy = np.asarray(draw(*mine.shape, seed=9), mine.dtype)
    mine.backward(dy)
    their.backward(torch.tensor(dy))
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        close(f"gradient {i}", a.grad, b.grad.numpy(), rtol)


ELEMENTWISE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "numbers on either side": lambda a, b: 1 - (2 * a) + (3.0 / b) - 0.5 + b / 4,
    "powers": lambda a, b: a**3 + (b * b + 1) ** 0.5 + a**0 + b**-1,
    "exp, log": lambda a, b: a.exp() + (b * b + 1).log(),
    "tanh, sigmoid, relu": lambda a, b: a.tanh() * b.sigmoid() + a.relu(),
    "negation": lambda a, b: -a * -b,
    "a used four times": lambda a, b: a * a + a * b + a,
}


@pytest.mark.parametrize("f", ELEMENTWISE.values(), ids=ELEMENTWISE.keys())
@pytest.mark.parametrize(
    "shapes",
    [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 1, 3), (4, 1)), ((0, 3), (3,))],
    ids=str,
)
def test_elementwise_operations_and_their_broadcasting(f, shapes) -> None:
    check(f, draw(*shapes[0]), draw(*shapes[1], seed=1))


STRUCTURE = {
    "sum": (lambda x: x.sum(), (3, 4)),
    "sum over an axis": (lambda x: x.sum(1), (3, 4)),
    "sum over two, kept": (lambda x: x.sum((0, 2), keepdim=True), (2, 3, 4)),
    "mean": (lambda x: x.mean(-1) * x.mean(), (3, 4)),
    "mean over two": (lambda x: x.mean((0, -1)), (2, 3, 4)),
    "amax": (lambda x: x.amax(1) * x.amax((0, 1)), (3, 4)),
    "amax, equals share": (lambda x: (x * 0).amax(1, keepdim=True) * x, (3, 4)),
    "reshape": (lambda x: x.reshape(4, -1) * 2, (2, 6)),
    "transpose": (lambda x: x.transpose(0, 2) * x.transpose(0, 2)[0], (2, 3, 4)),
    "T": (lambda x: x @ x.T, (3, 4)),
    "a slice": (lambda x: x[1:, ::2] * 3, (3, 4)),
    "an index, a new axis, an ellipsis": (lambda x: x[1, None, ..., -1] * 2, (3, 4, 2)),
    "rows taken twice": (lambda x: x[[0, 2, 0, 0]], (3, 4)),
    "pairs": (lambda x: x[[0, 1, 0], [2, 2, 2]], (3, 4)),
    "rows by iteration": (lambda x: next(a * b for a, b in [list(x)]), (2, 4)),
}


@pytest.mark.parametrize(("f", "shape"), STRUCTURE.values(), ids=STRUCTURE.keys())
def test_sums_shapes_and_parts(f, shape) -> None:
    check(f, draw(*shape))


@pytest.mark.parametrize(
    "shapes",
    [((3, 4), (4, 2)), ((5, 3, 4), (4, 2)), ((5, 3, 4), (5, 4, 2)), ((2, 1, 3, 4), (5, 4, 2)), ((4,), (4,)), ((4,), (4, 2)),
     ((3, 4), (4,)), ((4,), (5, 4, 2)), ((5, 3, 4), (4,)), ((0, 4), (4, 2)), ((3, 0), (0, 2))],
    ids=str,
)  # fmt: skip
def test_matrix_products_with_batches_and_vectors(shapes) -> None:
    check(lambda a, b: a @ b, draw(*shapes[0]), draw(*shapes[1], seed=1))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_joined_tensors(dim: int) -> None:
    a, b = Tensor(draw(2, 3), True), Tensor(draw(2, 3, seed=1), True)
    check(lambda x, y: twin_of(x).cat([x, y, x], dim), a.data, b.data)
    check(lambda x, y: twin_of(x).stack([x, y], dim), a.data, b.data)


def twin_of(x):
    return twin("autograd/tape") if isinstance(x, torch.Tensor) else sys.modules["groundup.autograd.tape"]


def test_choices() -> None:
    a, b = draw(3, 4), np.round(draw(4, seed=1))
    a[0] = b  # equal: the gradient is shared
    mask = draw(3, 4, seed=2) > 0
    check(lambda x, y: twin_of(x).maximum(x, y), a, b)
    check(
        lambda x, y: twin_of(x).where(
            mask if twin_of(x).__name__ == "groundup.autograd.tape" else torch.tensor(mask), x, y
        ),
        a,
        b,
    )
    x = Tensor(a, True)
    (where(mask, x, 0.0) + where(mask, 1, x) + maximum(x, 0.0)).sum().backward()
    np.testing.assert_allclose(x.grad, 1 + (a > 0) + (a == 0) / 2)
    assert where([True], 1.0, 2.0).item() == 1


def random_expression(data, tensors: list, functions) -> object:
    """Grow a pool of tensors by random operations on random members of it; add up everything that was not used."""
    unary = [lambda x: x.tanh(), lambda x: (-(x * x)).exp(), lambda x: x.sigmoid(), lambda x: (x * x + 1).log(),
             lambda x: x.sum(-1, keepdim=True), lambda x: x.mean(0, keepdim=True), lambda x: x.amax(-1, keepdim=True),
             lambda x: x[::2], lambda x: x[[0, 0]], lambda x: x.relu(), lambda x: x.transpose(0, 1).transpose(1, 0),
             lambda x: functions.cat([x, x * x], 0)]  # fmt: skip
    binary = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a / (b * b + 1),
              functions.maximum, lambda a, b: (a.transpose(0, 1) @ a) if a is b else a * 0.5]  # fmt: skip
    pool = list(tensors)
    for op, i, j in data:
        a, b = pool[i % len(pool)], pool[j % len(pool)]
        fits = all(m == n or 1 in (m, n) for m, n in zip(a.shape, b.shape, strict=True))
        pool.append(unary[op % len(unary)](a) if op < 20 or not fits else binary[op % len(binary)](a, b))
    total = (pool[-1] * pool[-1]).mean()
    for x in pool:
        total = total + (x * 0.1).tanh().sum()
    return total


@settings(max_examples=80, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12),
    shapes=st.lists(st.tuples(st.sampled_from([1, 3]), st.sampled_from([1, 4])), min_size=1, max_size=3),
    seed=st.integers(0, 1000),
)
def test_random_expressions_have_the_gradients_that_torch_finds(steps, shapes, seed: int) -> None:
    arrays = [draw(*shape, seed=seed + i) for i, shape in enumerate(shapes)]
    check(lambda *tensors: random_expression(steps, tensors, twin_of(tensors[0])), *arrays, rtol=1e-9)
