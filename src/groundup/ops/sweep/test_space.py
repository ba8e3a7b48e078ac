"""What may vary: bounds, choices, grids; what is refused."""

from typing import Any

import pytest

from groundup.labs.binary_classification import LAB
from groundup.labs.mnist_mlp import LAB as MNIST
from groundup.ops.sweep.space import Axis, axis_of, grid_of, space_of


class Ends:
    """A trial of Optuna's that always draws the upper end."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
        return high

    def suggest_int(self, name: str, low: int, high: int, *, log: bool) -> int:
        return high

    def suggest_categorical(self, name: str, choices: tuple[Any, ...]) -> Any:
        return choices[-1]


@pytest.mark.parametrize(
    ("given", "drawn", "said"),
    [
        ((0.001, 0.123456, "log"), 0.123, "0.001 to 0.123456 (log)"),
        ((1, 12345), 12345, "1 to 12345"),
        ([16, 32], 32, "16, 32"),
        ([[16, 16], (32, 8)], "32,8", "16,16, 32,8"),
        ([False, True], True, "False, True"),
    ],
)
def test_an_axis_draws_what_the_lab_wrote(given: Any, drawn: Any, said: str) -> None:
    axis = axis_of("x", given)
    value = axis.draw(Ends())
    assert (value, type(value), axis.said()) == (drawn, type(drawn), said)


@pytest.mark.parametrize("given", [(2, 1), (1.0,), (1, 2, "linear"), [], (1, 2, "log", 3)])
def test_what_is_neither_bounds_nor_choices_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match=r"expected \(low, high\), .* or choices for x, got"):
        axis_of("x", given)


def test_a_grid_has_every_choice_and_both_ends_of_a_range() -> None:
    assert Axis("net", ("a", "b")).grid() == ["a", "b"]
    assert Axis("lr", low=0.001, high=1.0, log=True).grid() == pytest.approx([0.001, 0.01, 0.1, 1.0])
    assert Axis("layers", low=1, high=3).grid() == [1, 2, 3]
    points = grid_of([Axis("net", ("a", "b")), Axis("layers", low=1, high=3)], seed=0)
    assert sorted((p["net"], p["layers"]) for p in points) == [(n, k) for n in "ab" for k in (1, 2, 3)]
    assert points == grid_of([Axis("net", ("a", "b")), Axis("layers", low=1, high=3)], seed=0)
    assert [p["net"] for p in points] != sorted(p["net"] for p in points)


def test_a_lab_that_says_nothing_has_the_usual_space_around_its_learning_rate() -> None:
    lr, *others = space_of(LAB, {})
    assert (lr.name, lr.log) == ("lr", True)
    assert lr.low < LAB.settings().lr < lr.high
    assert [axis.name for axis in others] == ["weight_decay", "batch_size"]


def test_fixed_settings_do_not_vary() -> None:
    assert [axis.name for axis in space_of(MNIST, {"lr": "0.1", "epochs": "3"})] == [
        name for name in MNIST.space if name != "lr"
    ]
    with pytest.raises(ValueError, match=r"something to vary, got --set for all of lr, weight_decay, batch_size"):
        space_of(LAB, dict.fromkeys(("lr", "weight_decay", "batch_size"), "1"))
