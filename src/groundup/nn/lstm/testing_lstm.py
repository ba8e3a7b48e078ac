"""Checks for one moment of an LSTM: what would you ask of one that a stranger wrote?

Each function below is given a class ``LSTMKind`` and raises AssertionError where something is wrong with it. It is used
as in lstm.py, with ``kind = LSTMKind()``:

    after, kept = kind.step(of_input, (h, c), w_hh, b_hh)          after is (h, c); b_hh may be None
    d_input, d_hidden, before = kind.step_backward((dh, dc), kept, w_hh)

``d_input`` and ``d_hidden`` are the gradient of the sum of Eq. 1, ``before`` is that of the state (h, c) before.
"""

import numpy as np

from groundup.core import Array


def check_step(LSTMKind: type) -> None:
    """Complain where the state after a moment is wrong."""
    of_input, h, c, w_hh, b_hh = _inputs(0)
    for bias in (b_hh, None):
        (shown, cell), _ = LSTMKind().step(of_input, (h, c), w_hh, bias)
        i, f, g, o = np.split(of_input + h @ w_hh.T + (0 if bias is None else bias), 4, axis=1)
        wanted = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        np.testing.assert_allclose(cell, wanted)
        np.testing.assert_allclose(shown, _sigmoid(o) * np.tanh(wanted))


def check_step_backward(LSTMKind: type) -> None:
    """Complain where a gradient is not the slope of step, with gradients for both parts of the state after."""
    of_input, h, c, w_hh, b_hh = _inputs(1)
    rng = np.random.default_rng(2)
    dh, dc = rng.standard_normal(h.shape), rng.standard_normal(c.shape)

    def loss() -> float:
        (shown, cell), _ = LSTMKind().step(of_input, (h, c), w_hh, b_hh)
        return float((shown * dh).sum() + (cell * dc).sum())

    _, kept = LSTMKind().step(of_input, (h, c), w_hh, b_hh)
    d_input, d_hidden, (dh_before, dc_before) = LSTMKind().step_backward((dh, dc), kept, w_hh)
    np.testing.assert_allclose(d_hidden, d_input)
    for x, gradient in ((of_input, d_input), (h, dh_before), (c, dc_before)):
        for place in np.ndindex(x.shape):
            x[place] += 1e-6
            more = loss()
            x[place] -= 2e-6
            less = loss()
            x[place] += 1e-6
            np.testing.assert_allclose(gradient[place], (more - less) / 2e-6, atol=1e-6)


def _sigmoid(x: Array) -> Array:
    y: Array = 1 / (1 + np.exp(-x))
    return y


def _inputs(seed: int) -> tuple[Array, Array, Array, Array, Array]:
    """The input's part (2, 12), h and c (2, 3), the state's weights (12, 3) and bias (12,)."""
    rng = np.random.default_rng(seed)
    of_input, h, c, w_hh, b_hh = (rng.standard_normal(s) for s in ((2, 12), (2, 3), (2, 3), (12, 3), (12,)))
    return of_input, h, c, w_hh, b_hh
