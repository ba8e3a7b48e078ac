"""What the RNN, the LSTM and the GRU share: a cell over time, in layers and directions, and all of it back again.

A kind of network brings its ``step`` and ``step_backward``, one moment of time, as a mixin. Here each is run

    (1)  forward in time, t = 0 .. T-1, or backward in time for the second direction of a bidirectional layer
    (2)  layer upon layer: the outputs of both directions side by side are the next layer's input
    (3)  for each sequence as long as it is: beyond its length the state stays, and the output is zero

and backward visits the moments in the opposite order, adding up every moment's share of the gradients (back-propagation
through time).  Axes: T steps, N sequences, I inputs, H hidden units, G gates; inputs are (T, N, I), or (N, T, I) with
``batch_first``; states are (layers · directions, N, H).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.core import (
    Array,
    Layer,
    Parameter,
    Rng,
    expect_features,
    expect_in,
    expect_positive,
    expect_rank,
    expect_shape,
    generator,
    matmul_flops,
)
from groundup.nn.dropout import Dropout
from groundup.nn.rnn.states import expect_lengths, expect_states

State = tuple[Array, ...]


class Kind(Layer):
    """One moment of a kind of network. ``gates`` is how many vectors of H a moment computes."""

    gates: int
    states: int  # 1: h, 2: h and c

    def step(self, of_input: Array, state: State, w_hh: Array, b_hh: Array | None) -> tuple[State, State]:
        """(N, G·H) from the input, the state before -> the state after, and what ``step_backward`` needs."""
        raise NotImplementedError(f"{type(self).__name__} does not define step")

    def step_backward(self, dstate: State, kept: State, w_hh: Array) -> tuple[Array, Array, State]:
        """Gradients of the state after -> of the input's part (N, G·H), of the state's part (N, G·H), of the state."""
        raise NotImplementedError(f"{type(self).__name__} does not define step_backward")

    def make(self, inputs: int, hidden: int, bias: bool, rng: np.random.Generator, suffix: str = "") -> None:
        """The weights of one cell, uniform in ±1/√H as in torch.nn, under torch's names."""
        rows = self.gates * hidden
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inputs), "weight_hh": (rows, hidden)}
        if bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        for name, shape in shapes.items():
            drawn = rng.uniform(-(hidden**-0.5), hidden**-0.5, shape).astype("float32")
            setattr(self, name + suffix, Parameter(drawn))

    def weights(self, suffix: str = "") -> tuple[Parameter, Parameter, Parameter | None, Parameter | None]:
        """The weights of one cell."""
        w_ih, w_hh, b_ih, b_hh = (
            getattr(self, f"{n}{suffix}", None) for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        return w_ih, w_hh, b_ih, b_hh  # type: ignore[return-value]


class Cell(Kind):
    """One moment as a layer: (N, I) and a state (N, H) -> the next state."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, rng: Rng | None = None) -> None:
        expect_positive(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        self.make(input_size, hidden_size, bias, generator(type(self).__name__, rng))

    def forward(self, x: Array, state: Any = None) -> Any:
        """(N, I) and h (N, H), or (h, c) -> the state after; zeros where no state is given."""
        who = f"{type(self).__name__}.forward"
        x = expect_rank(who, expect_features(who, x, self.input_size), "NI")
        before = expect_states(who, state, self.states, (len(x), self.hidden_size), x.dtype)
        w_ih, w_hh, b_ih, b_hh = self.weights()
        of_input = x @ w_ih.value.T + (0 if b_ih is None else b_ih.value)
        after, kept = self.step(of_input, before, w_hh.value, None if b_hh is None else b_hh.value)
        self.keep(x, before, kept)
        return after if self.states > 1 else after[0]

    def backward(self, dstate: Any) -> Any:
        """Gradient of the state after -> (dx, gradient of the state before); adds to those of the weights."""
        x, before, kept = self.kept_all()
        given = dstate if self.states > 1 else (dstate,)
        for d in given:
            expect_shape(f"{type(self).__name__}.backward", d, before[0].shape, like="the state")
        w_ih, w_hh, b_ih, b_hh = self.weights()
        d_input, d_hidden, d_before = self.step_backward(tuple(given), kept, w_hh.value)
        add_gradients((w_ih, w_hh, b_ih, b_hh), x, before[0], d_input, d_hidden)
        return d_input @ w_ih.value, d_before if self.states > 1 else d_before[0]

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Both products of the moment."""
        return matmul_flops(x_shape[0], self.input_size + self.hidden_size, self.gates * self.hidden_size)


class Recurrent(Kind):
    """A kind of network over whole sequences: layers, directions, lengths. Arguments and state keys are torch.nn's."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        rng: Rng | None = None,
    ) -> None:
        who = type(self).__name__
        expect_positive(who, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        draw, self.directions = generator(who, rng), 1 + bidirectional
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * self.directions
            for direction in range(self.directions):
                self.make(width, hidden_size, bias, draw, _suffix(layer, direction))
        drops = num_layers - 1 if expect_in(who, "dropout", dropout, 0.0, 1.0) else 0
        self.between = [Dropout(dropout, rng=draw) for _ in range(drops)]  # after each layer but the last

    def forward(self, x: Any, state: Any = None, *, lengths: Any = None) -> tuple[Any, Any]:
        """(T, N, I), state or zeros -> the last layer's (T, N, D·H), and every layer's last state.

        ``lengths`` (N,) says how many steps of each sequence are real: padding changes nothing and gives zeros. A
        PackedSequence says so itself; out comes another, and backward takes and gives one. A state that one forward
        returned goes into the next: the text goes on, and gradients stop there (truncation).
        """
        who = f"{type(self).__name__}.forward"
        x, known, leave = self.enter(who, x)
        if known is not None and lengths is not None:
            raise ValueError(f"{who}: expected packed input or lengths, got both; what is packed knows its lengths")
        expect_features(who, x, self.input_size)
        lengths = known if lengths is None else lengths
        steps, n = x.shape[:2]
        shape = (self.num_layers * self.directions, n, self.hidden_size)
        states = expect_states(who, state, self.states, shape, x.dtype)
        real = None if lengths is None else expect_lengths(who, lengths, n, steps)  # (T, N, 1)
        x = x if real is None else np.where(real, x, 0)  # a filler may be anything, nan too
        lasts, runs = [], []
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(self.directions):
                at = layer * self.directions + direction
                y, last, run = self.run(
                    x, tuple(s[at] for s in states), _suffix(layer, direction), real, direction == 1
                )
                outputs.append(y)
                lasts.append(last)
                runs.append(run)
            x = outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=2)
            if layer < len(self.between):
                x = self.between[layer](x)
        self.keep(runs, x.shape, real)
        after = tuple(np.stack(s) for s in zip(*lasts, strict=True))
        return leave(x), after if self.states > 1 else after[0]

    def backward(self, dy: Any, dstate: Any = None) -> tuple[Any, Any]:
        """Gradients of the outputs, and of the last state where it was used -> (dx, gradient of the first state)."""
        runs, shape, real = self.kept_all()
        dy, _, leave = self.enter(f"{type(self).__name__}.backward", dy)
        expect_shape(f"{type(self).__name__}.backward", dy, shape, like="y")
        whole = (self.num_layers * self.directions, shape[1], self.hidden_size)
        dlast = expect_states(f"{type(self).__name__}.backward", dstate, self.states, whole, dy.dtype)
        firsts: list[State] = [()] * len(runs)
        for layer in range(self.num_layers - 1, -1, -1):
            dy = self.between[layer].backward(dy) if layer < len(self.between) else dy
            parts = np.split(dy, self.directions, axis=2)
            dx = []
            for direction, part in enumerate(parts):
                at = layer * self.directions + direction
                given = tuple(d[at] for d in dlast)
                back, firsts[at] = self.run_backward(
                    part, given, runs[at], _suffix(layer, direction), real, direction == 1
                )
                dx.append(back)
            dy = dx[0] if len(dx) == 1 else dx[0] + dx[1]
        before = tuple(np.stack(s) for s in zip(*firsts, strict=True))
        return leave(dy), before if self.states > 1 else before[0]

    def enter(self, who: str, x: Any) -> tuple[Array, Any, Callable[[Array], Any]]:
        """Padded or packed -> (T, N, I), the lengths where they are known, and the way back to that form."""
        if hasattr(x, "unpack"):  # a PackedSequence: nn.packing, which comes later in the course
            return *x.unpack(), x.repack
        x = expect_rank(who, x, "NTI" if self.batch_first else "TNI")
        return self._turned(x), None, self._turned

    def _turned(self, x: Array) -> Array:
        return x.swapaxes(0, 1) if self.batch_first else x

    def run(self, x: Array, state: State, suffix: str, real: Any, reverse: bool) -> tuple[Array, State, Any]:
        """One cell over (T, N, I): outputs (T, N, H), the last state, and what ``run_backward`` needs."""
        w_ih, w_hh, b_ih, b_hh = self.weights(suffix)
        of_input = x @ w_ih.value.T + (0 if b_ih is None else b_ih.value)  # (T, N, G·H), all moments at once
        y = np.zeros((*x.shape[:2], self.hidden_size), x.dtype)
        befores: list[State] = [()] * len(x)
        kept: list[State] = [()] * len(x)
        for t in _order(len(x), reverse):
            befores[t] = state
            after, kept[t] = self.step(of_input[t], state, w_hh.value, None if b_hh is None else b_hh.value)
            y[t] = after[0] if real is None else after[0] * real[t]
            state = after if real is None else tuple(np.where(real[t], a, s) for a, s in zip(after, state, strict=True))
        return y, state, (x, befores, kept)

    def run_backward(
        self, dy: Array, dstate: State, run: Any, suffix: str, real: Any, reverse: bool
    ) -> tuple[Array, State]:
        """The moments of ``run`` in the opposite order: dx (T, N, I) and the gradient of the first state."""
        x, befores, kept = run
        w_ih, w_hh, b_ih, b_hh = self.weights(suffix)
        d_input = np.zeros((*x.shape[:2], self.gates * self.hidden_size), dy.dtype)
        d_hidden = np.zeros_like(d_input)
        for t in reversed(_order(len(x), reverse)):
            d_after = (dstate[0] + dy[t], *dstate[1:])
            stays = None
            if real is not None:  # beyond the length the state went by untouched, and the output was zero
                stays = tuple(np.where(real[t], 0, d) for d in dstate)
                d_after = tuple(np.where(real[t], d, 0) for d in d_after)
            d_input[t], d_hidden[t], dstate = self.step_backward(d_after, kept[t], w_hh.value)
            if stays is not None:
                dstate = tuple(a + b for a, b in zip(dstate, stays, strict=True))
        before = np.stack([s[0] for s in befores]) if befores else np.zeros((0, *dstate[0].shape), dy.dtype)
        add_gradients((w_ih, w_hh, b_ih, b_hh), x, before, d_input, d_hidden)
        return d_input @ w_ih.value, dstate

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Both products of every moment, layer and direction."""
        rows = x_shape[0] * x_shape[1]
        widths = [self.input_size] + [self.hidden_size * self.directions] * (self.num_layers - 1)
        per = (matmul_flops(rows, width + self.hidden_size, self.gates * self.hidden_size) for width in widths)
        return self.directions * sum(per)


def add_gradients(weights: Any, x: Array, before: Array, d_input: Array, d_hidden: Array) -> None:
    """dW_ih = Σ d_inputᵀ x, dW_hh = Σ d_hiddenᵀ h, db = Σ d, each one product over all moments at once."""
    w_ih, w_hh, b_ih, b_hh = weights
    rows_in, rows_hidden = d_input.reshape(-1, d_input.shape[-1]), d_hidden.reshape(-1, d_hidden.shape[-1])
    w_ih.grad += rows_in.T @ x.reshape(len(rows_in), x.shape[-1])
    w_hh.grad += rows_hidden.T @ before.reshape(len(rows_hidden), before.shape[-1])
    if b_ih is not None:
        b_ih.grad += rows_in.sum(axis=0)
        b_hh.grad += rows_hidden.sum(axis=0)


def _suffix(layer: int, direction: int) -> str:
    return f"_l{layer}" + "_reverse" * direction


def _order(steps: int, reverse: bool) -> range:
    return range(steps - 1, -1, -1) if reverse else range(steps)
