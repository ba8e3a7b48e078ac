"""What people write instead of a perceptron."""

import numpy as np

from groundup.core import Array, IntArray, Rng, misconception
from groundup.nn.perceptron.perceptron import Perceptron


@misconception(
    "Perceptron.decision", "The bias is missing: your boundary always goes through the origin.", see="Derive"
)
def bias_forgotten(self: Perceptron, x: Array) -> Array:
    return np.asarray(x @ self.weight)


@misconception(
    "Perceptron.decision",
    "You subtract the bias. A threshold is subtracted; the bias is its negative, and is added.",
    see="Derive",
)
def bias_as_threshold(self: Perceptron, x: Array) -> Array:
    return np.asarray(x @ self.weight - self.bias)


@misconception(
    "Perceptron.predict", "A row on the boundary gets a third label, 0, in your code: Eq. 1 knows two.", see="Derive"
)
def sign_has_three_values(self: Perceptron, x: Array) -> IntArray:
    return np.sign(self.decision(x)).astype(int)


@misconception(
    "Perceptron.predict",
    "You answer 0 and 1. Here the classes are -1 and +1, because the rule multiplies by the label.",
    see="Break",
)
def zero_and_one(self: Perceptron, x: Array) -> IntArray:
    return np.where(self.decision(x) > 0, 1, 0)


@misconception(
    "Perceptron.predict",
    "You give the boundary itself to the positive side. It is a convention, but Eq. 1 gives it to the negative one.",
    see="Derive",
)
def boundary_to_the_positive_side(self: Perceptron, x: Array) -> IntArray:
    return np.where(self.decision(x) >= 0, 1, -1)


@misconception(
    "Perceptron.update",
    "You learn from every row, also from the right ones: the weights grow without end.",
    see="Break",
)
def learns_from_every_row(self: Perceptron, x: Array, y: float) -> bool:
    mistake = bool(y * self.decision(x) <= 0)
    self.weight, self.bias = self.weight + self.lr * y * x, self.bias + self.lr * y
    return mistake


@misconception(
    "Perceptron.update",
    "The sign of your step is turned round: each mistake pushes the boundary further to the wrong side.",
    see="Derive",
)
def sign_turned(self: Perceptron, x: Array, y: float) -> bool:
    if y * self.decision(x) > 0:
        return False
    self.weight, self.bias = self.weight - self.lr * y * x, self.bias - self.lr * y
    return True


@misconception(
    "Perceptron.update",
    "A row on the boundary counts as right in your code. Zero weights put every row there: it never begins.",
    see="Break",
)
def boundary_counts_as_right(self: Perceptron, x: Array, y: float) -> bool:
    if y * self.decision(x) >= 0:
        return False
    self.weight, self.bias = self.weight + self.lr * y * x, self.bias + self.lr * y
    return True


@misconception(
    "Perceptron.update", "The bias never learns: a boundary that has to miss the origin cannot be found.", see="Break"
)
def bias_never_learns(self: Perceptron, x: Array, y: float) -> bool:
    if y * self.decision(x) > 0:
        return False
    self.weight = self.weight + self.lr * y * x
    return True


@misconception(
    "Perceptron.update",
    "Your step leaves out the label: a mistake on the negative side pulls the weights towards the row.",
    see="Derive",
)
def label_left_out(self: Perceptron, x: Array, y: float) -> bool:
    if y * self.decision(x) > 0:
        return False
    self.weight, self.bias = self.weight + self.lr * x, self.bias + self.lr
    return True


@misconception("Perceptron.update", "The learning rate has no effect on your step.", see="Derive")
def rate_left_out(self: Perceptron, x: Array, y: float) -> bool:
    if y * self.decision(x) > 0:
        return False
    self.weight, self.bias = self.weight + y * x, self.bias + y
    return True


@misconception(
    "Perceptron.update",
    "You step by the difference of label and prediction. With labels 0 and 1 that is the rule; with -1 and +1 it is "
    "twice the step, and none for a negative row on the boundary.",
    see="Break",
)
def step_by_the_difference(self: Perceptron, x: Array, y: float) -> bool:
    error = y - float(self.predict(x))
    self.weight, self.bias = self.weight + self.lr * error * x, self.bias + self.lr * error
    return error != 0


@misconception(
    "Perceptron.update",
    "You step in proportion to how far the score is from the label. That is another rule, Widrow and Hoff's of 1960, "
    "which goes on correcting rows that are on the right side.",
    see="Where it comes from",
)
def widrow_hoff(self: Perceptron, x: Array, y: float) -> bool:
    score = float(self.decision(x))
    self.weight, self.bias = self.weight + self.lr * (y - score) * x, self.bias + self.lr * (y - score)
    return y * score <= 0


@misconception(
    "Perceptron.update",
    "Your answer is turned round: it says True where the row was right, so fit would count the wrong ones.",
    see="Build",
)
def answer_turned_round(self: Perceptron, x: Array, y: float) -> bool:
    if y * self.decision(x) > 0:
        return True
    self.weight, self.bias = self.weight + self.lr * y * x, self.bias + self.lr * y
    return False


def _epoch(self: Perceptron, x: Array, y: IntArray) -> int:
    return sum(self.update(row, label) for row, label in zip(x, y, strict=True))


def _draw(rng: Rng | None) -> np.random.Generator | None:
    return None if rng is None else np.random.default_rng(rng)


@misconception(
    "Perceptron.fit",
    "Your rows are shuffled and their labels are not: each row is taught another row's label.",
    see="Build",
)
def labels_left_behind(
    self: Perceptron, x: Array, y: IntArray, epochs: int = 100, rng: Rng | None = None
) -> Perceptron:
    draw, self.mistakes_per_epoch = _draw(rng), []
    for _ in range(epochs):
        rows = x if draw is None else x[draw.permutation(len(x))]
        self.mistakes_per_epoch.append(_epoch(self, rows, y))
        if self.converged:
            break
    return self


@misconception(
    "Perceptron.fit", "The order is drawn once and used in every epoch: draw it anew inside the loop.", see="Build"
)
def one_order_for_all_epochs(
    self: Perceptron, x: Array, y: IntArray, epochs: int = 100, rng: Rng | None = None
) -> Perceptron:
    draw, self.mistakes_per_epoch = _draw(rng), []
    order = np.arange(len(x)) if draw is None else draw.permutation(len(x))
    for _ in range(epochs):
        self.mistakes_per_epoch.append(_epoch(self, x[order], y[order]))
        if self.converged:
            break
    return self


@misconception(
    "Perceptron.fit",
    "It runs through every epoch, although after one without a mistake nothing will ever change.",
    see="Build",
)
def never_stops(self: Perceptron, x: Array, y: IntArray, epochs: int = 100, rng: Rng | None = None) -> Perceptron:
    draw, self.mistakes_per_epoch = _draw(rng), []
    for _ in range(epochs):
        order = np.arange(len(x)) if draw is None else draw.permutation(len(x))
        self.mistakes_per_epoch.append(_epoch(self, x[order], y[order]))
    return self


@misconception("Perceptron.fit", "The record of an earlier fit is still there when the next one begins.", see="Build")
def record_not_cleared(
    self: Perceptron, x: Array, y: IntArray, epochs: int = 100, rng: Rng | None = None
) -> Perceptron:
    draw = _draw(rng)
    for _ in range(epochs):
        order = np.arange(len(x)) if draw is None else draw.permutation(len(x))
        self.mistakes_per_epoch.append(_epoch(self, x[order], y[order]))
        if self.converged:
            break
    return self


@misconception(
    "Perceptron.fit", "Each fit begins from zero weights again, and what was learned before is lost.", see="Build"
)
def begins_from_zero(self: Perceptron, x: Array, y: IntArray, epochs: int = 100, rng: Rng | None = None) -> Perceptron:
    self.weight, self.bias, self.mistakes_per_epoch = np.zeros(self.in_features), 0.0, []
    draw = _draw(rng)
    for _ in range(epochs):
        order = np.arange(len(x)) if draw is None else draw.permutation(len(x))
        self.mistakes_per_epoch.append(_epoch(self, x[order], y[order]))
        if self.converged:
            break
    return self


@misconception(
    "mistake_bound", "Your longest row leaves out the input that is always 1, whose weight is the bias.", see="Derive"
)
def bias_is_no_input(x: Array, y: IntArray, weight: Array, bias: float) -> float:
    gamma = (y * (x @ weight + bias)).min() / np.hypot(np.linalg.norm(weight), bias)
    return float((np.linalg.norm(x, axis=1).max() / gamma) ** 2)


@misconception(
    "mistake_bound",
    "You divide by the smallest score as it is: with twice the weights the bound would change, and the line would not.",
    see="Derive",
)
def margin_not_normalised(x: Array, y: IntArray, weight: Array, bias: float) -> float:
    return float(((x * x).sum(axis=1) + 1).max() / (y * (x @ weight + bias)).min() ** 2)


@misconception(
    "mistake_bound",
    "The length by which you divide the score is that of the weights alone; the bias belongs to it as one more weight.",
    see="Derive",
)
def norm_without_the_bias(x: Array, y: IntArray, weight: Array, bias: float) -> float:
    return float(((x * x).sum(axis=1) + 1).max() * (weight @ weight) / (y * (x @ weight + bias)).min() ** 2)


@misconception("mistake_bound", "This is the ratio of radius and margin, and not yet its square.", see="Derive")
def not_squared(x: Array, y: IntArray, weight: Array, bias: float) -> float:
    gamma = (y * (x @ weight + bias)).min() / np.hypot(np.linalg.norm(weight), bias)
    return float(np.sqrt(((x * x).sum(axis=1) + 1).max()) / gamma)
