"""LSTM, batch 32, 64 steps, hidden 256, float32: forward and backward, from tokens and from a dense input."""

import numpy as np
import torch

from benchmarks.harness import EAGER, Ratio, Step, interleave, threads
from groundup.nn import LSTM, CrossEntropyLoss, Embedding, Linear

BATCH, STEPS, HIDDEN, VOCABULARY, WIDTH = 32, 64, 256, 65, 128


def run() -> list[Ratio]:
    """Tokens: embedding, LSTM, linear, cross-entropy, the character model's step. Dense: the LSTM alone."""
    name = f"LSTM, batch {BATCH}, {STEPS} steps, hidden {HIDDEN}"
    with threads(1):
        return [
            interleave(f"{name}, tokens", our_tokens(), (EAGER, their_tokens()), target=1.0),
            interleave(f"{name}, dense input", our_dense(), (EAGER, their_dense()), target=0.85),
        ]


def tokens() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, VOCABULARY, (STEPS, BATCH)), rng.integers(0, VOCABULARY, STEPS * BATCH)


def dense() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = ((STEPS, BATCH, WIDTH), (STEPS, BATCH, HIDDEN))
    x, dy = (rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
    return x, dy


def our_tokens() -> Step:
    rng = np.random.default_rng(0)
    embedding, lstm = Embedding(VOCABULARY, WIDTH, rng=rng), LSTM(WIDTH, HIDDEN, rng=rng)
    head, loss, (ids, wanted) = Linear(HIDDEN, VOCABULARY, rng=rng), CrossEntropyLoss(), tokens()

    def step() -> None:
        for layer in (embedding, lstm, head):
            layer.zero_grad()
        y, _ = lstm.forward_tokens(ids, embedding)
        loss(head(y).reshape(-1, VOCABULARY), wanted)
        lstm.backward(head.backward(loss.backward().reshape(STEPS, BATCH, VOCABULARY)))

    return step


def their_tokens() -> Step:
    embedding, lstm = torch.nn.Embedding(VOCABULARY, WIDTH), torch.nn.LSTM(WIDTH, HIDDEN)
    head = torch.nn.Linear(HIDDEN, VOCABULARY)
    ids, wanted = map(torch.from_numpy, tokens())

    def step() -> None:
        for module in (embedding, lstm, head):
            module.zero_grad()
        logits = head(lstm(embedding(ids))[0]).reshape(-1, VOCABULARY)
        torch.nn.functional.cross_entropy(logits, wanted).backward()

    return step


def our_dense() -> Step:
    lstm, (x, dy) = LSTM(WIDTH, HIDDEN, rng=0), dense()

    def step() -> None:
        lstm.zero_grad()
        lstm(x)
        lstm.backward(dy)

    return step


def their_dense() -> Step:
    lstm, (x, dy) = torch.nn.LSTM(WIDTH, HIDDEN), map(torch.from_numpy, dense())
    x.requires_grad_()

    def step() -> None:
        lstm.zero_grad()
        x.grad = None
        lstm(x)[0].backward(dy)

    return step
