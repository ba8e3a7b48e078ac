"""What everything else rests on: layers, parameters, gradient checks, clear errors, state on disk. NumPy alone."""

from groundup.core.cost import Summary, attention_flops, convolution_flops, count_parameters, matmul_flops
from groundup.core.errors import DtypeError, OrderError, ShapeError, StateError
from groundup.core.expect import (
    expect_features,
    expect_float,
    expect_in,
    expect_labels,
    expect_positive,
    expect_rank,
    expect_shape,
)
from groundup.core.gradient_check import GradientError, gradcheck, numeric_gradient
from groundup.core.hooks import Flow, Watch, hooked
from groundup.core.keep import Keeps
from groundup.core.layer import Layer, Sequential
from groundup.core.misconception import Misconception, Variant, misconception, variant
from groundup.core.parameter import Buffer, Parameter
from groundup.core.receptive_field import Field, field_of
from groundup.core.rng import Rng, generator, restore_rng, rng_state
from groundup.core.shard import Shard, Sharded
from groundup.core.state import load_state, load_state_and_metadata, save_state, write_atomically
from groundup.core.types import Array, IntArray, StateDict

__all__ = [
    "Array",
    "Buffer",
    "DtypeError",
    "Field",
    "Flow",
    "GradientError",
    "IntArray",
    "Keeps",
    "Layer",
    "Misconception",
    "OrderError",
    "Parameter",
    "Rng",
    "Sequential",
    "ShapeError",
    "Shard",
    "Sharded",
    "StateDict",
    "StateError",
    "Summary",
    "Variant",
    "Watch",
    "attention_flops",
    "convolution_flops",
    "count_parameters",
    "expect_features",
    "expect_float",
    "expect_in",
    "expect_labels",
    "expect_positive",
    "expect_rank",
    "expect_shape",
    "field_of",
    "generator",
    "gradcheck",
    "hooked",
    "load_state",
    "load_state_and_metadata",
    "matmul_flops",
    "misconception",
    "numeric_gradient",
    "restore_rng",
    "rng_state",
    "save_state",
    "variant",
    "write_atomically",
]
