"""Lessons on the page: the text at once, what its code gave as soon as it has run, and what the reader predicted."""

from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, StringConstraints

from groundup.course import lesson as course_lesson
from groundup.course.lesson import LessonError
from groundup.course.lessons.parse import Document, Heading, parse
from groundup.course.manifest import Concept
from groundup.studio.studio import Studio


class Prediction(BaseModel):
    """What a reader commits to before looking."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


def routes(studio: Studio) -> APIRouter:
    """GET /learn/NAME, GET .../executed, POST .../predictions/N."""
    router = APIRouter()
    running = Lock()  # a lesson that is asked for twice runs once

    @router.get("/learn/{slug}")
    def lesson(request: Request, slug: str) -> Response:
        return studio.page(request, "lesson.html", section="Map", **_context(studio, studio.concept(slug)))

    @router.get("/api/lessons/{slug}/executed")
    def executed(slug: str) -> dict[str, str]:
        concept = studio.concept(slug)
        try:
            with running:
                return {"html": course_lesson.build(concept.lesson).html}
        except LessonError as error:
            raise HTTPException(500, f"The code of this lesson did not run: {error}") from error

    @router.post("/api/lessons/{slug}/predictions/{number}")
    def predict(slug: str, number: int, prediction: Prediction) -> dict[str, str]:
        questions = _questions(parse(studio.concept(slug).lesson))
        if number not in range(1, len(questions) + 1):
            raise HTTPException(404, f"The lesson {slug} has no question {number}.")
        studio.workspace.progress.predict(slug, questions[number - 1], prediction.text)
        return {"said": studio.workspace.progress.predictions(slug)[questions[number - 1]]}

    return router


def heading_id(heading: str) -> str:
    """The anchor of a heading named as ``## Derive`` or as ``Derive``."""
    return Heading(2, heading.lstrip("# "), 0).anchor


def _questions(document: Document) -> list[str]:
    return [directive.parts()[0] for directive in document.all("predict")]


def _context(studio: Studio, concept: Concept) -> dict[str, Any]:
    lesson = course_lesson.render_unexecuted(concept.lesson)
    order = list(studio.course.concepts.values())
    at = order.index(concept)
    said = studio.workspace.progress.predictions(concept.slug)
    return {
        "concept": concept,
        "unit": next(unit for unit in studio.course.units if concept.path in unit.concepts),
        "lesson": lesson,
        "before": order[at - 1] if at else None,
        "after": order[at + 1] if at + 1 < len(order) else None,
        "said": {n: said[q] for n, q in enumerate(_questions(lesson.document), 1) if q in said},
    }
