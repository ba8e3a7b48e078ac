"""Trials of a search."""

from pathlib import Path

from groundup.labs import figures
from groundup.labs.plots_sweep import importance, parallel
from support.figures import colours, words

RATES = [0.0001, 0.001, 0.002, 0.003, 0.1]
TRIALS = [
    {"lr": rate, "layers": n, "net": net, "seed": 0}
    for rate, n, net in zip(RATES, [1, 4, 2, 1, 4], "abcab", strict=True)
]
SCORES = [0.5, 0.95, 0.97, 0.96, 0.1]


def test_the_title_says_on_what_the_best_agree(tmp_path: Path) -> None:
    figure = parallel(TRIALS, SCORES, tmp_path / "p", log=["lr"])
    text = words(tmp_path, figure)
    assert "The best 3 trials agree most on lr: 0.001 to 0.003" in text
    lines = text.split("\n")
    assert {"lr", "layers", "net", "seed", "accuracy", "0.0001", "0.1", "1", "4", "a", "b", "c", "0"} <= set(lines)
    assert {"97.0 %", "10.0 %"} <= set(lines)
    assert figure.caption.startswith("5 trials, a line each; the best 3")
    assert colours(tmp_path, figure) == {figures.INK, figures.COLOURS[0]}


def test_a_word_that_all_the_best_share(tmp_path: Path) -> None:
    trials = [
        {"net": "deep", "lr": 0.1},
        {"net": "deep", "lr": 0.9},
        {"net": "deep", "lr": 0.5},
        {"net": "flat", "lr": 0.2},
    ]
    text = words(tmp_path, parallel(trials, [0.9, 0.8, 0.85, 0.1], tmp_path / "p", what="score"))
    assert "The best 3 trials agree most on net: deep" in text.split("\n")


def test_importance_has_the_largest_at_the_top(tmp_path: Path) -> None:
    text = words(tmp_path, importance({"layers": 0.2, "lr": 0.7, "net": 0.1}, tmp_path / "i"))
    assert "lr matters most: it explains 70.0 % of the difference" in text
    lines = text.split("\n")
    assert [line for line in lines if line in ("lr", "layers", "net")] == ["lr", "layers", "net"]
    assert {"70.0 %", "share of the difference in accuracy"} <= set(lines)
