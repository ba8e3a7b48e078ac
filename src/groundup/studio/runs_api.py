"""Lab runs for the page's script: start, follow, stop, report."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, HTTPException
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from groundup.labs.lab import Lab
from groundup.studio.report import to_html
from groundup.studio.run_parts import parts_of
from groundup.studio.runs import Run
from groundup.studio.studio import Studio

PAUSE = 0.15  # seconds between two looks at a run: as often as a chart can be read
PATIENCE = 3.0  # seconds after which a run that nobody holds is over: between two of its seeds nobody does
AT_ONCE = 2  # runs that may train at a time; a third would slow all of them
BATCH = 2000  # measurements an event


class Options(BaseModel):
    """How a lab is started. ``settings`` are NAME=VALUE with spaces between them."""

    quick: bool = False
    mine: bool = False
    backend: Literal["numpy", "torch"] | None = None
    recipe: str | None = None
    seeds: int = Field(1, ge=1, le=20)
    settings: str = ""

    def given(self) -> dict[str, str]:
        """The settings by name. Raises ValueError for one without a name or a value."""
        pairs = [(pair, *pair.partition("=")) for pair in self.settings.split()]
        for pair, name, _, value in pairs:
            if not (name and value):
                raise ValueError(f"Settings: expected NAME=VALUE, with spaces between them, got {pair}.")
        return {name.replace("-", "_"): value for _, name, _, value in pairs}

    def words(self, lab: Lab) -> list[str]:
        """The options of ``groundup lab run``. Raises ValueError for what the lab has not."""
        given = self.given() | ({"backend": self.backend} if self.backend else {})
        lab.configure(quick=self.quick, recipe=self.recipe, **given)
        flags = [f"--{flag}" for flag in ("quick", "mine") if getattr(self, flag)]
        flags += [f"--recipe={self.recipe}"] if self.recipe else []
        flags += [f"--seeds={self.seeds}"] if self.seeds > 1 else []
        return [*flags, *(f"--set={name}={value}" for name, value in given.items())]


def routes(studio: Studio) -> APIRouter:
    """POST /api/labs/NAME/runs; GET events and report of a run, POST stop."""
    router = APIRouter(prefix="/api")

    @router.post("/labs/{name}/runs")
    def start(name: str, options: Options) -> dict[str, str]:
        lab = studio.lab(name)
        try:
            words = options.words(lab)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        if len(studio.runs.running()) >= AT_ONCE:
            raise HTTPException(409, f"{AT_ONCE} labs are running; stop one of them, or wait for its end.")
        return {"run": studio.runs.start(name, *words).id}

    @router.get("/runs/{name}/events", response_class=EventSourceResponse)
    async def events(
        name: str, last_event_id: Annotated[str | None, Header()] = None
    ) -> AsyncIterator[ServerSentEvent]:
        async for event in _follow(studio, studio.run(name), _places(last_event_id or "")):
            yield event

    @router.get("/runs/{name}/report")
    def report(name: str) -> dict[str, Any]:
        run = studio.run(name)
        return {"html": to_html(run), "page": run.has_page}

    @router.post("/runs/{name}/stop")
    def stop(name: str) -> dict[str, str]:
        run = studio.run(name)
        run.stop()
        return {"state": run.state}

    return router


def _places(last: str) -> list[int]:
    """The id of an event, "1840.920": how far the first part was read, the second, ...; [] where it is none."""
    steps = last.split(".")
    return [int(step) for step in steps] if all(step.isascii() and step.isdecimal() for step in steps) else []


async def _follow(studio: Studio, run: Run, places: list[int]) -> AsyncIterator[ServerSentEvent]:
    """What the run measures, as it measures it, part by part; what it says besides; then how it ended."""
    note, idle = "", 0.0
    while not studio.closing():
        state = run.state  # asked before the files are read: nothing written at the end is missed
        measured = list(measurements(run, places))
        for event in measured:
            yield event
        if state == "running" and not measured and note != (note := run.note()) and note:
            yield ServerSentEvent(event="note", data=note)
        idle = idle + PAUSE if state == "stopped" and run.process is None else 0.0
        if state != "running" and not 0 < idle < PATIENCE:
            done = {"state": state, "sentence": run.sentence(), "result": run.result}
            yield ServerSentEvent(event="done", data=done)
            return
        await asyncio.sleep(PAUSE)


def measurements(run: Run, places: list[int]) -> Iterator[ServerSentEvent]:
    """What is new in every part since ``places``, which is moved on. The id of an event says where to resume."""
    for i, part in enumerate(parts_of(run.folder)):
        if i == len(places):
            places.append(0)
        metrics, places[i] = part.metrics(places[i])
        for at in range(0, len(metrics), BATCH):
            data = {"part": i, "name": part.name, "said": part.said(run.output), "metrics": metrics[at : at + BATCH]}
            whole = at + BATCH >= len(metrics)
            yield ServerSentEvent(event="metrics", data=data, id=".".join(map(str, places)) if whole else None)
