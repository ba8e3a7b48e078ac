"""A small model with attention learns songs by heart as nobody did before it, and when it is to sing it fails.

Each song is three notes, sung again and again. The model reads a song and says at each place which note comes next.
Run this file to see its loss in training, and how often it is right where a song breaks off and it has to go on.
"""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, IntArray
from groundup.nn.attention.attention import causal_mask, masked, mixed, scaled, scores, softmax, softmax_backward
from groundup.nn.embedding import Embedding
from groundup.nn.linear import Linear
from groundup.nn.loss import CrossEntropyLoss

NOTES, LENGTH, WIDTH = 6, 10, 32


def songs(n: int, rng: np.random.Generator) -> IntArray:
    """(n, LENGTH) notes: three that are drawn, then the same three again."""
    return np.tile(rng.integers(0, NOTES, (n, 3)), LENGTH // 3 + 1)[:, :LENGTH]


class Singer:
    """One head of attention over notes and their places."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.note, self.place = Embedding(NOTES, WIDTH, rng=rng), Embedding(LENGTH, WIDTH, rng=rng)
        self.query, self.key, self.value = (Linear(WIDTH, WIDTH, bias=False, rng=rng) for _ in range(3))
        self.head = Linear(WIDTH, NOTES, rng=rng)
        self.parts = [self.note, self.place, self.query, self.key, self.value, self.head]

    def weights(self, query: Array, key: Array) -> Array:
        """(N, T, D) twice -> (N, T, T), of each place in the others."""
        s = scaled(scores(query, key), WIDTH)
        past = causal_mask(query.shape[1], key.shape[1])
        return softmax(masked(s, past))

    def forward(self, song: IntArray) -> Array:
        """(N, T) notes -> (N, T, NOTES): how likely each is to be the next, as logits."""
        x = self.note(song) + self.place(np.arange(song.shape[1]))
        self.q, self.k, self.v = self.query(x), self.key(x), self.value(x)
        self.p = self.weights(self.q, self.k)
        logits: Array = self.head(mixed(self.p, self.v))
        return logits

    def backward(self, dlogits: Array) -> None:
        """(N, T, NOTES) -> the gradients of all that is learned."""
        dy = self.head.backward(dlogits)
        ds = scaled(softmax_backward(self.p, dy @ self.v.swapaxes(1, 2)), WIDTH)
        dx = self.query.backward(ds @ self.k) + self.key.backward(ds.swapaxes(1, 2) @ self.q)
        dx += self.value.backward(self.p.swapaxes(1, 2) @ dy)
        self.note.backward(dx)
        self.place.backward(dx.sum(axis=0))


def goes_on(singer: Singer, song: IntArray) -> float:
    """How often it is right about the next note of songs that it hears up to there, from the third note on."""
    return float(np.mean([singer.forward(song[:, :t])[:, -1].argmax(axis=1) == song[:, t] for t in range(3, LENGTH)]))


def apart(singer: Singer) -> float:
    """How far its opinions on all notes but the last are apart, for two songs that differ in the last."""
    one, other = np.zeros((1, LENGTH), int), np.zeros((1, LENGTH), int)
    other[0, -1] = 1
    return float(np.abs(singer.forward(one) - singer.forward(other))[:, :-1].max())


def train(
    seed: int, steps: int = 200, report: Callable[[float, float], None] = lambda *_: None
) -> tuple[float, float, float]:
    """The last loss in training, how often it goes on as it should, and what ``apart`` finds.

    ``report`` is told both after every 50 steps.
    """
    rng = np.random.default_rng(seed)
    singer, loss, last, right = Singer(rng), CrossEntropyLoss(), 0.0, 0.0
    for step in range(1, steps + 1):
        song = songs(32, rng)
        last = float(loss(singer.forward(song[:, :-1]).swapaxes(1, 2), song[:, 1:]))
        for part in singer.parts:
            part.zero_grad()
        singer.backward(loss.backward().swapaxes(1, 2))
        for p in [p for part in singer.parts for p in part.parameters()]:
            p.value -= 0.5 * p.grad
        if step % 50 == 0 or step == steps:
            right = goes_on(singer, songs(100, rng))
            report(last, right)
    return last, right, apart(singer)


if __name__ == "__main__":
    train(0, report=lambda last, right: print(f"loss {last:.3f} in training, goes on rightly {right:.0%}"))
