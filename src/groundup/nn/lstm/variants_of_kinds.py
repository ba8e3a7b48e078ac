"""Other right answers to the exercise that tests an LSTM."""

import numpy as np

from groundup.core import variant


@variant("check_step", "one unit whose gates stand where they are put")
def gates_put_by_hand(LSTMKind: type) -> None:
    kind, w_hh, h, c = LSTMKind(), np.zeros((4, 1)), np.array([[7.0]]), np.array([[3.0]])
    shut, half, wide = -50.0, 0.0, 50.0
    for i, f, g, o, cell, shown in (
        (shut, wide, 1.0, wide, 3.0, np.tanh(3.0)),
        (wide, shut, 1.0, wide, np.tanh(1.0), np.tanh(np.tanh(1.0))),
        (half, half, -2.0, half, 1.5 + np.tanh(-2.0) / 2, np.tanh(1.5 + np.tanh(-2.0) / 2) / 2),
        (wide, wide, 0.0, shut, 3.0, 0.0),
    ):
        (h_after, c_after), _ = kind.step(np.array([[i, f, g, o]]), (h, c), w_hh, None)
        np.testing.assert_allclose(c_after, [[cell]], atol=1e-9)
        np.testing.assert_allclose(h_after, [[shown]], atol=1e-9)
    (_, by_bias), _ = kind.step(np.zeros((1, 4)), (h, c), w_hh, np.array([shut, wide, 0.0, 0.0]))
    (_, by_state), _ = kind.step(np.zeros((1, 4)), (h, c), np.array([[shut], [wide], [0.0], [0.0]]), None)
    np.testing.assert_allclose([by_bias, by_state], 3.0)


@variant("check_step_backward", "the formula, factor by factor")
def factor_by_factor(LSTMKind: type) -> None:
    rng, kind = np.random.default_rng(4), LSTMKind()
    a, h, c, w_hh = (rng.standard_normal(s) for s in ((1, 8), (1, 2), (1, 2), (8, 2)))
    dh, dc = rng.standard_normal((1, 2)), rng.standard_normal((1, 2))
    (_, cell), kept = kind.step(a, (h, c), w_hh, None)
    i, f, g, o = np.split(a + h @ w_hh.T, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
    g, t = np.tanh(g), np.tanh(cell)
    whole = dc + dh * o * (1 - t**2)
    slopes = [whole * g * i * (1 - i), whole * c * f * (1 - f), whole * i * (1 - g**2), dh * t * o * (1 - o)]
    wanted = np.concatenate(slopes, axis=1)
    d_input, d_hidden, (dh_before, dc_before) = kind.step_backward((dh, dc), kept, w_hh)
    for got, right in ((d_input, wanted), (d_hidden, wanted), (dh_before, wanted @ w_hh), (dc_before, whole * f)):
        np.testing.assert_allclose(got, right)
