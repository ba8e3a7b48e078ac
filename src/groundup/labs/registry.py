"""Every lab there is, in the order of the course."""

from groundup.labs import binary_classification, mnist_mlp, perceptron, xor
from groundup.labs.lab import Lab

LABS: dict[str, Lab] = {module.LAB.name: module.LAB for module in (perceptron, xor, binary_classification, mnist_mlp)}


def labs() -> list[Lab]:
    """Every lab, in the order of the course."""
    return list(LABS.values())
