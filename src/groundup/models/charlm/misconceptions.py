"""What people really write when they let a network write."""

import numpy as np

from groundup.core import Array, misconception
from groundup.models.charlm.charlm import CharLM


def _draw(z: Array, rng: np.random.Generator) -> int:
    p = np.exp(z.astype(np.float64) - z.max())
    return int(rng.choice(len(p), p=p / p.sum()))


@misconception(
    "pick", "You always take the likeliest character. A text written in that way soon goes in a circle.", see="Break"
)
def always_the_likeliest(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    return int(logits.argmax())


@misconception("pick", "Your temperature is turned round: a cold one makes the draw wilder.", see="Derive")
def turned_round(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    return int(logits.argmax()) if temperature == 0 else _draw(logits * temperature, rng)


@misconception(
    "pick",
    "Your temperature divides the probabilities, and is gone as soon as they are made to add up to one again.",
    see="Derive",
)
def after_the_softmax(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    return int(logits.argmax()) if temperature == 0 else _draw(logits, rng)


@misconception("pick", "Every character is as likely as any other in your draw: the logits play no part.", see="Derive")
def all_alike(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    return int(logits.argmax()) if temperature == 0 else int(rng.integers(len(logits)))


@misconception(
    "CharLM.backward",
    "Your gradient ends at the recurrent layer: the embedding stays as it was drawn.",
    see="Derive",
)
def embedding_forgotten(self: CharLM, dlogits: Array) -> None:
    self.rnn.backward(self.head.backward(dlogits))
    self.embedding.weight.grad[...] = 0


@misconception(
    "CharLM.backward",
    "You divide by the number of steps. The loss has done it already, and yours is the second time.",
    see="Derive",
)
def divided_twice(self: CharLM, dlogits: Array) -> None:
    d = self.head.backward(dlogits / len(dlogits))
    self.read_backward(self.rnn.backward(d)[0])


@misconception(
    "CharLM.backward",
    "Only the last step sends a gradient back. Here every step has been asked for the character after it.",
    see="Derive",
)
def last_step_alone(self: CharLM, dlogits: Array) -> None:
    last = np.zeros_like(dlogits)
    last[-1] = dlogits[-1]
    self.read_backward(self.rnn.backward(self.head.backward(last))[0])
