"""What the comparison with the twin (tests/conformance/test_models.py) leaves open."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from groundup.models import CharLM
from groundup.models.charlm.charlm import pick


def test_draws_are_as_frequent_as_the_probabilities_say() -> None:
    p, rng = np.array([0.6, 0.3, 0.1]), np.random.default_rng(0)
    found = np.bincount([pick(np.log(p), 1.0, rng) for _ in range(4000)], minlength=3) / 4000
    np.testing.assert_allclose(found, p, atol=0.03)


def test_a_temperature_of_one_half_squares_the_odds() -> None:
    logits, rng = np.log(np.array([2.0, 1.0])), np.random.default_rng(0)
    assert abs(np.mean([pick(logits, 0.5, rng) for _ in range(4000)]) - 0.2) < 0.03


def test_large_logits_do_not_overflow() -> None:
    assert pick(np.array([0.0, 1e4], np.float32), 0.01, np.random.default_rng(0)) == 1


def test_tied_weights_are_one_matrix() -> None:
    tied, free = (CharLM(7, 4, 4, cell="gru", tied=tied, rng=0) for tied in (True, False))
    assert tied.head.weight is tied.embedding.weight
    assert len(list(free.parameters())) - len(list(tied.parameters())) == 1


def test_no_steps_give_the_prompt_back() -> None:
    assert CharLM(5, 2, 3, rng=0).eval().generate(np.array([3, 1]), 0, rng=0).tolist() == [3, 1]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: CharLM(0, rng=0), ValueError, "vocabulary of at least 1"),
        (lambda: CharLM(5, cell="tape", rng=0), ValueError, "one of rnn, lstm, gru, got 'tape'"),
        (lambda: CharLM(5, 4, 6, tied=True, rng=0), ValueError, "one width with tied weights, got 4 and 6"),
        (lambda: CharLM(5), TypeError, "CharLM: expected rng"),
        (lambda: CharLM(5, rng=0).generate(np.array([[1]]), 3, rng=0), ValueError, "a prompt of at least one id"),
        (lambda: CharLM(5, rng=0).generate(np.array([1]), 3, -1.0, rng=0), ValueError, "temperature"),
        (lambda: CharLM(5, rng=0).generate(np.array([1]), 3), TypeError, "CharLM.generate: expected rng"),
    ],
    ids=["vocabulary", "cell", "tied", "rng", "prompt", "temperature", "generate rng"],
)
def test_what_does_not_fit_is_refused(make: Callable[[], Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()
