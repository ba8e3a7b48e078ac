"""The pages that show where one stands: the map, the exercise, progress."""

from fastapi import APIRouter, Request, Response

from groundup.course.overview import progress_rows
from groundup.studio import exercises, files, mapping
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
    """GET of /, /exercise/ID and /progress."""
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

    return router
