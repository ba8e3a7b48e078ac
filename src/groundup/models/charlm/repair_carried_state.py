"""A language model of proverbs reads them in short pieces. It learns less than it could, and cannot be measured.

Eight scribes copy proverbs one after another, each in an order of their own. The model reads all eight side by side, a
few letters at a time, and learns. It is judged by a new text of theirs. Run this file to see the perplexity in training
and of the new text, after each pass.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.core import IntArray
from groundup.models.charlm import CharLM
from groundup.nn.loss import CrossEntropyLoss
from groundup.optim import Adam

PROVERBS = [
    "haraka haraka haina baraka. ",
    "haba na haba hujaza kibaba. ",
    "mtu ni watu. ",
    "maji yakimwagika hayazoleki. ",
    "asiyesikia la mkuu huvunjika guu. ",
]
LETTERS = sorted(set("".join(PROVERBS)))
PIECE = 4


def copied(letters: int, rng: np.random.Generator) -> IntArray:
    """(letters, 8) ids: down each scribe's column one proverb follows another."""
    columns = []
    for _ in range(8):
        text = "".join(PROVERBS[i] for i in rng.integers(0, len(PROVERBS), letters))
        columns.append([LETTERS.index(letter) for letter in text[:letters]])
    return np.array(columns).T


class Reader:
    """A model that reads side by side what all scribes have written."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.model = CharLM(len(LETTERS), 12, 48, rng=rng)
        self.optimiser = Adam(self.model.parameters(), lr=0.01)
        self.state: Any = None

    def study(self, text: IntArray) -> float:
        """Read a text (T, N) from its beginning, learning after every piece; the perplexity while reading."""
        loss, losses = CrossEntropyLoss(), []
        self.state = None
        for at in range(0, len(text) - PIECE, PIECE):
            x, target = text[at : at + PIECE], text[at + 1 : at + 1 + PIECE]
            logits, self.state = self.model(x, self.state)
            losses.append(loss(logits.swapaxes(1, 2), target))
            self.optimiser.zero_grad()
            self.model.backward(loss.backward().swapaxes(1, 2))
            self.optimiser.step()
        return float(np.exp(np.mean(losses)))

    def judge(self, text: IntArray) -> float:
        """The perplexity of a text (T, N) that is read from its beginning, in one piece."""
        logits, _ = self.model(text[:-1])
        return float(np.exp(CrossEntropyLoss()(logits.swapaxes(1, 2), text[1:])))


def train(
    seed: int, passes: int = 4, report: Callable[[float, float], None] = lambda *_: None
) -> tuple[float, float, float]:
    """The perplexity of the last pass, and that of one new text, asked for twice. ``report`` is told of each pass."""
    rng = np.random.default_rng(seed)
    text, new = copied(400, rng), copied(60, rng)
    reader, reading, judged = Reader(rng), float("inf"), float("inf")
    for _ in range(passes):
        reading = reader.study(text)
        judged = reader.judge(new)
        report(reading, judged)
    return reading, judged, reader.judge(new)


if __name__ == "__main__":
    train(0, report=lambda study, judged: print(f"{study:.3f} in training, {judged:.3f} judged"))
