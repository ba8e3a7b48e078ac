"""Every lab there is, in the order of the course."""

from groundup.labs import (
    binary_classification,
    cifar_numpy,
    cifar_torch,
    dropout,
    explore,
    fashion_cnn,
    feature_maps,
    gradient_flow,
    live_loop,
    mnist_cnn,
    mnist_mlp,
    optimisers,
    perceptron,
    receptive_field,
    regularisation,
    two_nets,
    xor,
)
from groundup.labs.lab import Lab

MODULES = (
    perceptron, xor, binary_classification, mnist_mlp, two_nets, gradient_flow, dropout, optimisers, regularisation,
    explore, live_loop, cifar_numpy, cifar_torch, mnist_cnn, fashion_cnn, feature_maps, receptive_field,
)  # fmt: skip
LABS: dict[str, Lab] = {module.LAB.name: module.LAB for module in MODULES}


def labs() -> list[Lab]:
    """Every lab, in the order of the course."""
    return list(LABS.values())
