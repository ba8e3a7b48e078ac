"""What every part of the studio shares: the workspace, its runs, the templates."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from groundup.course.exercise import Exercise
from groundup.course.manifest import Concept, Course, load_course
from groundup.course.workspace import Workspace
from groundup.labs import registry
from groundup.labs.lab import Lab
from groundup.studio.runs import Run, Runs

TEMPLATES = Path(__file__).with_name("templates")


class Studio:
    """One workspace, open in the browser."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.runs = Runs(workspace.root)
        self.closing: Callable[[], bool] = lambda: False  # the server says when it ends: open streams end first
        self.writing = Lock()  # one save and check at a time
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates = Jinja2Templates(env=environment)

    @property
    def course(self) -> Course:
        return load_course()

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page; ``section`` names the entry of the running head that it belongs to."""
        context: Mapping[str, Any] = {"section": "", **values}
        return self.templates.TemplateResponse(request, template, dict(context), status_code=status)

    def concept(self, slug: str) -> Concept:
        """Raises 404 where there is none."""
        concept = self.course.concepts.get(slug)
        if concept is None:
            raise HTTPException(404, f"The course has no concept called {slug}.")
        return concept

    def exercise(self, name: str) -> Exercise:
        """Raises 404 where there is none."""
        exercise = self.course.exercise_by_id.get(name)
        if exercise is None:
            raise HTTPException(404, f"The course has no exercise called {name}.")
        return exercise

    def lab(self, name: str) -> Lab:
        """Raises 404 where there is none."""
        lab = registry.LABS.get(name)
        if lab is None:
            raise HTTPException(404, f"There is no lab called {name}.")
        return lab

    def run(self, name: str) -> Run:
        """Raises 404 where there is none."""
        run = self.runs.get(name)
        if run is None:
            raise HTTPException(404, f"There is no run called {name} in {self.runs.folder}.")
        return run
