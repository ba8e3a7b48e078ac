"""The studio as one application: pages, the requests of their script, the bundle, and the guard around all of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from groundup.course.workspace import Workspace
from groundup.studio import exercises, lab_pages, lessons, pages, runs_api
from groundup.studio.guard import Guard
from groundup.studio.studio import Studio

STATIC = Path(__file__).with_name("static")


def create_app(workspace: Workspace, token: str) -> FastAPI:
    """The studio of one workspace, for whoever holds the token."""
    studio = Studio(workspace)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        studio.runs.stop_all()

    app = FastAPI(title="Groundup studio", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.studio = studio
    for part in (pages, exercises, lessons, lab_pages, runs_api):
        app.include_router(part.routes(studio))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Guard, token=token)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": error.detail}, error.status_code)
        what = error.detail if error.detail != "Not Found" else f"There is no page at {request.url.path}."
        return studio.page(request, "error.html", status=error.status_code, what=what)

    return app
