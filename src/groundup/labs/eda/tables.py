"""Tables: what each column holds, which say the same, which tell the classes apart, and rows far from all others.

    (1)  far out:  x < Q1 - 3 (Q3 - Q1)  or  x > Q3 + 3 (Q3 - Q1)      Q1, Q3 the quartiles of a column
    (2)  η² = Σ_k n_k (m_k - m)² / Σ_n (x_n - m)²                      the share of a column's variance between classes

Source of Eq. 1: J. W. Tukey, Exploratory Data Analysis (1977).
"""

import warnings

import numpy as np

from groundup.core import Array, IntArray
from groundup.data import Dataset
from groundup.labs import figures
from groundup.labs.eda.section import Place, Section, count, in_figure, literal, rounded, table
from groundup.labs.lab import Figure, percent

MOST = 40  # columns in the table and in the picture of correlations
STRONG = 0.95  # correlation
FENCE = 3.0
PILED = 0.01  # share of the rows at one end of a column that otherwise hardly repeats


def columns_of(data: Dataset) -> list[str]:
    """Their names; numbers where the table has none."""
    return data.columns or [f"column {i}" for i in range(data.x.shape[1])]


def values(data: Dataset, place: Place) -> Section:
    """Each column's range and spread; constant columns, and values piled up at one end."""
    x, names = data.x.astype(np.float64), columns_of(data)
    quartiles = np.percentile(x, [25, 50, 75], axis=0)
    explained = between(x, data.y)
    facts = {
        name: {
            "lowest": float(x[:, i].min()), "median": float(quartiles[1, i]), "highest": float(x[:, i].max()),
            "mean": float(x[:, i].mean()), "deviation": float(x[:, i].std()), "distinct": len(np.unique(x[:, i])),
            "between_classes": float(explained[i]),
        }
        for i, name in enumerate(names)
    }  # fmt: skip
    section = Section("Columns", facts=facts)
    constant = [name for name in names if facts[name]["distinct"] == 1]
    section.said = [_scales(facts), "No value is missing: a table with a gap is refused when it is read."]
    if constant:
        section.said.insert(0, f"**Constant, and of no use: {', '.join(map(literal, constant))}.**")
    piled = [said for i, name in enumerate(names) if (said := _piled(x[:, i], name))]
    if piled:
        section.said.append(f"Piled up at one end, which may stand for a missing value: {'; '.join(piled)}.")
    order = np.argsort(-explained, kind="stable")
    best = names[order[0]]
    section.said.append(
        f"{literal(best)} tells the classes apart best by itself: {percent(explained[order[0]])} of its variance lies "
        "between them (η²). This is computed on all rows: choose columns on the training rows alone."
    )
    head = ("column", "lowest", "median", "highest", "mean", "deviation", "η²")
    keys = ("lowest", "median", "highest", "mean", "deviation")
    section.tables = [table(head, [
        (literal(names[i]), *(f"{facts[names[i]][key]:.4g}" for key in keys), f"{explained[i]:.2f}")
        for i in order[:MOST]
    ], 6)]  # fmt: skip
    section.figures = [_by_class(x, data, names, order, explained, place)]
    return section


def between(x: Array, y: IntArray) -> Array:
    """Eq. 2 of each column of (N, D), (D,); 0 for a column that never varies."""
    m, total = x.mean(axis=0), ((x - x.mean(axis=0)) ** 2).sum(axis=0)
    parts = [((y == k).sum(), x[y == k].mean(axis=0)) for k in np.unique(y)]
    inside: Array = np.sum([n * (mean - m) ** 2 for n, mean in parts], axis=0)
    varies = np.ptp(x, axis=0) > 0
    return np.where(varies, inside / np.where(varies, total, 1), 0.0)


def _scales(facts: dict[str, dict[str, float]]) -> str:
    spread = {name: fact["deviation"] for name, fact in facts.items() if fact["distinct"] > 1}
    whole = count(len(facts), "column")
    if len(spread) < 2 or not min(spread.values()):
        return f"{whole}; {len(spread)} of them {'varies' if len(spread) == 1 else 'vary'}."
    low, high = min(spread, key=lambda n: spread[n]), max(spread, key=lambda n: spread[n])
    times = spread[high] / spread[low]
    why = ": standardise them" if times > 10 else ""
    return f"{whole}; {literal(high)} spreads {rounded(times)} times as far as {literal(low)}{why}."


def _piled(column: Array, name: str) -> str:
    """Says when the lowest or the highest value of a column that hardly repeats otherwise is there often."""
    distinct, times = np.unique(column, return_counts=True)
    if len(distinct) < len(column) / 4:
        return ""
    end = 0 if times[0] >= times[-1] else -1
    often = times[end] >= max(5, PILED * len(column))
    return f"{literal(name)} ({times[end]:,} times {distinct[end]:g})" if often else ""


def _by_class(x: Array, data: Dataset, names: list[str], order: IntArray, explained: Array, place: Place) -> Figure:
    """The four columns that tell most, by class."""
    shown = order[: min(4, len(names))]
    fig, axes = figures.figure(columns=2, rows=-(-len(shown) // 2), height=2.0, squeeze=False)
    counts = np.bincount(data.y, minlength=len(data.classes))
    classes = np.sort(np.argsort(-counts, kind="stable")[:6])
    for ax, i in zip(axes.flat, shown, strict=False):
        low, high = np.percentile(x[:, i], [0.5, 99.5])
        edges = np.linspace(low, high if high > low else low + 1, 31)
        for j, k in enumerate(classes[counts[classes] > 0]):
            inside = np.clip(x[data.y == k, i], edges[0], edges[-1])
            style = {"color": figures.COLOURS[j], "linestyle": figures.LINES[j], "linewidth": 1.2}
            ax.stairs(np.histogram(inside, edges)[0] / len(inside), edges, label=in_figure(data.classes[k]), **style)
        ax.set_title(f"{in_figure(names[i], 30)}: η² {explained[i]:.2f}")
        ax.set_ylim(bottom=0)
        figures.in_percent(ax.yaxis)
    for ax in list(axes.flat)[len(shown) :]:
        ax.axis("off")
    if (counts > 0).sum() > 1:
        fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figures.headline(fig, f"{in_figure(names[shown[0]], 40)} tells the classes apart best")
    figures.save(fig, place.stem("columns"))
    return Figure(
        place.stem("columns").name,
        "Shares of each class's rows; what lies beyond the outermost 0.5 % is in the end bars.",
    )


def related(data: Dataset, place: Place) -> Section:
    """Columns that say nearly the same: correlations, drawn and the strongest named."""
    x, names = data.x.astype(np.float64), columns_of(data)
    vary = np.flatnonzero(np.ptp(x, axis=0) > 0)
    section = Section("Columns that go together")
    if len(vary) < 2:
        return section
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a spread of 1e-300 squared is none
        r: Array = np.nan_to_num(np.atleast_2d(np.corrcoef(x[:, vary].T)))
    pairs = sorted(zip(*np.triu_indices(len(vary), 1), strict=True), key=lambda pair: -abs(r[pair]))
    strong = [(names[vary[i]], names[vary[j]], float(r[i, j])) for i, j in pairs if abs(r[i, j]) >= STRONG]
    i, j = pairs[0]
    section.facts = {"strong": [list(pair) for pair in strong]}
    most = f"{literal(names[vary[i]])} and {literal(names[vary[j]])} go together most (correlation {r[i, j]:.3f})"
    n, of = len(strong), len(pairs)
    section.said = [
        f"{most}; {count(n, 'pair')} of {of:,} {'have' if n > 1 else 'has'} {STRONG} or more, either way"
        + (": one column of each would tell nearly all." if strong else ".")
    ]
    if strong:
        shown = strong[:12]
        section.tables = [table(("column", "column", "correlation"), [
            (literal(a), literal(b), f"{value:.3f}") for a, b, value in shown
        ], 1)]  # fmt: skip
    section.figures = [
        _heat(np.abs(r[:MOST, :MOST]), [names[k] for k in vary[:MOST]], (names[vary[i]], names[vary[j]]), place)
    ]
    return section


def _heat(r: Array, names: list[str], most: tuple[str, str], place: Place) -> Figure:
    side = 1.2 + min(4.6, 0.17 * len(names) + 0.6)
    fig, axes = figures.figure(height=side)
    figures.heat(axes, r, ("0", "1"), aspect="equal", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), [in_figure(name) for name in names], rotation=90, fontsize=7.5)
    axes.set_yticks(range(len(names)), [in_figure(name) for name in names], fontsize=7.5)
    axes.tick_params(length=0)
    figures.headline(fig, f"{in_figure(most[0])} and {in_figure(most[1])} go together most")
    figures.save(fig, place.stem("correlation"))
    return Figure(
        place.stem("correlation").name, "How strongly each two columns go together: the size of their correlation."
    )


def outliers(data: Dataset) -> Section:
    """Values beyond Tukey's far fences (Eq. 1), and the rows with most of them."""
    x, names = data.x.astype(np.float64), columns_of(data)
    first, third = np.percentile(x, [25, 75], axis=0)
    reach = FENCE * (third - first)
    far = ((x < first - reach) | (x > third + reach)) & (third > first)
    by_column, by_row = far.sum(axis=0), far.sum(axis=1)
    section = Section("Outliers", facts={"values": int(far.sum()), "rows": int((by_row > 0).sum())})
    if not far.any():
        section.said = ["No value lies far outside the quartiles of its column (three times their distance)."]
        return section
    worst, row = int(by_column.argmax()), int(by_row.argmax())
    n = int((by_row > 0).sum())
    section.said = [
        f"{count(n, 'row')} of {len(x):,} {'has' if n == 1 else 'have'} a value far outside the quartiles of "
        "its column "
        f"(three times their distance); most such values are in {literal(names[worst])}, {by_column[worst]:,}.",
        f"Row {row:,} ({literal(data.classes[data.y[row]])}) has most of them, {by_row[row]} of {x.shape[1]} values. "
        "An outlier is no mistake by itself: a skewed column has many, and its logarithm few.",
    ]
    return section
