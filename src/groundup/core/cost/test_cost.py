import numpy as np
import pytest

from groundup.core import Layer, Parameter, Sequential
from groundup.core.cost import (
    activation_bytes,
    attention_flops,
    convolution_flops,
    count_parameters,
    matmul_flops,
    own_parameters,
    summarise,
)
from groundup.core.gradient_check.gradient_check import Example
from support.parity import twin


class Pair(Layer):
    """Two layers, one weight, an output and a by-product."""

    def __init__(self) -> None:
        self.first, self.second = Example(3, 3), Example(3, 3)
        self.second.weight = self.first.weight
        self.scale = Parameter(np.ones(3))

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, int]:
        return self.scale.value * self.second(self.first(x)), 7


@pytest.mark.parametrize(("m", "k", "n"), [(2, 3, 4), (64, 784, 128), (1, 1, 1)])
def test_a_product_is_counted_as_torch_counts_it(m: int, k: int, n: int) -> None:
    import torch

    assert matmul_flops(m, k, n) == twin("core/cost").flops(torch.nn.Linear(k, n, bias=False), torch.zeros(m, k))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("kernel", "stride"), [((3, 3), 1), ((3, 2), 2), ((1, 1), 1)])
def test_a_convolution_is_counted_as_torch_counts_it(kernel: tuple[int, int], stride: int, groups: int) -> None:
    import torch

    module = torch.nn.Conv2d(4, 6, kernel, stride=stride, groups=groups, bias=False)
    x = torch.zeros(2, 4, 9, 8)
    assert convolution_flops(tuple(module(x).shape), kernel, 4, groups) == twin("core/cost").flops(module, x)


def test_attention_is_counted_as_torch_counts_it() -> None:
    import torch

    class Attend(torch.nn.Module):
        def forward(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
            return torch.softmax(q @ k.transpose(-1, -2), -1) @ k

    q, k = torch.zeros(2, 3, 5, 8), torch.zeros(2, 3, 7, 8)
    assert attention_flops(2, 3, 5, 7, 8) == twin("core/cost").flops(Attend(), q, k)


def test_a_shared_weight_counts_once() -> None:
    import torch

    shared = torch.nn.Linear(3, 3)
    assert twin("core/cost").count_parameters(torch.nn.Sequential(shared, shared)) == 12
    pair = Pair()
    assert count_parameters(pair.parameters()) == 12
    assert own_parameters(pair) == 3
    assert count_parameters([]) == 0


def test_bytes_are_those_of_the_arrays() -> None:
    arrays = [np.zeros((2, 3), np.float32), np.zeros((4,), np.float32)]
    assert activation_bytes([a.shape for a in arrays], 4) == sum(a.nbytes for a in arrays)


def test_a_summary_lists_the_layers_in_the_order_in_which_they_run() -> None:
    summary = Pair().summary((5, 3), dtype="float64")
    assert [(row.name, row.kind, row.output) for row in summary.rows] == [
        ("first", "Example", (5, 3)),
        ("second", "Example", (5, 3)),
        ("", "Pair", (5, 3)),
    ]
    assert summary.parameters == 12
    assert summary.activation_bytes == 2 * 5 * 3 * 8
    text = str(summary)
    assert text.splitlines()[-2].split() == ["total", "12", "0.00"]
    assert "second Example" in text


def test_a_summary_leaves_the_model_as_it_was() -> None:
    model = Sequential(Example(3, 2), Example(2, 3))
    x = np.random.default_rng(0).standard_normal((4, 3))
    model[0].eval()
    model(x)
    summarise(model, [(1, 3)])
    assert (model.training, model[0].training, model[1].training) == (True, False, True)
    assert model.backward(np.ones((4, 3))).shape == (4, 3)  # what forward kept is still there


def test_what_forward_raises_is_raised_and_nothing_is_left_behind() -> None:
    model = Sequential(Example(3, 2))
    with pytest.raises(ValueError, match="matmul"):
        model.summary((1, 4))
    assert model.training
    assert "forward" not in vars(model[0])
