"""What people write for perplexity, calibration and intervals."""

from math import sqrt
from statistics import NormalDist

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.train.metrics.metrics import in_bins, mean_nll, normal_quantile


def _each(logits: Array, y: IntArray) -> Array:
    """Loss of every token, padding as if it were word 0."""
    z = logits - logits.max(axis=1, keepdims=True)
    own = z[np.arange(len(y)), np.where((y >= 0) & (y < z.shape[1]), y, 0)]
    return np.asarray(np.log(np.exp(z).sum(axis=1)) - own)


@misconception(
    "mean_nll",
    "Ignored tokens are in the number you divide by. The more padding a batch has, the better your model looks.",
    see="Padding in the mean",
)
def divided_by_all(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    return mean_nll(logits, y, ignore_index) * float((y != ignore_index).mean())


@misconception(
    "mean_nll",
    "The mean is taken over probabilities, and its logarithm after that. The logarithms are to be averaged.",
    see="Hesitating between words",
)
def log_of_the_mean(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    return float(-np.log(np.exp(-_each(logits, y)[y != ignore_index]).mean()))


@misconception(
    "mean_nll",
    "You add up the tokens and do not divide by their number. A longer text would be a worse model.",
    see="Hesitating between words",
)
def added_up(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    return float(_each(logits, y)[y != ignore_index].sum())


@misconception(
    "mean_nll",
    "Your loss is in bits. Eq. 5 takes the exponential, so it has to be in nats.",
    see="Hesitating between words",
)
def in_bits(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    return mean_nll(logits, y, ignore_index) / float(np.log(2))


@misconception(
    "mean_nll",
    "The label to be ignored is -100 with you, whatever the caller says.",
    see="Padding in the mean",
)
def always_minus_hundred(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    return float(_each(logits, y)[y != -100].mean())


@misconception(
    "mean_nll",
    "The exponential of a large logit overflows. Softmax does not change when a row of logits is shifted.",
    see="Hesitating between words",
)
def overflows(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    kept = y != ignore_index
    with np.errstate(all="ignore"):
        p = np.exp(logits[kept]) / np.exp(logits[kept]).sum(axis=1, keepdims=True)
        return float(-np.log(p[np.arange(len(p)), y[kept]]).mean())


@misconception(
    "in_bins",
    "A probability on an edge goes into the bin above. By the convention of Eq. 6 it is in the one below.",
    see="Does 70 % mean 70 %",
)
def lower_edge_inside(y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array, Array]:
    which = np.digitize(probability, np.linspace(0, 1, bins + 1)[1:-1])
    inside = which == np.arange(bins)[:, None]
    return inside.sum(axis=1), inside @ y, inside @ probability


@misconception(
    "in_bins",
    "Each of your bins holds as many rows as the next. Those of Eq. 6 have equal widths, and some are nearly empty.",
    see="Does 70 % mean 70 %",
)
def equal_numbers(y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array, Array]:
    edges = np.quantile(probability, np.linspace(0, 1, bins + 1))
    inside = np.searchsorted(edges[1:-1], probability) == np.arange(bins)[:, None]
    return inside.sum(axis=1), inside @ y, inside @ probability


@misconception(
    "in_bins",
    "You give back means. Sums are asked for: they exist for an empty bin, too.",
    see="Does 70 % mean 70 %",
)
def means(y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array, Array]:
    count, happened, promised = in_bins(y, probability, bins)
    return count, happened / np.maximum(count, 1), promised / np.maximum(count, 1)


@misconception(
    "in_bins",
    "Probabilities are added up only where the event happened. What was promised counts, whether it came or not.",
    see="Does 70 % mean 70 %",
)
def promises_kept(y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array, Array]:
    count, happened, _ = in_bins(y, probability, bins)
    return count, happened, in_bins(y, probability * (y == 1), bins)[2]


@misconception(
    "in_bins",
    "Rows with a probability of exactly 0 are in no bin: the first one has to hold its lower edge.",
    see="Does 70 % mean 70 %",
)
def zero_left_out(y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array, Array]:
    kept = probability > 0
    return in_bins(y[kept], probability[kept], bins)


@misconception(
    "expected_calibration_error",
    "Differences of opposite sign cancel: a model too sure in one bin and too unsure in another looks perfect.",
    see="Does 70 % mean 70 %",
)
def cancelling(y: IntArray, probability: Array, bins: int = 15) -> float:
    hit, p = _event_of(y, probability)
    return float(abs(hit.mean() - p.mean()))


@misconception(
    "expected_calibration_error",
    "Every bin that has rows weighs the same. One of Eq. 6 weighs as much as it has rows.",
    see="Does 70 % mean 70 %",
)
def bins_weigh_the_same(y: IntArray, probability: Array, bins: int = 15) -> float:
    count, happened, promised = in_bins(*_event_of(y, probability), bins)
    filled = count > 0
    return float((np.abs(happened - promised)[filled] / count[filled]).mean())


@misconception(
    "expected_calibration_error",
    "You compare each row with its own probability. A forecast of 0.7 is not wrong because the event came; only "
    "many together can be.",
    see="Does 70 % mean 70 %",
)
def row_by_row(y: IntArray, probability: Array, bins: int = 15) -> float:
    hit, p = _event_of(y, probability)
    return float(np.abs(hit - p).mean())


def _event_of(y: IntArray, probability: Array) -> tuple[IntArray, Array]:
    if probability.ndim == 1:
        return y, probability
    return (probability.argmax(axis=1) == y).astype(np.int64), probability.max(axis=1)


@misconception(
    "wilson_interval",
    "This is the interval of the textbook's first page, share ± z times its standard error. For 20 of 20 it has "
    "no width.",
    see="Plus or minus",
)
def wald(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    share, z = hits / n, normal_quantile("wilson_interval", level)
    half = z * sqrt(share * (1 - share) / n)
    return max(share - half, 0.0), min(share + half, 1.0)


@misconception(
    "wilson_interval",
    "All of what is left over lies on one side with your z. Half of it belongs on each.",
    see="Plus or minus",
)
def one_sided(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    return _wilson(hits, n, NormalDist().inv_cdf(level))


@misconception(
    "wilson_interval",
    "The level is always 95 % with you.",
    see="Plus or minus",
)
def always_95(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    return _wilson(hits, n, 1.96 if level != 0.95 else normal_quantile("wilson_interval", 0.95))


@misconception(
    "wilson_interval",
    "The ends are not divided by 1 + z²/n, so that the interval is too wide and too far from one half.",
    see="Plus or minus",
)
def not_divided(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    z, share = normal_quantile("wilson_interval", level), hits / n
    centre, half = share + z**2 / (2 * n), z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(centre - half, 0.0), min(centre + half, 1.0)


@misconception(
    "wilson_interval",
    "Your ends are numbers of hits. An interval of the share lies between 0 and 1.",
    see="Plus or minus",
)
def in_hits(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    low, high = _wilson(hits, n, normal_quantile("wilson_interval", level))
    return low * n, high * n


@misconception(
    "wilson_interval",
    "The spread of one row stands where that of their mean belongs: it does not shrink with n.",
    see="Plus or minus",
)
def spread_of_one_row(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    z, share = normal_quantile("wilson_interval", level), hits / n
    half = z * sqrt(share * (1 - share))
    return max(share - half, 0.0), min(share + half, 1.0)


def _wilson(hits: int, n: int, z: float) -> tuple[float, float]:
    share, own = hits / n, n / (n + z * z)
    centre = own * share + (1 - own) / 2
    half = z * own * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(centre - half, 0.0), min(centre + half, 1.0)
