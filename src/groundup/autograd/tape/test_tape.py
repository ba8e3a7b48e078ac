import gc
import sys
import threading
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.autograd import Tensor, cat, maximum, no_grad, stack
from groundup.autograd.tape import topological_order, unbroadcast
from groundup.core import DtypeError, OrderError, ShapeError
from support.parity import twin


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def leaf(*shape: int, seed: int = 0) -> Tensor:
    return Tensor(draw(*shape, seed=seed), requires_grad=True)


def test_dtypes_are_kept_and_gradients_have_the_dtype_of_what_they_belong_to() -> None:
    x, w = Tensor(draw(3).astype("float32"), True), Tensor(draw(3, seed=1), True)
    y = (2 * x - 0.5) ** 2 / 3 + np.float64(2) * x
    assert y.dtype == np.float32
    assert x.amax().dtype == x.mean().dtype == x.sigmoid().dtype == maximum(x, 0).dtype == np.float32
    (y * w).sum().backward()
    assert (x.grad.dtype, w.grad.dtype) == (np.float32, np.float64)


def test_arrays_may_stand_on_the_left() -> None:
    x, a = leaf(2, 3), draw(4, 2)
    y = a @ x + np.ones(3) * x.sum() - draw(3) / (x[0] * x[0] + 1)
    assert isinstance(y, Tensor)
    assert y.shape == (4, 3)


def test_constants_are_not_recorded() -> None:
    x, c = leaf(3), Tensor(draw(3))
    y = x * c + (c * c).exp()
    assert len(topological_order(y)) == 3  # x, x * c, the sum
    y.sum().backward()
    assert c.grad is None
    with pytest.raises(OrderError, match=r"^Tensor.backward: expected a result of tensors with requires_grad=True"):
        (c + 1).sum().backward()


def test_no_grad_records_nothing_in_its_own_thread_and_ends_with_its_block() -> None:
    x, seen = leaf(3), []
    with no_grad():
        assert not (x * x).requires_grad
        thread = threading.Thread(target=lambda: seen.append((x * x).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]
    assert (x * x).requires_grad
    assert not x.detach().requires_grad


def test_gradients_add_up_over_passes_and_belong_to_one_tensor_each() -> None:
    a, b = leaf(3), leaf(3, seed=1)
    for _ in range(2):
        (a + b).sum().backward()
    np.testing.assert_allclose(a.grad, [2, 2, 2])
    a.grad *= 5  # as clipping does
    np.testing.assert_allclose(b.grad, [2, 2, 2])
    upstream = np.ones(3)
    y = a * 1.0
    y.backward(upstream)
    y.grad += 1
    assert np.array_equal(upstream, np.ones(3))


def test_results_in_between_have_gradients_too() -> None:
    x = leaf(3)
    y = x * x
    y.sum().backward(Tensor(2.0))
    np.testing.assert_allclose(y.grad, [2, 2, 2])


def test_a_graph_serves_one_backward_and_frees_its_arrays() -> None:
    x = leaf(1000)
    y = x.exp()
    inner = weakref.ref(y)
    z, other = (y * y).sum(), (y + 1).sum()
    z.backward()
    grad = x.grad.copy()
    for again in (z, other):
        with pytest.raises(OrderError, match=r"^Tensor.backward: expected a graph that no backward has used"):
            again.backward()
    assert np.array_equal(x.grad, grad)
    del y, other, again
    gc.collect()
    assert inner() is None


def test_a_graph_may_be_deeper_than_python_calls() -> None:
    x = leaf()
    y = x
    for _ in range(3 * sys.getrecursionlimit()):
        y = y + 0.0
    y.backward()
    assert x.grad == 1
    for _ in range(3 * sys.getrecursionlimit()):
        x = x + 0.0
    del x  # forgetting one without backward does not recurse either


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**16), st.integers(2, 12))
def test_an_order_has_every_tensor_once_and_after_its_parents(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    pool = [leaf() for _ in range(2)]
    for _ in range(n):
        i, j = rng.integers(len(pool), size=2)
        pool.append(pool[i] + pool[j])
    order = topological_order(pool[-1])
    place = {id(node): i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is pool[-1]
    assert all(place[id(parent)] < place[id(node)] for node in order for parent, _ in node.edges)


def test_unbroadcast_is_sum_to_size() -> None:
    for shape, target in [((2, 3, 4), (3, 1)), ((2, 3), ()), ((2, 3), (2, 3)), ((0, 3), (1, 3)), ((5, 1), (1, 1))]:
        g = draw(*shape)
        theirs = twin("autograd/tape").unbroadcast(torch.tensor(g), target).numpy()
        np.testing.assert_allclose(unbroadcast(g, target), theirs, rtol=1e-12)


def test_the_twin_orders_its_graph_as_we_do() -> None:
    theirs = twin("autograd/tape")
    for make in (Tensor, theirs.Tensor):
        x = make([1.0, 2.0], requires_grad=True)
        y = (x.exp() * x).tanh().sum()
        order = (topological_order if make is Tensor else theirs.topological_order)(y)
        assert len(order) == 5  # x, exp, *, tanh, sum


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Tensor([1, 2]), DtypeError, "Tensor: expected floating-point numbers, got int64; write 2.0 for 2"),
        (lambda: leaf(3) * np.arange(3), DtypeError, "got int64"),
        (lambda: leaf(3) + leaf(4), ShapeError, r"Tensor +: expected shapes that broadcast, got (3,) and (4,)"),
        (lambda: leaf(2, 3) @ leaf(2, 3), ShapeError, "Tensor @: expected (..., I, K) @ (..., K, O), got (2, 3) @ (2, 3)"),
        (lambda: leaf(2, 3, 4) @ leaf(3, 4, 5), ShapeError, "broadcast, got (2,) and (3,)"),
        (lambda: leaf() @ leaf(3), ShapeError, "got () @ (3,)"),
        (lambda: leaf(3) @ leaf(), ShapeError, "got (3,) @ ()"),
        (lambda: leaf(3) ** leaf(3), TypeError, "Tensor **: expected a number as the power"),
        (lambda: leaf(3).backward(), ShapeError, "expected a single number, got shape (3,); reduce it, or pass gradient="),
        (lambda: leaf(3).backward(np.ones(2)), ShapeError, "expected shape (3,) (that of the tensor), got (2,)"),
        (lambda: leaf(0, 3).mean(), ShapeError, "Tensor.mean: expected at least one number along dim=None"),
        (lambda: leaf(0, 3).amax(0), ShapeError, "Tensor.amax: expected at least one number along dim=0"),
        (lambda: leaf(3).__setitem__(0, 1.0), TypeError, "Tensor: expected no assignment to parts"),
        (lambda: list(leaf()), TypeError, "unsized"),
        (lambda: cat([]), ShapeError, "cat: expected tensors that differ along axis 0 alone, got []"),
        (lambda: stack([leaf(2), leaf(3)]), ShapeError, "cat: expected tensors"),
        (lambda: np.multiply((leaf(3) * 2).data, 2, out=(leaf(3) * 2).data), ValueError, "read-only"),
    ],
)  # fmt: skip
def test_misuse_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_a_tensor_shows_its_numbers() -> None:
    assert repr(Tensor([1.0, 2.0], True)) == "Tensor([1. 2.], requires_grad=True)"
    assert Tensor(3.5).item() == 3.5
