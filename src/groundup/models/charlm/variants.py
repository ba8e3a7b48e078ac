"""A language model over characters written another way, and just as right."""

import numpy as np

from groundup.core import Array, variant
from groundup.models.charlm.charlm import CharLM
from groundup.nn.lstm import LSTM


@variant("pick", "the sums of the probabilities, and where one random number falls")
def where_it_falls(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    if temperature == 0:
        return int(np.argmax(logits))
    z = np.asarray(logits, np.float64) / temperature
    sums = np.exp(z - z.max()).cumsum()
    return int(np.searchsorted(sums, rng.random() * sums[-1], side="right"))


@variant("pick", "probabilities at temperature one, raised to a power")
def raised_to_a_power(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    if not temperature:
        return int(np.flatnonzero(logits == logits.max())[0])
    odds = np.exp((logits - logits.max()).astype(np.float64)) ** (1 / temperature)
    return int(rng.choice(np.arange(len(odds)), p=odds / odds.sum()))


@variant("CharLM.backward", "names for what goes from layer to layer")
def layer_by_layer(self: CharLM, dlogits: Array) -> None:
    dhidden = self.head.backward(dlogits)
    dx, _ = self.rnn.backward(dhidden)
    if not isinstance(self.rnn, LSTM):
        self.embedding.backward(dx)
    else:
        self.read_backward(dx)


@variant("CharLM.backward", "the head's gradients by einsum")
def head_by_einsum(self: CharLM, dlogits: Array) -> None:
    hidden = self.head.kept()  # (T, N, H)
    self.head.weight.grad += np.einsum("tnv,tnh->vh", dlogits, hidden)
    if self.head.bias is not None:
        self.head.bias.grad += dlogits.sum(axis=(0, 1))
    dhidden = np.einsum("tnv,vh->tnh", dlogits, self.head.weight.value)
    self.read_backward(self.rnn.backward(dhidden)[0])
