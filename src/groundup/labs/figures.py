"""One look for every plot of the course: reports, lessons, studio.

Colours are Okabe and Ito's, told apart with any kind of colour vision; each comes with a dash style, so that a curve is
known in grey too. A title stands at the left and says what is to be seen. SVG keeps text as text, has no background,
and draws text, axes and grid in INK alone: a page that replaces INK by ``currentColor`` follows the reader's theme.

    fig, (left, right) = figure(columns=2)
    curve(left, 0, steps, loss, label="training")
    left.set_title("The loss falls", loc="left")
    save(fig, run / "figures" / "loss")              # loss.svg and loss.png, each whole or not at all

matplotlib is imported by the first call, not by this module.
"""

import textwrap
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from groundup.core import write_atomically

COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
LINES: list[Any] = ["-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1.5)), (0, (8, 2))]
MARKERS = ["o", "s", "^", "D", "v", "P"]
INK = "#1c1b1a"
WIDTH = 6.4  # inches: the reading column, 68 characters

STYLE: dict[str, Any] = {
    "font.family": "serif",
    "font.serif": ["STIXGeneral", "DejaVu Serif"],  # matplotlib brings both: the same figure on every machine
    "mathtext.fontset": "stix",
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.5,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.fontsize": 9,
    "image.cmap": "gray_r",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.max_open_warning": 0,
    "svg.fonttype": "none",
    "svg.hashsalt": "groundup",
    "savefig.dpi": 160,
} | dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "grid.color"), INK)


@cache
def _pyplot() -> Any:
    """matplotlib.pyplot with the course's style, without a display."""
    import matplotlib
    from cycler import cycler

    matplotlib.use("Agg")
    import matplotlib.pyplot

    pyplot: Any = matplotlib.pyplot  # whose stubs type each rcParam by itself
    pyplot.rcParams.update(STYLE)
    pyplot.rcParams["axes.prop_cycle"] = cycler(color=COLOURS) + cycler(linestyle=LINES)
    return pyplot


def figure(
    columns: int = 1, rows: int = 1, *, width: float = WIDTH, height: float = 2.6, **subplots: Any
) -> tuple[Any, Any]:
    """A figure and its axes: one Axes, else an array of them, (columns,), (rows,) or (rows, columns).

    ``width`` is that of the whole, ``height`` that of one row, both in inches. ``subplots`` goes to plt.subplots.
    """
    size = (width, height * rows)
    fig, axes = _pyplot().subplots(rows, columns, figsize=size, layout="constrained", **subplots)
    return fig, axes


def curve(axes: Any, series: int, x: Any, y: Any, **options: Any) -> None:
    """Draw the ``series``-th curve of a plot, in that series' colour and dashes."""
    i = series % len(COLOURS)
    axes.plot(x, y, **({"color": COLOURS[i], "linestyle": LINES[i]} | options))


def band(axes: Any, series: int, x: Any, low: Any, high: Any) -> None:
    """Shade between two curves in the colour of the ``series``-th."""
    axes.fill_between(x, low, high, color=COLOURS[series % len(COLOURS)], alpha=0.15, linewidth=0)


def headline(fig: Any, text: str) -> None:
    """What the whole figure shows, above it at the left, in lines that fit its width."""
    width = int(14.5 * fig.get_size_inches()[0])  # characters of this size to an inch
    size = STYLE["axes.titlesize"]
    fig.suptitle("\n".join(textwrap.wrap(text, width)), x=0.0, horizontalalignment="left", fontsize=size)


def in_percent(axis: Any, decimals: int | None = None) -> None:
    """Write the shares along this axis in per cent."""
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1.0, decimals=decimals, symbol=" %"))


def grid(axes: Any, axis: str = "y") -> None:
    """Faint lines to read values by."""
    axes.grid(axis=axis, alpha=0.15, linewidth=0.6, linestyle="-")


def picture(axes: Any, image: Any, caption: str = "") -> None:
    """One image, its caption below: (H, W) as ink, dark where the number is high, or (H, W, 3 or 4) as colour."""
    axes.imshow(image, cmap="gray_r", interpolation="none")
    bare(axes)
    axes.set_xlabel(caption, labelpad=2)


def bare(axes: Any) -> None:
    """Leave out ticks and frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def heat(axes: Any, values: Any, ends: Sequence[str], **options: Any) -> None:
    """A table of numbers (rows, columns) in one hue, from the paper (lowest) to full (highest): it reads in grey too.

    ``ends`` says what lowest and highest are, in a key at the right. ``options`` goes to imshow.
    """
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    shades = LinearSegmentedColormap.from_list("hue", [to_rgba(COLOURS[0], 0.0), to_rgba(COLOURS[0], 1.0)])
    axes.imshow(values, cmap=shades, interpolation="none", **({"aspect": "auto"} | options))
    key = axes.inset_axes((1.02, 0.0, 0.025, 1.0))
    key.imshow([[i / 63] for i in range(63, -1, -1)], cmap=shades, interpolation="none", aspect="auto")
    key.set_xticks([])
    key.set_yticks([0, 63], [ends[1], ends[0]])
    key.yaxis.tick_right()
    key.tick_params(length=0, labelsize=8.5)
    for spine in key.spines.values():
        spine.set_visible(True)


def to_svg(fig: Any) -> bytes:
    """The figure as SVG: the same bytes for the same figure, no date in it."""
    buffer = BytesIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def save(fig: Any, stem: Path | str) -> tuple[Path, Path]:
    """Write ``stem``.svg and ``stem``.png (on white), and close the figure. Raises OSError."""
    stem = Path(stem)
    svg, png = stem.with_name(stem.name + ".svg"), stem.with_name(stem.name + ".png")
    write_atomically(svg, to_svg(fig))
    buffer = BytesIO()
    fig.savefig(buffer, format="png", facecolor="white", metadata={"Software": None})
    write_atomically(png, buffer.getvalue())
    _pyplot().close(fig)
    return svg, png
