"""The pages that show where one stands: the map, the exercise, the labs, a run, progress."""

from collections import Counter

from fastapi import APIRouter, HTTPException, Request, Response

from groundup.course.overview import progress_rows
from groundup.labs import registry
from groundup.studio import exercises, files, mapping
from groundup.studio.report import to_html
from groundup.studio.statement import statement
from groundup.studio.studio import Studio

TASKS = {
    "write": "Write ",
    "predict": "Answer each question in the sheet before you run anything.",
    "repair": "This run is sick. Find out why, and mend it. It may be in ",
    "test": "Write the checks ",
    "speed": "It is right, and slow. Make it fast: ",
}


def routes(studio: Studio) -> APIRouter:
    """GET of every page but the lesson's."""
    router = APIRouter()

    @router.get("/")
    def map_(request: Request) -> Response:
        course, following = studio.course, studio.workspace.next_exercise()
        standings, rows = studio.workspace.progress.standings(), progress_rows(studio.workspace)
        here = following.concept if following else ""
        return studio.page(
            request, "map.html", section="Map", course=course, following=following,
            wide=mapping.draw_wide(course, standings, here), narrow=mapping.draw_narrow(course, standings, here),
            passed=sum(row["state"] == "passed" for row in rows), total=len(rows),
            earned=sum(row["earned"] for row in rows), points=sum(row["points"] for row in rows),
        )  # fmt: skip

    @router.get("/exercise/{name}")
    def exercise(request: Request, name: str) -> Response:
        found = studio.exercise(name)
        path = exercises.path_of(studio, found)
        data = {"id": name, "title": found.title, "functions": found.functions, "nonce": request.state.nonce}
        return studio.page(
            request, "exercise.html", section="Map", exercise=found, concept=studio.concept(found.concept), path=path,
            statement=statement(found), task=TASKS[found.kind], standing=studio.workspace.progress.standing(name),
            data=data | vars(files.read(path)),
        )  # fmt: skip

    @router.get("/progress")
    def progress(request: Request) -> Response:
        rows = progress_rows(studio.workspace)
        return studio.page(
            request, "progress.html", section="Progress", course=studio.course, rows=rows, workspace=studio.workspace
        )

    _labs(router, studio)
    return router


def _labs(router: APIRouter, studio: Studio) -> None:
    @router.get("/labs")
    def labs(request: Request) -> Response:
        counts = Counter(run.lab for run in studio.runs)
        return studio.page(request, "labs.html", section="Labs", labs=registry.labs(), counts=counts)

    @router.get("/lab/{name}")
    def lab(request: Request, name: str) -> Response:
        found = next((lab for lab in registry.labs() if lab.name == name), None)
        if found is None:
            raise HTTPException(404, f"There is no lab called {name}.")
        runs = [run for run in studio.runs if run.lab == name]
        return studio.page(request, "lab.html", section="Labs", lab=found, runs=runs)

    @router.get("/run/{name}")
    def run(request: Request, name: str) -> Response:
        found = studio.run(name)
        lab = next((lab for lab in registry.labs() if lab.name == found.lab), None)
        return studio.page(request, "run.html", section="Labs", run=found, lab=lab, report=to_html(found))
