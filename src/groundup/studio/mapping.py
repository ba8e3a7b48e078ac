"""The map of the course: what rests on what, from the ground up.

Each unit is a stratum, the first at the bottom. A concept stands above those of its own unit that it rests on; it rests
on an earlier concept when its code or its lesson imports it. Lines that follow from others are left out.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from math import acos, cos, pi, sin
from textwrap import wrap

from groundup.course.manifest import Concept, Course, Unit
from groundup.course.progress import Standing

WIDTH, LEFT, RIGHT = 1080, 250, 190  # of the wide picture; titles of units stand left, labs right
LEVEL, PAD, RADIUS, HALF = 98, 38, 9, 112  # HALF: of the widest title
NARROW, SPINE, ROW = 380, 96, 50  # of the narrow picture

Links = dict[str, set[str]]


@dataclass
class Knot:
    """A concept in the picture."""

    slug: str
    lines: list[str]
    x: float
    y: float
    share: float  # of its points, passed
    here: bool
    said: str

    @property
    def foot(self) -> float:
        """Where the lines to what it rests on begin: under its title."""
        return self.y + 36 + 20 * (len(self.lines) - 1)

    @property
    def filled(self) -> str:
        """An SVG path: the circle, filled up from below to the share that is passed."""
        return segment(self.x, self.y, RADIUS - 2.5, self.share)


@dataclass
class Stratum:
    """A unit in the picture, from its upper edge down."""

    unit: Unit
    lines: list[str]
    top: float
    height: float


@dataclass
class Picture:
    width: float
    height: float
    strata: list[Stratum] = field(default_factory=list)
    knots: list[Knot] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # SVG paths


def rests_on(course: Course) -> Links:
    """For each concept the earlier ones it imports, those left out that another of them already rests on."""
    links: Links = {}
    for slug, concept in course.concepts.items():
        text = "".join(p.read_text(encoding="utf-8") for p in (concept.file, concept.lesson) if p.is_file())
        links[slug] = {earlier for earlier in links if _imports(text, course.concepts[earlier])}
    reach: Links = {}
    for slug, direct in links.items():
        reach[slug] = direct.union(*(reach[d] for d in direct))
    return {slug: {d for d in direct if not any(d in reach[o] for o in direct)} for slug, direct in links.items()}


def _imports(text: str, concept: Concept) -> bool:
    name = re.escape(concept.package)
    return re.search(rf"^\s*(?:from {name}(?:\.\w+)* import|import {name}\b)", text, re.MULTILINE) is not None


def segment(x: float, y: float, r: float, share: float) -> str:
    """The part of a circle below the height ``share`` of its diameter, as an SVG path."""
    if share <= 0:
        return ""
    if share >= 1:
        return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0Z"
    angle = acos(1 - 2 * share)  # from straight down to the edge of the filling
    dx, dy = r * sin(angle), r * cos(angle)
    return f"M{x - dx:.1f} {y + dy:.1f}A{r} {r} 0 {int(angle > pi / 2)} 0 {x + dx:.1f} {y + dy:.1f}Z"


def _units(course: Course) -> list[tuple[Unit, list[Concept]]]:
    return [(u, [course.concepts[path.rsplit("/", 1)[-1]] for path in u.concepts]) for u in course.units]


def _levels(slugs: list[str], links: Links) -> list[list[str]]:
    """The concepts of one unit in rows: each above those of the same unit that it rests on."""
    level: dict[str, int] = {}
    for slug in slugs:
        level[slug] = 1 + max((level[d] for d in links[slug] if d in level), default=-1)
    return [[s for s in slugs if level[s] == n] for n in range(max(level.values(), default=-1) + 1)]


def _knot(course: Course, slug: str, x: float, y: float, chars: int, standings: dict[str, Standing], here: str) -> Knot:
    concept = course.concepts[slug]
    points = sum(e.points for e in concept.exercises)
    passed = [e for e in concept.exercises if e.id in standings and standings[e.id].passed]
    said = f"{len(passed)} of {len(concept.exercises)} exercises passed"
    share = sum(e.points for e in passed) / points
    return Knot(slug, wrap(concept.title, chars), x, y, share, slug == here, said)


def draw_wide(course: Course, standings: dict[str, Standing], here: str) -> Picture:
    """Strata with room: one row a level, units bottom up."""
    links, units = rests_on(course), _units(course)
    rows = [_levels([c.slug for c in concepts], links) for _, concepts in units]
    heights = [max(len(r) * LEVEL, 26.0 * len(u.labs), 60.0) + PAD for r, (u, _) in zip(rows, units, strict=True)]
    picture, bottom, at = Picture(WIDTH, sum(heights) + 34), sum(heights), dict[str, Knot]()
    for (unit, _), levels, height in zip(units, rows, heights, strict=True):
        picture.strata.append(Stratum(unit, wrap(unit.title, 24), bottom - height, height))
        for n, slugs in enumerate(levels):
            ordered = sorted(
                slugs, key=lambda s: _middle(s, links, at)
            )  # stable: the course's order where nothing is known
            step = (WIDTH - LEFT - RIGHT) / len(ordered)
            for i, slug in enumerate(ordered):
                x, y = LEFT + step * (i + 0.5), bottom - PAD - 30 - n * LEVEL
                at[slug] = _knot(course, slug, x, y, max(14, int(step / 8.5)), standings, here)
        bottom -= height
    picture.knots = list(at.values())
    picture.lines = [_rope(at[slug], at[d], picture.knots) for slug, below in links.items() for d in sorted(below)]
    return picture


def _middle(slug: str, links: Links, at: dict[str, Knot]) -> float:
    below = [at[d].x for d in links[slug] if d in at]
    return sum(below) / len(below) if below else (WIDTH + LEFT - RIGHT) / 2


def _rope(top: Knot, bottom: Knot, knots: list[Knot]) -> str:
    """A line from under a concept's title down to one it rests on, upright at both ends, past the concepts between."""
    path, x = f"M{top.x:.1f} {top.foot:.1f}", top.x
    y = top.foot
    for level in sorted({knot.y for knot in knots if top.y < knot.y < bottom.y}):
        row = [knot for knot in knots if knot.y == level]
        straight = top.x + (bottom.x - top.x) * (level - top.y) / (bottom.y - top.y)
        clear = _gap(straight, [knot.x for knot in row])
        head, foot = level - 2 * RADIUS, max(knot.foot for knot in row)
        path += _bend(x, y, clear, head) + f"V{foot:.1f}"
        x, y = clear, foot
    return path + _bend(x, y, bottom.x, bottom.y - RADIUS)


def _bend(x1: float, y1: float, x2: float, y2: float) -> str:
    reach = max(14.0, (y2 - y1) * 0.5)
    return f"C{x1:.1f} {y1 + reach:.1f} {x2:.1f} {y2 - reach:.1f} {x2:.1f} {y2:.1f}"


def _gap(x: float, taken: list[float]) -> float:
    """``x``, or the nearest place between the concepts of a row when one stands there."""
    if all(abs(x - other) > HALF for other in taken):
        return x
    xs = sorted(taken)
    gaps = [xs[0] - HALF, *((a + b) / 2 for a, b in pairwise(xs)), xs[-1] + HALF]
    return min(gaps, key=lambda gap: abs(gap - x))


def draw_narrow(course: Course, standings: dict[str, Standing], here: str) -> Picture:
    """An arc diagram: one line a concept, bottom up, arcs at the left to what it rests on."""
    links, units = rests_on(course), _units(course)
    height = sum(56.0 + ROW * len(concepts) for _, concepts in units)
    picture, bottom, at = Picture(NARROW, height + 34), height, dict[str, float]()
    for unit, concepts in units:
        size = 56.0 + ROW * len(concepts)
        picture.strata.append(Stratum(unit, [unit.title], bottom - size, size))
        for i, concept in enumerate(concepts):
            at[concept.slug] = y = bottom - ROW * (i + 0.5)
            picture.knots.append(_knot(course, concept.slug, SPINE, y, 30, standings, here))
        bottom -= size
    for slug, below in links.items():
        for y in (at[d] for d in sorted(below)):
            reach = min(SPINE - RADIUS - 4, 18 + 0.28 * (y - at[slug]))
            x = SPINE - RADIUS
            picture.lines.append(
                f"M{x} {at[slug]:.1f}C{x - reach:.1f} {at[slug]:.1f} {x - reach:.1f} {y:.1f} {x} {y:.1f}"
            )
    return picture
