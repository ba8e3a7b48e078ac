"""The exercise's desk: reading and saving the learner's file, checking it, hints."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, StringConstraints

from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.studio import files
from groundup.studio.lessons import heading_id
from groundup.studio.studio import Studio

MEGABYTE = 1_000_000


class Written(BaseModel):
    """What stands in the editor, and the version of the file it was opened from."""

    source: Annotated[str, StringConstraints(max_length=MEGABYTE)]
    base: str


def routes(studio: Studio) -> APIRouter:
    """GET and POST .../file, POST .../check, POST .../hint."""
    router = APIRouter(prefix="/api/exercises/{name}")

    @router.get("/file")
    def read(name: str) -> dict[str, str]:
        return vars(files.read(path_of(studio, studio.exercise(name))))

    @router.post("/file")
    def save(name: str, written: Written) -> Response:
        return _saved(studio, studio.exercise(name), written)[1]

    @router.post("/check")
    def check(name: str, written: Written) -> Response:
        exercise = studio.exercise(name)
        with studio.writing:
            version, answer = _saved(studio, exercise, written)
            if not version:
                return answer
            verdict = studio.workspace.check(exercise)
        return JSONResponse({"version": version, **_shown(studio, exercise, verdict)})

    @router.post("/hint")
    def hint(name: str) -> dict[str, Any]:
        exercise = studio.exercise(name)
        tier = min(studio.workspace.progress.standing(name).hints + 1, len(exercise.spec.hints))
        studio.workspace.progress.show(name, f"hint {tier}")
        return {"tier": tier, "of": len(exercise.spec.hints), "text": exercise.spec.hints[tier - 1]}

    return router


def path_of(studio: Studio, exercise: Exercise) -> Path:
    """The learner's file; handed out again where it was deleted."""
    path = studio.workspace.file_of(exercise)
    if not path.is_file():
        studio.workspace.update()
    return path


def _saved(studio: Studio, exercise: Exercise, written: Written) -> tuple[str, Response]:
    """The new version and the answer; "" and 409 with what stands on the disk where that is not what was opened."""
    try:
        version = files.save(path_of(studio, exercise), written.source, written.base)
    except files.ConflictError as conflict:
        return "", JSONResponse({"detail": str(conflict), **vars(conflict.now)}, 409)
    return version, JSONResponse({"version": version})


def _shown(studio: Studio, exercise: Exercise, verdict: Verdict) -> dict[str, Any]:
    """A verdict with the links that belong to it."""
    progress = studio.workspace.progress
    following = studio.workspace.next_exercise() if verdict.passed else None
    return {
        "verdict": verdict.to_json(),
        "hints": {"shown": progress.standing(exercise.id).hints, "of": len(exercise.spec.hints)},
        "see_url": f"/learn/{exercise.concept}#{heading_id(verdict.see)}" if verdict.see else None,
        "next": {"title": following.title, "url": f"/exercise/{following.id}"} if following else None,
    }
