"""The perceptron: one neuron, and the first rule by which a machine learned from examples."""

from groundup.nn.perceptron.perceptron import Perceptron, mistake_bound

__all__ = ["Perceptron", "mistake_bound"]
