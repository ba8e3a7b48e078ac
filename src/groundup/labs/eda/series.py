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

SHOWN = 6  # columns drawn


def changes(data: Series) -> tuple[Array, str]:
    """Eq. 1, (T - 1, K), and what it is called."""
    if (data.values > 0).all():
        return np.diff(np.log(data.values), axis=0), "log return"
    return np.diff(data.values, axis=0), "change"


def drawn(data: Series, place: Place) -> Section:
    """Every column over time; where it began and ended."""
    x, ends = data.values, ("first", "last", "lowest", "highest")
    found = np.stack([x[0], x[-1], x.min(axis=0), x.max(axis=0)], axis=1)  # (K, 4)
    section = Section("The series")
    section.facts = {
        name: dict(zip(ends, row.tolist(), strict=True)) for name, row in zip(data.columns, found, strict=True)
    }
    rows = [(literal(name), *(f"{v:.4g}" for v in row)) for name, row in zip(data.columns, found, strict=True)]
    section.tables = [table(("column", *ends), rows, 4)]
    ups = int((x[-1] > x[0]).sum())
    section.said = [
        f"{len(data):,} days from {data.dates[0]} to {data.dates[-1]}; {ups} of {count(len(data.columns), 'column')} "
        f"{'ends' if ups == 1 else 'end'} higher than {'it' if ups == 1 else 'they'} began."
    ]
    section.figures = [_curves(data, ups, place)]
    return section


def _curves(data: Series, ups: int, place: Place) -> Figure:
    fig, axes = figures.figure(height=2.8)
    plain = {"linewidth": 1.0} | ({"linestyle": "-"} if len(data) > 300 else {})  # dashes drown in so many days
    for i, name in enumerate(data.columns[:SHOWN]):
        figures.curve(axes, i, data.dates, data.values[:, i], **plain)
        look = {"va": "center", "color": figures.COLOURS[i], "fontsize": 8.5}
        axes.annotate(in_figure(name), (data.dates[-1], data.values[-1, i]), (4, 0), textcoords="offset points", **look)
    wide = (data.values > 0).all() and data.values.max() > 20 * data.values.min()
    if wide:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    figures.grid(axes)
    span = f"{data.dates[0]} to {data.dates[-1]}"
    figures.headline(fig, f"{span}: {ups} of {len(data.columns)} end higher than they began")
    figures.save(fig, place.stem("series"))
    left_out = f" The first {SHOWN} of {len(data.columns)} columns." if len(data.columns) > SHOWN else ""
    scale = ", on a scale of powers of ten" if wide else ""
    return Figure(place.stem("series").name, f"The values over time{scale}.{left_out}")


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
    return float((d**4).mean()) / variance**2 - 3 if variance**2 else 0.0


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
    means = (
        f"the mean {what} differs by more than chance (at 95 %) in {', '.join(map(literal, moved))}"
        if moved
        else f"no mean {what} differs by more than chance (at 95 %)"
    )
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
    figures.headline(
        fig, f"{percent(within)} of the {what}s lie within one standard deviation; of a normal curve 68.3 %"
    )
    figures.save(fig, place.stem("returns"))
    return Figure(
        place.stem("returns").name,
        "How often each size of change occurs, all but the outermost 0.4 %. Dotted, a normal curve with the same "
        "mean and deviation.",
    )
