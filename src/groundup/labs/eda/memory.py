"""What a day of a series says of later ones, and which days are missing or far out. Equations: ``series``."""

import numpy as np

from groundup.core import Array
from groundup.data import Series
from groundup.labs import figures
from groundup.labs.eda.section import Place, Section, count, in_figure, literal, table
from groundup.labs.eda.series import SHOWN, changes
from groundup.labs.lab import Figure, percent

LAGS = 20
FAR = 6.0  # Eq. 4


def autocorrelation(r: Array, lags: int = LAGS) -> Array:
    """Eq. 2 of (T,) at lags 1 to ``lags``, fewer for a short series; 0 where r never varies."""
    d = r - r.mean()
    total = float(d @ d)
    return np.array([float(d[k:] @ d[:-k]) / total if total else 0.0 for k in range(1, min(lags, len(r) - 1) + 1)])


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
        f"The {what}s are outside the band of a series without memory at {percent(outside)} of the lags 1 to "
        f"{LAGS} (5 % by "
        f"chance), the sizes of the {what}s at {percent(loud)}"
        + (": how far a day moves says more of later days than which way." if loud > max(0.2, 2 * outside) else "."),
    ]
    section.figures = [_draw(data, {f"{what}s": signed, f"sizes of {what}s": sizes}, float(bound), place)]
    return section


def _draw(data: Series, by_name: dict[str, Array], bound: float, place: Place) -> Figure:
    fig, both = figures.figure(columns=2, height=2.8, sharey=True)
    for axes, (name, found) in zip(both, by_name.items(), strict=True):
        axes.axhspan(-bound, bound, color=figures.INK, alpha=0.1, linewidth=0)
        for i, column in enumerate(found[:SHOWN]):
            look = {"marker": figures.MARKERS[i], "markersize": 3, "linewidth": 0.8}
            figures.curve(axes, i, range(1, len(column) + 1), column, label=in_figure(data.columns[i]), **look)
        axes.set_title(f"{name}: {percent(float((np.abs(found) > bound).mean()))} outside")
        axes.set_xlabel("days apart")
        figures.grid(axes)
    both[0].set_ylabel("autocorrelation")
    fig.legend(*both[0].get_legend_handles_labels(), loc="outside lower center", ncols=SHOWN)
    figures.save(fig, place.stem("memory"))
    said = "Autocorrelation by distance in days. Shaded, where a series without memory is 95 % of the time."
    return Figure(place.stem("memory").name, said)


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
        f"On {count(still, 'day')} nothing moved at all." if still else "Something moved every day.",
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
