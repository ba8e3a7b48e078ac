import numpy as np
import pytest
import torch

from groundup.core import (
    Buffer,
    DtypeError,
    Layer,
    OrderError,
    Parameter,
    Sequential,
    ShapeError,
    StateError,
    expect_in,
    expect_labels,
    expect_rank,
    generator,
    gradcheck,
    load_state,
    load_state_and_metadata,
    restore_rng,
    rng_state,
    save_state,
    write_atomically,
)
from groundup.models import MLP
from groundup.nn import Linear, ReLU
from support.parity import twin


class Twice(Layer):
    """y = a x, with a gradient that may be wrong on purpose."""

    def __init__(self, factor: float = 1.0) -> None:
        self.a = Parameter(np.array([2.0]))
        self.factor = factor

    def forward(self, x):
        self.keep(x)
        return x * self.a.value

    def backward(self, dy):
        x = self.kept()
        self.a.grad += (dy * x).sum() * self.factor
        return dy * self.a.value * self.factor


class Tree(Layer):
    """Own parameters, a child, a list of children."""

    def __init__(self) -> None:
        self.head = Linear(2, 1, rng=0)
        self.scale = Parameter(np.ones(1, np.float32))
        self.blocks = [Linear(1, 1, rng=0), "no layer", Linear(1, 1, bias=False, rng=0)]
        self._hidden = [Linear(1, 1, rng=0)]


def test_names_are_those_of_torch_and_own_parameters_come_first() -> None:
    names = [name for name, _ in Tree().named_parameters()]
    assert names == ["scale", "head.weight", "head.bias", "blocks.0.weight", "blocks.0.bias", "blocks.2.weight"]
    assert len(Tree().parameters()) == 6


def test_train_and_eval_reach_every_child() -> None:
    tree = Tree().eval()
    assert not tree.training
    assert not tree.head.training
    assert not tree.blocks[2].training
    assert tree.train().blocks[0].training


def test_zero_grad_and_to() -> None:
    tree = Tree().to(np.float64)
    assert all(p.value.dtype == p.grad.dtype == np.float64 for p in tree.parameters())
    tree.scale.grad += 3
    tree.zero_grad()
    assert tree.scale.grad[0] == 0
    assert repr(tree.scale) == "Parameter(shape=(1,), dtype=float64)"


def test_a_layer_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Layer does not define forward"):
        Layer().forward(np.ones(1))
    with pytest.raises(NotImplementedError, match="Layer does not define backward"):
        Layer().backward(np.ones(1))


def test_each_forward_allows_one_backward() -> None:
    layer = Twice()
    layer(np.ones(3))
    layer.backward(np.ones(3))
    with pytest.raises(OrderError, match=r"Twice\.backward: expected one forward before each backward"):
        layer.backward(np.ones(3))


def test_sequential_runs_in_order_and_back() -> None:
    x = np.random.default_rng(0).standard_normal((4, 3))
    model = Sequential(Linear(3, 5, rng=0), Linear(5, 2, rng=1))
    assert [name for name, _ in model.named_parameters()] == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert gradcheck(model, x, rng=0)[0].error < 1e-8
    assert len(model) == 2
    assert [*model][1] is model[1]
    with pytest.raises(TypeError, match="Sequential: expected layers"):
        Sequential(Linear(3, 5, rng=0), Linear)


def test_load_state_dict_names_every_fault_and_changes_nothing() -> None:
    layer = Linear(3, 2, rng=0)
    before = layer.state_dict()
    with pytest.raises(StateError, match="missing bias; unknown scale; weight has shape") as raised:
        layer.load_state_dict({"weight": np.ones((3, 2)), "scale": np.ones(1)})
    assert "(3, 2), expected (2, 3)" in str(raised.value)
    assert all(np.array_equal(before[k], v) for k, v in layer.state_dict().items())


def test_state_files_hold_metadata_and_load_in_torch(tmp_path) -> None:
    from safetensors.torch import load_file

    path = tmp_path / "deep" / "a.safetensors"
    save_state(path, {"w": np.arange(6.0).reshape(2, 3)[:, ::2]}, {"step": "7"})
    state, metadata = load_state_and_metadata(path)
    assert metadata == {"step": "7"}
    assert np.array_equal(state["w"], [[0, 2], [3, 5]])
    assert load_file(path)["w"].tolist() == [[0, 2], [3, 5]]
    save_state(path, {"w": np.zeros(1)})
    assert load_state_and_metadata(path)[1] == {}


def test_a_missing_or_broken_state_file_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="found none"):
        load_state(tmp_path / "none.safetensors")
    save_state(tmp_path / "a.safetensors", {"w": np.ones(100)})
    whole = (tmp_path / "a.safetensors").read_bytes()
    (tmp_path / "a.safetensors").write_bytes(whole[:-9])
    with pytest.raises(StateError, match="was the copy cut short"):
        load_state(tmp_path / "a.safetensors")


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new and longer")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_generators() -> None:
    rng = np.random.default_rng(0)
    assert generator("x", rng) is rng
    assert generator("x", 5).integers(100) == generator("x", np.int64(5)).integers(100)
    for wrong in (None, True, "0", 1.5):
        with pytest.raises(TypeError, match="x: expected rng to be a seed"):
            generator("x", wrong)
    state = rng_state(rng)
    first = rng.random(3)
    restore_rng(rng, state)
    assert np.array_equal(first, rng.random(3))


def test_guards() -> None:
    assert expect_rank("x", np.ones((2, 3)), "NI").shape == (2, 3)
    with pytest.raises(ShapeError, match=r"expected shape \(N, I\), got \(2, 3, 4\); flatten the trailing axes"):
        expect_rank("x", np.ones((2, 3, 4)), "NI")
    with pytest.raises(ShapeError, match=r"expected shape \(N,\), got \(\); add the missing axis"):
        expect_rank("x", np.array(1.0), "N")
    assert expect_labels("x", np.array([0, 2]), 2, 3).tolist() == [0, 2]
    assert expect_labels("x", np.array([], dtype=int), 0, 3).size == 0
    with pytest.raises(DtypeError, match="expected integer class labels, got float64"):
        expect_labels("x", np.ones(2), 2, 3)
    with pytest.raises(ShapeError, match="expected 2 labels"):
        expect_labels("x", np.array([1]), 2, 3)
    for labels in ([0, 3], [-1, 0]):
        with pytest.raises(ValueError, match="expected labels from 0 to 2"):
            expect_labels("x", np.array(labels), 2, 3)
    assert expect_in("x", "p", 0.5, 0, 1) == 0.5
    with pytest.raises(ValueError, match=r"x: expected p between 0 and 1, got 1.5"):
        expect_in("x", "p", 1.5, 0, 1)
    with pytest.raises(TypeError, match=r"x: expected lr to be a number, got '0\.1'"):
        expect_in("x", "lr", "0.1", 0)
    with pytest.raises(ValueError, match="x: expected lr at least 0, got nan"):
        expect_in("x", "lr", float("nan"), 0)


def test_a_summary_counts_a_network_as_torch_counts_it() -> None:
    summary = MLP([784, 128, 10], rng=0).summary((64, 784))
    theirs = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    assert summary.flops == twin("core/cost").flops(theirs, torch.zeros(64, 784))
    assert summary.parameters == twin("core/cost").count_parameters(theirs)


def test_a_gradient_of_another_shape_is_refused_and_a_parameter_says_what_it_is() -> None:
    parameter = Parameter(np.zeros((2, 3)))
    with pytest.raises(ShapeError, match=r"Parameter.grad: expected shape \(2, 3\)"):
        parameter.grad = np.zeros(3)
    assert repr(parameter) == "Parameter(shape=(2, 3), dtype=float64)"
    assert repr(Buffer(np.zeros(2, "float32"))) == "Buffer(shape=(2,), dtype=float32)"
    parameter.grad += 1
    parameter.zero_grad()
    assert not parameter.grad.any()


def test_nobody_asks_for_dx_of_layers_without_parameters_either() -> None:
    net = Sequential(ReLU(), Linear(3, 2, rng=0)).needs_input_grad(False)
    y = net(np.ones((4, 3), "float32"))
    assert net.backward(np.ones_like(y)) is None
    assert Sequential(ReLU()).needs_input_grad(False).input_grad is False
