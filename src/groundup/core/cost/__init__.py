"""What a network costs: parameters, operations, memory."""

from groundup.core.cost.cost import (
    Row,
    Summary,
    activation_bytes,
    attention_flops,
    convolution_flops,
    count_parameters,
    matmul_flops,
    own_parameters,
    summarise,
)

__all__ = [
    "Row",
    "Summary",
    "activation_bytes",
    "attention_flops",
    "convolution_flops",
    "count_parameters",
    "matmul_flops",
    "own_parameters",
    "summarise",
]
