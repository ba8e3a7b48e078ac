"""The pages of the labs: all of them by unit, one, a run of it, and a run's report as a page of its own."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse

from groundup.course.coverage import read_curriculum
from groundup.course.manifest import Course
from groundup.labs import registry
from groundup.labs.lab import Lab
from groundup.labs.torch_learner import have_torch
from groundup.studio.report import to_html
from groundup.studio.studio import Studio

FEW = 3  # finished runs of a lab that are named where all labs stand
# Of a run's folder, and of those of its seeds: a report, and what it draws.
OPEN = re.compile(r"(?:seed-\d+/)?(?:report\.html|figures/[A-Za-z0-9][\w-]*\.(?:svg|png))", re.ASCII)
KINDS = {".html": "text/html; charset=utf-8", ".svg": "image/svg+xml; charset=utf-8", ".png": "image/png"}
# As in labs.page: no script, nothing fetched. A run's files may be written by a learner's program.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Chapter:
    """The labs of a unit; "" is the id of those that no unit has."""

    id: str
    title: str
    labs: list[Lab]


def chapters(course: Course, labs: list[Lab]) -> list[Chapter]:
    """Units that have labs: those that they list, and those that answer a row of theirs first."""
    listed = {name: unit.id for unit in course.units for name in unit.labs}
    home = {lab.name: listed.get(lab.name, lab.covers[0].partition(".")[0]) for lab in labs}
    titles = {unit.id: unit.title for unit in course.units}
    found = [Chapter(key, title, [lab for lab in labs if home[lab.name] == key]) for key, title in titles.items()]
    found.append(Chapter("", "Further", [lab for lab in labs if home[lab.name] not in titles]))
    return [chapter for chapter in found if chapter.labs]


def choices(lab: Lab) -> dict[str, Any]:
    """What the form of a lab offers, and the settings that it has with their defaults."""
    settings = lab.settings()
    own = {f.name: getattr(settings, f.name) for f in fields(settings) if f.name != "backend"}
    both = have_torch() and getattr(settings, "backend", "") == "numpy"
    return {"backends": ["numpy", "torch"] if both else [], "recipes": list(lab.recipes), "settings": own}


def routes(studio: Studio) -> APIRouter:
    """GET /labs, /lab/NAME, /run/NAME and the report of a run."""
    router = APIRouter()
    requirements = {row.id: row.requirement for row in read_curriculum()}

    @router.get("/labs")
    def labs(request: Request) -> Response:
        runs = list(studio.runs)
        finished = {
            lab.name: [run for run in runs if run.lab == lab.name and run.state == "done"][:FEW]
            for lab in registry.labs()
        }
        return studio.page(
            request, "labs.html", section="Labs", chapters=chapters(studio.course, registry.labs()), finished=finished,
            requirements=requirements,
        )  # fmt: skip

    @router.get("/lab/{name}")
    def lab(request: Request, name: str) -> Response:
        found = studio.lab(name)
        runs = [run for run in studio.runs if run.lab == name]
        return studio.page(request, "lab.html", section="Labs", lab=found, runs=runs, choices=choices(found))

    @router.get("/run/{name}")
    def run(request: Request, name: str) -> Response:
        found = studio.run(name)
        lab = registry.LABS.get(found.lab)
        return studio.page(request, "run.html", section="Labs", run=found, lab=lab, report=to_html(found))

    @router.get("/run/{name}/{file:path}")
    def page(name: str, file: str) -> Response:
        found = inside(studio.run(name).folder, file)
        if found is None:
            raise HTTPException(404, f"The run {name} has no page {file}.")
        return FileResponse(found, media_type=KINDS[found.suffix], headers={"Content-Security-Policy": POLICY})

    return router


def inside(folder: Path, name: str) -> Path | None:
    """A file of a run that a browser may open; None for every other, and for a link that leads out of the folder."""
    found = (folder / name).resolve()
    fits = OPEN.fullmatch(name) is not None and found.suffix in KINDS
    return found if fits and found.is_relative_to(folder.resolve()) and found.is_file() else None
