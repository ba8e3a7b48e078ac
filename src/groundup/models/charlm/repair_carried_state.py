"""A language model of proverbs reads them in short pieces. It learns less than it could, and cannot be measured.

Eight scribes copy proverbs one after another, each in an order of their own; a ninth copies what the model is judged
by. All are read side by side, a few letters at a time. Run this file to see the perplexity in training and of the
ninth scribe, after each pass.
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


def copied(scribes: int, letters: int, rng: np.random.Generator) -> IntArray:
    """(letters, scribes) ids: down each column one proverb follows another."""
    columns = []
    for _ in range(scribes):
        text = "".join(PROVERBS[i] for i in rng.integers(0, len(PROVERBS), letters))
        columns.append([LETTERS.index(letter) for letter in text[:letters]])
    return np.array(columns).T


def perplexity(model: CharLM, text: IntArray, notes: dict[str, Any]) -> float:
    """e to the mean loss of a text (T, N) that the model reads from its beginning, with ``notes`` of the whole run."""
    logits, after = model(text[:-1])
    notes["judged"] = after
    return float(np.exp(CrossEntropyLoss()(logits.swapaxes(1, 2), text[1:])))


def one_pass(model: CharLM, optimiser: Adam, text: IntArray) -> float:
    """Read a text (T, N) once, learning after every piece; the perplexity while reading."""
    loss, losses, state = CrossEntropyLoss(), [], None
    for at in range(0, len(text) - PIECE, PIECE):
        x, target = text[at : at + PIECE], text[at + 1 : at + 1 + PIECE]
        logits, state = model(x, state)
        losses.append(loss(logits.swapaxes(1, 2), target))
        optimiser.zero_grad()
        model.backward(loss.backward().swapaxes(1, 2))
        optimiser.step()
    return float(np.exp(np.mean(losses)))


def train(
    seed: int, passes: int = 6, report: Callable[[float, float], None] = lambda *_: None
) -> tuple[float, float, float]:
    """The perplexity of the last pass, and twice that of the ninth scribe's text.

    ``report`` is told both after each pass.
    """
    rng, notes = np.random.default_rng(seed), dict[str, Any]()
    text, judged = copied(8, 400, rng), copied(1, 200, rng)
    model = CharLM(len(LETTERS), 12, 48, rng=rng)
    optimiser = Adam(model.parameters(), lr=0.01)
    reading = float("inf")
    for _ in range(passes):
        reading = one_pass(model, optimiser, text)
        report(reading, perplexity(model, judged, notes))
    return reading, perplexity(model, judged, notes), perplexity(model, judged, notes)


if __name__ == "__main__":
    train(0, report=lambda reading, judged: print(f"{reading:.2f} in training, {judged:.2f} judged"))
