"""Parity with torch, what the three have in common, edges, and what is refused."""

from typing import Any

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, Layer, OrderError, Sequential, ShapeError, Sharded, gradcheck
from groundup.nn import GroupNorm, RMSNorm
from groundup.nn.layer_norm.layer_norm import LayerNorm
from support.parity import check_layer, close, tensor, twin

TWIN = twin("nn/layer_norm")
OURS = {"LayerNorm": LayerNorm, "RMSNorm": RMSNorm, "GroupNorm": GroupNorm}
FORMS: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("LayerNorm", {"normalized_shape": 4}, (5, 4)),
    ("LayerNorm", {"normalized_shape": 4}, (4,)),
    ("LayerNorm", {"normalized_shape": (4,), "eps": 0.1}, (2, 3, 4)),
    ("LayerNorm", {"normalized_shape": [3, 4], "bias": False}, (5, 3, 4)),
    ("LayerNorm", {"normalized_shape": (2, 3, 4)}, (5, 2, 3, 4)),
    ("LayerNorm", {"normalized_shape": 4, "elementwise_affine": False}, (5, 4)),
    ("LayerNorm", {"normalized_shape": 4}, (0, 4)),
    ("RMSNorm", {"normalized_shape": 4}, (2, 3, 4)),
    ("RMSNorm", {"normalized_shape": (3, 4), "eps": 0.1}, (5, 3, 4)),
    ("RMSNorm", {"normalized_shape": 4, "elementwise_affine": False}, (5, 4)),
    ("RMSNorm", {"normalized_shape": 4}, (0, 4)),
    ("GroupNorm", {"num_groups": 2, "num_channels": 6}, (3, 6, 4, 2)),
    ("GroupNorm", {"num_groups": 1, "num_channels": 6, "eps": 0.1}, (3, 6, 5)),
    ("GroupNorm", {"num_groups": 6, "num_channels": 6}, (3, 6, 2, 2)),
    ("GroupNorm", {"num_groups": 3, "num_channels": 6, "affine": False}, (3, 6)),
    ("GroupNorm", {"num_groups": 6, "num_channels": 6}, (2, 6)),  # one number a group: x̂ is zero, as in torch
    ("GroupNorm", {"num_groups": 2, "num_channels": 6}, (0, 6, 2, 2)),
]
each_form = pytest.mark.parametrize(("name", "settings", "shape"), FORMS, ids=str)


def make(name: str, settings: dict[str, Any], dtype: str = "float64") -> Layer:
    """A layer whose γ and β are not 1 and 0."""
    layer, rng = OURS[name](**settings).to(dtype), np.random.default_rng(3)
    for parameter in layer.parameters():
        parameter.value += rng.standard_normal(parameter.shape).astype(dtype)
    return layer


@each_form
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-11), ("float32", 1e-4)])
def test_equals_torch(name: str, settings, shape, training: bool, dtype: str, rtol: float) -> None:
    ours = make(name, settings, dtype).train(training)
    x = (2 * np.random.default_rng(1).standard_normal(shape) + 1).astype(dtype)
    check_layer(ours, getattr(TWIN, name)(**settings).train(training), x, rtol=rtol)


@each_form
def test_strided_inputs_give_the_same_and_nothing_is_changed_or_shared(name: str, settings, shape) -> None:
    layer, rng = make(name, settings), np.random.default_rng(1)
    wide, dy = rng.standard_normal((*shape[:-1], 2 * shape[-1])), rng.standard_normal(shape)
    x, before, dy_before = wide[..., ::2], wide.copy(), dy.copy()
    y = layer(x)
    np.testing.assert_allclose(y, make(name, settings)(x.copy()), rtol=1e-13)
    y_before = y.copy()
    y[...] = 7  # the caller's to change
    dx = layer.backward(dy)
    np.testing.assert_allclose(layer(x), y_before, rtol=1e-13)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-13)
    assert np.array_equal(wide, before)
    assert np.array_equal(dy, dy_before)


@pytest.mark.parametrize(("name", "settings"), [(n, s) for n, s, shape in FORMS if shape in ((5, 4), (5, 3, 4))])
def test_rows_do_not_know_of_each_other(name: str, settings) -> None:
    layer, sharded = make(name, settings), Sharded(Sequential(make(name, settings)), 2)
    shape = settings["normalized_shape"]
    x = np.random.default_rng(1).standard_normal((5, *([shape] if isinstance(shape, int) else shape)))
    np.testing.assert_allclose(layer(x)[2], layer(x[2:3])[0], rtol=1e-13)
    np.testing.assert_allclose(sharded(x), layer(x), rtol=1e-13)


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_group_norm_is_a_layer_norm_of_each_group(groups: int) -> None:
    x = np.random.default_rng(1).standard_normal((3, 6, 4, 2))
    theirs = TWIN.as_layer_norm(tensor(x), groups).numpy()
    close("y", GroupNorm(groups, 6, affine=False)(x), theirs, 1e-12)


def test_rms_norm_is_layer_norm_where_the_mean_is_zero() -> None:
    x = np.random.default_rng(1).standard_normal((5, 4))
    x -= x.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(RMSNorm(4, eps=1e-5)(x), LayerNorm(4)(x), rtol=1e-12)


@pytest.mark.parametrize(("dtype", "eps"), [("float32", 2.0**-23), ("float64", 2.0**-52)])
def test_rms_norm_without_eps_takes_that_of_the_dtype(dtype: str, eps: float) -> None:
    x = np.full((1, 2), 1e-9, dtype)
    assert RMSNorm(2)(x)[0, 0] == pytest.approx(1e-9 / (1e-18 + eps) ** 0.5, rel=1e-5)
    close("y", RMSNorm(2).to(dtype)(x), torch.nn.RMSNorm(2, dtype=tensor(x).dtype)(tensor(x)).detach().numpy(), 1e-5)


@pytest.mark.parametrize(("name", "settings", "shape"), [f for f in FORMS if 0 not in f[2] and len(f[2]) < 4], ids=str)
def test_backward_is_the_gradient_of_forward(name: str, settings, shape) -> None:
    worst = gradcheck(make(name, settings), np.random.default_rng(1).standard_normal(shape), rng=0)[0]
    assert worst.error < 1e-7, worst


def test_state_keys_are_torchs() -> None:
    for name, settings, _ in FORMS:
        assert list(make(name, settings).state_dict()) == list(getattr(TWIN, name)(**settings).state_dict())


X = np.ones((4, 3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: LayerNorm(0), ValueError, "LayerNorm: expected normalized_shape[0] of at least 1, got 0"),
        (lambda: LayerNorm((3, -1)), ValueError, "normalized_shape[1] of at least 1, got -1"),
        (lambda: LayerNorm(()), ValueError, "expected normalized_shape to name an axis, got ()"),
        (lambda: RMSNorm(2.0), TypeError, "RMSNorm: expected normalized_shape[0] to be a whole number, got 2.0"),
        (lambda: LayerNorm(3, eps=-1), ValueError, "LayerNorm: expected eps at least 0.0, got -1"),
        (lambda: RMSNorm(3, eps=-1), ValueError, "RMSNorm: expected eps at least 0.0, got -1"),
        (
            lambda: LayerNorm(4)(X),
            ShapeError,
            "LayerNorm.forward: expected 4 features on the last axis, got shape (4, 3)",
        ),
        (lambda: RMSNorm((4, 3))(np.ones((2, 3, 4))), ShapeError, "the last axes to be (4, 3), got shape (2, 3, 4)"),
        (lambda: LayerNorm((4, 3))(np.ones(3)), ShapeError, "the last axes to be (4, 3), got shape (3,)"),
        (lambda: LayerNorm(3)(X.astype(int)), DtypeError, "expected floating-point numbers, got int64"),
        (lambda: RMSNorm((4, 3))(X.tolist()), DtypeError, "expected a NumPy array, got list"),
        (
            lambda: GroupNorm(2, 3),
            ValueError,
            "GroupNorm: expected num_channels to be divisible by num_groups=2, got 3",
        ),
        (lambda: GroupNorm(0, 3), ValueError, "num_groups of at least 1, got 0"),
        (lambda: GroupNorm(1, 4)(X), ShapeError, "GroupNorm.forward: expected (N, C, ...), C = 4, got (4, 3)"),
        (lambda: GroupNorm(1, 3)(np.ones(3)), ShapeError, "got (3,)"),
        (lambda: GroupNorm(3, 3)(X[:1]), ValueError, "more than one number a group, got shape (1, 3) for 3 groups"),
        (lambda: GroupNorm(1, 3)(X.astype(int)), DtypeError, "expected floating-point numbers"),
        (lambda: GroupNorm(1, 3).backward(X), OrderError, "one forward before each backward"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^(Layer|RMS|Group)Norm(\.\w+)?: expected ") as raised:
        call()
    assert says in str(raised.value)


@pytest.mark.parametrize("layer", [LayerNorm(3), RMSNorm(3), GroupNorm(1, 3)], ids=lambda n: type(n).__name__)
def test_an_upstream_gradient_of_another_shape_is_refused(layer: Layer) -> None:
    layer(X)
    with pytest.raises(ShapeError, match=r"Norm.backward: expected shape \(4, 3\) \(that of y\), got \(3, 4\)"):
        layer.backward(X.T)
