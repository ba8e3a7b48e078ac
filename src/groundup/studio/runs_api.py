"""Lab runs for the page's script: start, follow, stop, report."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from groundup.labs import registry
from groundup.studio.report import to_html
from groundup.studio.runs import Run
from groundup.studio.studio import Studio

PAUSE = 0.15  # seconds between two looks at a run: as often as a chart can be read
AT_ONCE = 2  # runs that may train at a time; a third would slow all of them
BATCH = 2000  # measurements an event


class Options(BaseModel):
    """How a lab is started."""

    quick: bool = False
    mine: bool = False


def routes(studio: Studio) -> APIRouter:
    """POST /api/labs/NAME/runs; GET events and report of a run, POST stop."""
    router = APIRouter(prefix="/api")

    @router.post("/labs/{name}/runs")
    def start(name: str, options: Options) -> dict[str, str]:
        if name not in [lab.name for lab in registry.labs()]:
            raise HTTPException(404, f"There is no lab called {name}.")
        if len(studio.runs.running()) >= AT_ONCE:
            raise HTTPException(409, f"{AT_ONCE} labs are running; stop one of them, or wait for its end.")
        flags = [f"--{flag}" for flag, chosen in options.model_dump().items() if chosen]
        return {"run": studio.runs.start(name, *flags).id}

    @router.get("/runs/{name}/events", response_class=EventSourceResponse)
    async def events(
        name: str, last_event_id: Annotated[str | None, Header()] = None
    ) -> AsyncIterator[ServerSentEvent]:
        offset = int(last_event_id) if last_event_id and last_event_id.isdecimal() else 0
        async for event in _follow(studio, studio.run(name), offset):
            yield event

    @router.get("/runs/{name}/report")
    def report(name: str) -> dict[str, str]:
        return {"html": to_html(studio.run(name))}

    @router.post("/runs/{name}/stop")
    def stop(name: str) -> dict[str, str]:
        run = studio.run(name)
        run.stop()
        return {"state": run.state}

    return router


async def _follow(studio: Studio, run: Run, offset: int) -> AsyncIterator[ServerSentEvent]:
    """What the run measured, as it measures it; then how it ended. The id is the place in the file to resume from."""
    while not studio.closing():
        ended = run.state != "running"  # asked before the file is read: nothing written at the end is missed
        metrics, offset = run.metrics(offset)
        for i in range(0, len(metrics), BATCH):
            last = i + BATCH >= len(metrics)
            yield ServerSentEvent(event="metrics", data=metrics[i : i + BATCH], id=str(offset) if last else None)
        if ended:
            yield ServerSentEvent(
                event="done", data={"state": run.state, "sentence": run.sentence(), "result": run.result}
            )
            return
        await asyncio.sleep(PAUSE)
