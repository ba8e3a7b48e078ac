"""Every loss beside torch's of the same name: value and gradient, all reductions and options."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.conformance import RTOL, arrays, compare_loss, dtypes, tensor
from support.parity import close

reductions = st.sampled_from(["mean", "sum", "none"])
Drawn = tuple[dict[str, Any], np.ndarray, np.ndarray]


@st.composite
def regressions(draw: st.DrawFn, **args: st.SearchStrategy[Any]) -> Drawn:
    """Predictions and targets of one shape."""
    shape = tuple(draw(st.integers(1, 4)) for _ in range(draw(st.integers(1, 3))))
    dtype = draw(dtypes)
    given_args = {"reduction": draw(reductions)} | {key: draw(value) for key, value in args.items()}
    return given_args, 2 * draw(arrays(shape, dtype)), draw(arrays(shape, dtype))


@st.composite
def binary(draw: st.DrawFn) -> Drawn:
    """Logits and soft targets, with a weight a class and a weight a positive."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    dtype = draw(dtypes)
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    args: dict[str, Any] = {"reduction": draw(reductions)}
    for key in ("weight", "pos_weight"):
        if draw(st.booleans()):
            args[key] = rng.uniform(0.5, 3.0, shape[1]).astype(dtype)
    return args, 5 * draw(arrays(shape, dtype)), rng.random(shape).astype(dtype)


@st.composite
def classifications(draw: st.DrawFn) -> Drawn:
    """Labels with ignored ones, weights, smoothing, extra axes."""
    classes, dtype = draw(st.integers(2, 5)), draw(dtypes)
    tail = tuple(draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2))))
    n = draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    args: dict[str, Any] = {
        "reduction": draw(reductions),
        "label_smoothing": draw(st.sampled_from([0.0, 0.1, 0.5])),
        "ignore_index": draw(st.sampled_from([-100, 0])),
    }
    if draw(st.booleans()):
        args["weight"] = rng.uniform(0.5, 3.0, classes).astype(dtype)
    target = rng.integers(0, classes, (n, *tail))
    target.reshape(-1)[0] = classes - 1  # one row that counts, at least
    if args["ignore_index"] < 0:
        target.reshape(-1)[1:][rng.random(target.size - 1) < 0.3] = args["ignore_index"]
    return args, 5 * draw(arrays((n, classes, *tail), dtype)), target


@st.composite
def divergences(draw: st.DrawFn) -> Drawn:
    """Log-probabilities against probabilities, or their logarithms."""
    shape, dtype = (draw(st.integers(1, 4)), draw(st.integers(2, 5))), draw(dtypes)
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    log_p, log_q = (np.log(rng.dirichlet(np.ones(shape[1]), shape[0])).astype(dtype) for _ in range(2))
    args = {"reduction": draw(st.sampled_from(["mean", "sum", "none", "batchmean"])), "log_target": draw(st.booleans())}
    return args, log_p, log_q if args["log_target"] else np.exp(log_q)


LOSSES = {
    "MSELoss": regressions(),
    "L1Loss": regressions(),
    "HuberLoss": regressions(delta=st.sampled_from([1.0, 0.3, 2.0])),
    "SmoothL1Loss": regressions(beta=st.sampled_from([1.0, 0.3, 2.0])),
    "BCEWithLogitsLoss": binary(),
    "CrossEntropyLoss": classifications(),
    "KLDivLoss": divergences(),
}


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss")  # torch on its own KLDivLoss
@pytest.mark.parametrize("name", LOSSES)
def test_equals_torch(name: str, tally: Counter[str]) -> None:
    @settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(LOSSES[name])
    def over(drawn: Drawn) -> None:
        compare_loss(name, *drawn)
        tally["configurations beside torch"] += 1

    over()
    assert tally["configurations beside torch"] > 0


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def _ctc(data: st.DataObject) -> None:
    """CTC through a log-softmax: torch's own gradient for log-probabilities takes that it is there for granted."""
    import torch

    from groundup.nn import CTCLoss
    from groundup.nn.activation import log_softmax

    rng = np.random.default_rng(data.draw(st.integers(0, 9999)))
    n, steps, classes = data.draw(st.integers(1, 3)), data.draw(st.integers(4, 8)), data.draw(st.integers(2, 4))
    blank = data.draw(st.integers(0, classes - 1))
    lengths = rng.integers(0, 3, n)
    labels = np.array([k for k in range(classes) if k != blank])[rng.integers(0, classes - 1, (n, 2))]
    given_steps = rng.integers(4, steps + 1, n)
    logits, reduction = rng.standard_normal((steps, n, classes)), data.draw(reductions)
    ours, log_p = CTCLoss(blank=blank, reduction=reduction), log_softmax(logits, axis=-1)
    value = ours(log_p, labels, given_steps, lengths)
    upstream = np.asarray(rng.standard_normal(value.shape))
    dlog_p = ours.backward(upstream if value.shape else float(upstream))
    dlogits = dlog_p - np.exp(log_p) * dlog_p.sum(axis=-1, keepdims=True)  # back through the log-softmax
    z = tensor(logits, grad=True)
    theirs = torch.nn.CTCLoss(blank=blank, reduction=reduction)
    their_value = theirs(z.log_softmax(-1), tensor(labels), tensor(given_steps), tensor(lengths))
    close("loss", np.asarray(value), their_value.detach().numpy(), RTOL["float64"])
    their_value.backward(tensor(upstream))
    assert z.grad is not None
    close("gradient at the logits", dlogits, z.grad.numpy(), RTOL["float64"])


def test_ctc_equals_torch(tally: Counter[str]) -> None:
    _ctc()
    tally["configurations beside torch"] += 80
