"""Numbers in time: drawn, their changes, whether these drift, what yesterday says of today, days that are missing.

    (1)  r_t = log x_t - log x_{t-1}           the change of a day where all numbers are above 0, else x_t - x_{t-1}
    (2)  ρ_k = Σ_t (r_t - r̄)(r_{t-k} - r̄) / Σ_t (r_t - r̄)²       autocorrelation at lag k
    (3)  |ρ_k| < 1.96 / √T                     for 95 % of the lags where r is noise without memory
    (4)  z_t = |r_t - median| / (1.4826 median |r - median|)      how far out a day lies

Axes: T days, K columns.  Source of Eq. 3: M. S. Bartlett (1946).
"""

import numpy as np

from groundup.core import Array
from groundup.data import Series
from groundup.labs import figures
from groundup.labs.eda.section import Place, Section, count, in_figure, literal, table
from groundup.labs.lab import Figure, percent

LAGS = 20
FAR = 6.0  # Eq. 4
SHOWN = 6  # columns drawn


def changes(data: Series) -> tuple[Array, str]:
    """Eq. 1, (T - 1, K), and what it is called."""
    if (data.values > 0).all():
        return np.diff(np.log(data.values), axis=0), "log return"
    return np.diff(data.values, axis=0), "change"


def autocorrelation(r: Array, lags: int = LAGS) -> Array:
    """Eq. 2 of (T,) at lags 1 to ``lags``, fewer for a short series; 0 where r never varies."""
    d = r - r.mean()
    total = float(d @ d)
    return np.array([float(d[k:] @ d[:-k]) / total if total else 0.0 for k in range(1, min(lags, len(r) - 1) + 1)])


def drawn(data: Series, place: Place) -> Section:
    """Every column over time; where it began and ended."""
    fig, axes = figures.figure(height=2.8)
    for i, name in enumerate(data.columns[:SHOWN]):
        figures.curve(axes, i, data.dates, data.values[:, i], label=in_figure(name), linewidth=1.0, linestyle="-" if len(data) > 300 else figures.LINES[i])
        axes.annotate(in_figure(name), (data.dates[-1], data.values[-1, i]), (4, 0), textcoords="offset points", va="center", color=figures.COLOURS[i], fontsize=8.5)
    wide = (data.values > 0).all() and data.values.max() > 20 * data.values.min()
    if wide:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    figures.grid(axes)
    section = Section("The series")
    moved = data.values[-1] - data.values[0]
    rows = []
    for i, name in enumerate(data.columns):
        x = data.values[:, i]
        rows.append((literal(name), *(f"{v:.4g}" for v in (x[0], x[-1], x.min(), x.max()))))
        section.facts[name] = {"first": float(x[0]), "last": float(x[-1]), "lowest": float(x.min()), "highest": float(x.max())}
    section.tables = [table(("column", "first", "last", "lowest", "highest"), rows, 4)]
    ups = int((moved > 0).sum())
    section.said = [
        f"{len(data):,} days from {data.dates[0]} to {data.dates[-1]}; {ups} of {count(len(data.columns), 'column')} "
        f"{'ends' if ups == 1 else 'end'} higher than {'it' if ups == 1 else 'they'} began."
    ]
    figures.headline(fig, f"{data.dates[0]} to {data.dates[-1]}: {ups} of {len(moved)} end higher than they began")
    figures.save(fig, place.stem("series"))
    scale = ", on a scale of powers of ten" if wide else ""
    section.figures = [Figure(place.stem("series").name, f"The values over time{scale}.")]
    return section


def returns(data: Series, place: Place) -> Section:
    """How the changes are spread, beside a normal curve of the same spread; first half against second."""
    r, what = changes(data)
    section = Section("Changes from day to day")
    if len(r) < 4:
        return section
    rows = []
    for i, name in enumerate(data.columns):
        kurtosis = _kurtosis(r[:, i])
        fact = {"mean": float(r[:, i].mean()), "deviation": float(r[:, i].std()), "excess_kurtosis": kurtosis}
        section.facts[name] = fact | {"lowest": float(r[:, i].min()), "highest": float(r[:, i].max())}
        ends = (f"{v:.4f}" for v in (fact["mean"], fact["deviation"], r[:, i].min(), r[:, i].max()))
        rows.append((literal(name), *ends, f"{kurtosis:.1f}"))
    section.tables = [table((what, "mean", "deviation", "lowest", "highest", "excess kurtosis"), rows, 5)]
    most = max(data.columns, key=lambda name: section.facts[name]["excess_kurtosis"])
    heavy = section.facts[most]["excess_kurtosis"]
    section.said = [
        f"The {what}s of {literal(most)} have an excess kurtosis of {heavy:.1f}; a normal curve has 0"
        + (": far more days lie near the middle and far out than it allows." if heavy > 1 else "."),
        *_drift(data, r, what, section),
    ]
    section.figures = [_spread(data, r, what, place)]
    return section


def _kurtosis(r: Array) -> float:
    d = r - r.mean()
    variance = float((d**2).mean())
    return float((d**4).mean()) / variance**2 - 3 if variance else 0.0


def _drift(data: Series, r: Array, what: str, section: Section) -> list[str]:
    """Whether mean and spread are the same in both halves."""
    halves = np.array_split(r, 2)
    said = []
    for i, name in enumerate(data.columns[:SHOWN]):
        early, late = halves[0][:, i], halves[1][:, i]
        error = float(np.sqrt(early.var() / len(early) + late.var() / len(late)))
        z = float(late.mean() - early.mean()) / error if error else 0.0
        section.facts[name] |= {"halves": [float(early.std()), float(late.std())], "z_between_means": z}
        said.append(f"{literal(name)} {early.std():.4f} and {late.std():.4f}")
    moved = [name for name in data.columns[:SHOWN] if abs(section.facts[name]["z_between_means"]) > 1.96]
    means = f"the mean {what} differs by more than chance (at 95 %) in {', '.join(map(literal, moved))}" if moved else f"no mean {what} differs by more than chance (at 95 %)"
    return [f"Deviation in the first and in the second half: {'; '.join(said)}. Between the halves {means}."]


def _spread(data: Series, r: Array, what: str, place: Place) -> Figure:
    fig, axes = figures.figure(height=2.6)
    low, high = np.percentile(r, [0.2, 99.8])
    edges = np.linspace(low, high if high > low else low + 1, 61)
    middle, step = (edges[:-1] + edges[1:]) / 2, edges[1] - edges[0]
    for i, name in enumerate(data.columns[:SHOWN]):
        shares = np.histogram(r[:, i], edges)[0] / len(r)
        figures.curve(axes, i, middle, np.where(shares > 0, shares, np.nan), label=in_figure(name))
    mean, deviation = r.mean(), r.std() or 1.0
    normal = step * np.exp(-((middle - mean) ** 2) / (2 * deviation**2)) / (deviation * np.sqrt(2 * np.pi))
    axes.plot(middle, normal, color=figures.INK, linewidth=0.9, linestyle=(0, (1, 2)), label="normal")
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.3 / len(r))
    figures.in_percent(axes.yaxis, 2)
    axes.set(xlabel=f"{what} of a day", ylabel="share of the days")
    axes.legend()
    within = float((np.abs(r - mean) < deviation).mean())
    figures.headline(fig, f"{percent(within)} of the {what}s lie within one standard deviation; of a normal curve 68.3 %")
    figures.save(fig, place.stem("returns"))
    return Figure(place.stem("returns").name, "How often each size of change occurs, all but the outermost 0.4 %. Dotted, a normal curve with the same mean and deviation.")


def memory(data: Series, place: Place) -> Section:
    """What a day says of later ones: autocorrelation of the values, the changes and their sizes, Eqs. 2 and 3."""
    r, what = changes(data)
    section = Section("Memory")
    if len(r) < 30:
        return section
    bound = 1.96 / np.sqrt(len(r))
    signed = np.array([autocorrelation(column) for column in r.T])
    sizes = np.array([autocorrelation(np.abs(column)) for column in r.T])
    level = np.array([autocorrelation(column, 1)[0] for column in data.values.T])
    outside, loud = (float((np.abs(found) > bound).mean()) for found in (signed, sizes))
    section.facts = {"level_lag_1": level.tolist(), "outside": outside, "sizes_outside": loud, "bound": float(bound)}
    section.facts |= {"lag_1": signed[:, 0].tolist(), "sizes_lag_1": sizes[:, 0].tolist()}
    section.said = [
        f"From one day to the next the values have a correlation of {level.min():.3f}"
        + (f" to {level.max():.3f}" if len(level) > 1 else "")
        + ": whatever forecasts them is to be compared with saying today's value again.",
        f"The {what}s are outside the band of a series without memory at {percent(outside)} of the lags 1 to {LAGS} (5 % by "
        f"chance), the sizes of the {what}s at {percent(loud)}"
        + (": how far a day moves says more of later days than which way." if loud > max(0.2, 2 * outside) else "."),
    ]
    fig, (left, right) = figures.figure(columns=2, height=2.5, sharey=True)
    for axes, found, name in ((left, signed, f"{what}s"), (right, sizes, f"sizes of {what}s")):
        axes.axhspan(-bound, bound, color=figures.INK, alpha=0.1, linewidth=0)
        for i, column in enumerate(found[:SHOWN]):
            look = {"marker": figures.MARKERS[i], "markersize": 3, "linewidth": 0.8}
            figures.curve(axes, i, range(1, len(column) + 1), column, label=in_figure(data.columns[i]), **look)
        axes.set_title(f"{name}: {percent(float((np.abs(found) > bound).mean()))} outside")
        axes.set_xlabel("days apart")
        figures.grid(axes)
    left.set_ylabel("autocorrelation")
    right.legend()
    figures.save(fig, place.stem("memory"))
    section.figures = [Figure(place.stem("memory").name, "Autocorrelation by distance in days. Shaded, where a series without memory is 95 % of the time.")]
    return section


def gaps(data: Series) -> Section:
    """Days that are missing, values that stand still, and the days that lie far out (Eq. 4)."""
    apart = np.diff(data.dates).astype(int)
    section = Section("Gaps and outliers")
    if not len(apart):
        return section
    steps, times = np.unique(apart, return_counts=True)
    usual, longest = int(steps[times.argmax()]), int(apart.argmax())
    still = int((np.diff(data.values, axis=0) == 0).all(axis=1).sum())
    section.facts = {"usual_step": usual, "longest_gap": int(apart.max()), "still": still}
    ended = f"{data.dates[longest]} to {data.dates[longest + 1]}"
    section.said = [
        f"Every two dates are {count(usual, 'day')} apart: no gap."
        if len(steps) == 1
        else f"Most dates are {count(usual, 'day')} apart ({percent(times.max() / len(apart))}); the longest gap is "
        f"{count(int(apart.max()), 'day')}, {ended}. A step of the series is not always as long.",
        f"On {count(still, 'day')} nothing moved at all." if still != 1 else "On 1 day nothing moved at all.",
    ]
    r, what = changes(data)
    spread = 1.4826 * np.median(np.abs(r - np.median(r, axis=0)), axis=0)
    z = np.abs(r - np.median(r, axis=0)) / np.where(spread > 0, spread, np.inf)
    far = np.argwhere(z > FAR)
    section.facts["far"] = len(far)
    section.said.append(
        f"{count(len(far), what)} {'lies' if len(far) == 1 else 'lie'} more than {FAR:g} robust deviations out"
        + ("." if not len(far) else "; check the largest against the news before you call them errors.")
    )
    most = sorted(far.tolist(), key=lambda at: -z[tuple(at)])[:8]
    rows = [(str(data.dates[t + 1]), literal(data.columns[k]), f"{r[t, k]:+.3f}", f"{z[t, k]:.0f}") for t, k in most]
    section.tables = [table(("day", "column", what, "deviations"), rows, 2)] if rows else []
    return section
