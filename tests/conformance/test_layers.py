"""Every layer beside torch's of the same name, over configurations that Hypothesis draws."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.conformance import Case, Family, arrays, batches, compare, dtypes


def pair(values: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """A number for both axes, or one for each."""
    return st.one_of(values, st.tuples(values, values))


def span(kernel: int, dilation: int) -> int:
    """Places from the first to the last that a kernel touches."""
    return dilation * (kernel - 1) + 1


def each(value: Any, axes: int) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * axes


@st.composite
def convolutions(draw: st.DrawFn, axes: int, transposed: bool = False) -> Case:
    """Kernel, stride, padding, dilation and groups of each kind, on an image that they fit on."""
    several = pair if axes == 2 else (lambda s: s)
    small = st.integers(1, 3)
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    args: dict[str, Any] = {
        "in_channels": groups * draw(st.integers(1, 2)),
        "out_channels": groups * draw(st.integers(1, 2)),
        "kernel_size": draw(several(small)),
        "stride": draw(several(small)),
        "dilation": draw(several(st.integers(1, 2))),
        "padding": draw(several(st.integers(0, 2))),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    kernel, stride, dilation = (each(args[key], axes) for key in ("kernel_size", "stride", "dilation"))
    if transposed:
        args["output_padding"] = tuple(
            draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
        )
    elif stride == (1,) * axes and draw(st.booleans()):
        args["padding"] = draw(st.sampled_from(["same", "valid"]))
    least = [span(k, d) + 4 * transposed for k, d in zip(kernel, dilation, strict=True)]
    image = tuple(draw(st.integers(n, n + 5)) for n in least)
    return Case(args, (draw(arrays((draw(batches), args["in_channels"], *image), draw(dtypes))),))


@st.composite
def poolings(draw: st.DrawFn, axes: int, kind: str) -> Case:
    """Windows with stride, padding of at most half a window, dilation for max, ceil_mode and what averages count."""
    several = pair if axes == 2 else (lambda s: s)
    args: dict[str, Any] = {"kernel_size": draw(several(st.integers(1, 3)))}
    kernel = each(args["kernel_size"], axes)
    if draw(st.booleans()):
        args["stride"] = draw(several(st.integers(1, 3)))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    args["padding"] = padding if axes == 2 else padding[0]
    args["ceil_mode"] = draw(st.booleans())
    dilation = (1,) * axes
    if kind == "Max":
        args["dilation"] = draw(several(st.integers(1, 2)))
        dilation = each(args["dilation"], axes)
    else:
        args["count_include_pad"] = draw(st.booleans())
    image = tuple(draw(st.integers(span(k, d), span(k, d) + 5)) for k, d in zip(kernel, dilation, strict=True))
    return Case(args, (draw(arrays((draw(batches), draw(st.integers(1, 3)), *image), draw(dtypes))),))


@st.composite
def adaptive(draw: st.DrawFn, axes: int) -> Case:
    """Any size of output, with None for an axis that stays as it is."""
    size: Any = draw(st.integers(1, 4))
    if axes == 2 and draw(st.booleans()):
        size = tuple(draw(st.one_of(st.integers(1, 4), st.none())) for _ in range(2))
    image = tuple(draw(st.integers(1, 7)) for _ in range(axes))
    return Case({"output_size": size}, (draw(arrays((draw(batches), draw(st.integers(1, 3)), *image), draw(dtypes))),))


@st.composite
def batch_norms(draw: st.DrawFn, axes: int) -> Case:
    """Training and evaluation, with and without affine, running statistics, momentum."""
    channels, training = draw(st.integers(1, 4)), draw(st.booleans())
    args = {
        "num_features": channels,
        "eps": draw(st.sampled_from([1e-5, 1e-2])),
        "momentum": draw(st.sampled_from([0.1, 0.5, None])),
        "affine": draw(st.booleans()),
        "track_running_stats": draw(st.booleans()),
    }
    tail = (draw(st.integers(1, 4)), draw(st.integers(1, 4))) if axes == 2 else draw(st.sampled_from([(), (3,), (5,)]))
    shape = (draw(st.integers(2, 5)), channels, *tail)
    return Case(args, (draw(arrays(shape, draw(dtypes))),), training=training)


@st.composite
def layer_norms(draw: st.DrawFn, kind: str) -> Case:
    """Normalised over one, two or three trailing axes."""
    shape = tuple(draw(st.integers(1, 4)) for _ in range(draw(st.integers(1, 3))))
    args: dict[str, Any] = {
        "normalized_shape": shape if len(shape) > 1 or draw(st.booleans()) else shape[0],
        "eps": draw(st.sampled_from([1e-5, 1e-2])),
        "elementwise_affine": draw(st.booleans()),
    }
    if kind == "LayerNorm":
        args["bias"] = draw(st.booleans())
    lead = (draw(batches), *(draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2)))))
    return Case(args, (draw(arrays((*lead, *shape), draw(dtypes))),))


@st.composite
def group_norms(draw: st.DrawFn) -> Case:
    """From one group (a layer norm over all channels) to one a channel (an instance norm)."""
    groups = draw(st.integers(1, 3))
    channels = groups * draw(st.integers(1, 3))
    args = {"num_groups": groups, "num_channels": channels, "affine": draw(st.booleans())}
    tail = tuple(draw(st.integers(1, 4)) for _ in range(draw(st.integers(1, 2))))  # one value alone has no spread
    return Case(args, (draw(arrays((draw(batches), channels, *tail), draw(dtypes))),))


@st.composite
def linears(draw: st.DrawFn) -> Case:
    args = {
        "in_features": draw(st.integers(1, 6)),
        "out_features": draw(st.integers(1, 6)),
        "bias": draw(st.booleans()),
    }
    lead = (draw(batches), *(draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2)))))
    return Case(args, (draw(arrays((*lead, args["in_features"]), draw(dtypes))),))


@st.composite
def elementwise(draw: st.DrawFn, **args: st.SearchStrategy[Any]) -> Case:
    shape = (draw(batches), *(draw(st.integers(1, 5)) for _ in range(draw(st.integers(1, 3)))))
    return Case({key: draw(value) for key, value in args.items()}, (draw(arrays(shape, draw(dtypes))),))


@st.composite
def flattens(draw: st.DrawFn) -> Case:
    rank = draw(st.integers(2, 4))
    shape = (draw(batches), *(draw(st.integers(1, 4)) for _ in range(rank - 1)))
    start = draw(st.integers(0, rank - 1))
    args = {"start_dim": start, "end_dim": draw(st.sampled_from([-1, *range(start, rank)]))}
    return Case(args, (draw(arrays(shape, draw(dtypes))),))


@st.composite
def embeddings(draw: st.DrawFn) -> Case:
    import numpy as np

    rows = draw(st.integers(1, 6))
    args = {
        "num_embeddings": rows,
        "embedding_dim": draw(st.integers(1, 4)),
        "padding_idx": draw(st.one_of(st.none(), st.integers(0, rows - 1))),
    }
    shape = (draw(batches), *(draw(st.integers(1, 4)) for _ in range(draw(st.integers(0, 2)))))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Case(args, (rng.integers(0, rows, shape),))


FAMILIES = [
    Family("Linear", linears(), random_start=True),
    Family("Sigmoid", elementwise()),
    Family("Tanh", elementwise()),
    Family("ReLU", elementwise()),
    Family("LeakyReLU", elementwise(negative_slope=st.sampled_from([0.01, 0.2, 0.0]))),
    Family("SiLU", elementwise()),
    Family("GELU", elementwise(approximate=st.sampled_from(["none", "tanh"]))),
    Family("Softmax", elementwise(dim=st.sampled_from([-1, 1]))),
    Family("Conv1d", convolutions(1), random_start=True, examples=100),
    Family("Conv2d", convolutions(2), random_start=True, examples=200),
    Family("ConvTranspose2d", convolutions(2, transposed=True), random_start=True, examples=100),
    *(Family(f"{kind}Pool{n}d", poolings(n, kind), examples=80) for kind in ("Max", "Avg") for n in (1, 2)),
    *(Family(f"Adaptive{kind}Pool{n}d", adaptive(n)) for kind in ("Max", "Avg") for n in (1, 2)),
    Family("Flatten", flattens()),
    Family("BatchNorm1d", batch_norms(1), examples=80),
    Family("BatchNorm2d", batch_norms(2), examples=80),
    Family("LayerNorm", layer_norms("LayerNorm"), examples=80),
    Family("RMSNorm", layer_norms("RMSNorm")),
    Family("GroupNorm", group_norms(), examples=80),
    Family("Embedding", embeddings(), random_start=True),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")  # torch copies its input there
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_equals_torch(family: Family, tally: Counter[str]) -> None:
    @settings(max_examples=family.examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(family.cases, st.integers(0, 1000))
    def over(case: Case, upstream: int) -> None:
        compare(family, case, upstream)
        tally["configurations beside torch"] += 1

    over()
    assert tally["configurations beside torch"] > 0
