"""MLflow: one store for all runs, mlflow.db beside the run folders (SQLite), or where MLFLOW_TRACKING_URI points.

A lab is an experiment, a run folder a run. Figures and reports are artifacts, in mlartifacts/ beside the store.
"""

import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from groundup.train.lock import RunLock, RunLockedError
from groundup.train.trackers.base import Point, Tracker, flat, home, numbers

VARIABLES = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",  # not each table that it makes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # a lost server must not hold the training for minutes
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
BATCH = 1000  # metrics at a time: MLflow's limit


class MLflow(Tracker):
    """Parameters, metrics and artifacts of a run in an MLflow store."""

    name = "mlflow"

    def open(self, step: int) -> dict[str, int]:
        with calm():
            from mlflow import MlflowClient

            uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home(self.run.path) / 'mlflow.db'}"
            with _alone(home(self.run.path) / "mlflow.lock"):
                self._client: Any = MlflowClient(tracking_uri=uri)  # makes the tables where there are none
            if self.notes.get("uri") == uri:
                self._id: str = self.notes["run"]
                self._client.update_run(self._id, status="RUNNING")
            else:
                self._begin_run(uri)
            return {split: last for split in ("train", "val") if (last := self._last(f"{split}/loss")) is not None}

    def send(self, points: Sequence[Point]) -> None:
        with calm():
            from mlflow.entities import Metric

            metrics = [
                Metric(key, value, int(1000 * point.time), point.step)
                for point in points
                for key, value in point.values.items()
            ]
            for i in range(0, len(metrics), BATCH):
                self._client.log_batch(self._id, metrics=metrics[i : i + BATCH])

    def report(self, step: int, result: Mapping[str, Any], figures: Sequence[Path]) -> None:
        at = time.time()
        self.send([Point(step, {_key(f"result/{key}"): value for key, value in numbers(result).items()}, at)])
        with calm():
            for name in ("dataset", "source", "stand_in"):  # a stand-in is named wherever a result is shown
                self._client.set_tag(self._id, name, result.get(name, ""))
            for name in ("result.json", "report.md"):
                if (self.run.path / name).is_file():
                    self._client.log_artifact(self._id, str(self.run.path / name))
            for figure in figures:
                self._client.log_artifact(self._id, str(figure), "figures")

    def close(self, status: str) -> None:
        with calm():
            self._client.set_terminated(self._id, status)

    def _begin_run(self, uri: str) -> None:
        folder = self.run.path.resolve()
        name = folder.relative_to(home(folder)).as_posix()
        run = self._client.create_run(self._experiment(uri), run_name=name, tags={"folder": str(folder)})
        self._id = run.info.run_id
        self.note(uri=uri, run=self._id)
        for key, value in flat(self.config).items():
            self._client.log_param(self._id, _key(key), value)
        self._client.log_dict(self._id, self.environment(), "environment.json")

    def _experiment(self, uri: str) -> str:
        """The experiment of this lab, made where there is none yet. Several runs may ask at the same time."""
        from mlflow.exceptions import MlflowException

        name = self.config.get("lab", "groundup")
        place = (home(self.run.path) / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
        try:
            made: str = self._client.create_experiment(name, artifact_location=place)
        except MlflowException:
            found = self._client.get_experiment_by_name(name)
            if found is None:
                raise
            return str(found.experiment_id)
        return made

    def _last(self, key: str) -> int | None:
        """The last step that the store has of a metric: it may know more than trackers.json, after a kill."""
        return max((metric.step for metric in self._client.get_metric_history(self._id, key)), default=None)


def _key(name: str) -> str:
    """A name that MLflow takes."""
    return "".join(c if c.isalnum() or c in "_-. /" else "_" for c in name)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time: MLflow does not guard the making of its tables. Raises RunLockedError after a minute."""
    lock, patience = RunLock(path), time.monotonic() + 60
    while True:
        try:
            lock.__enter__()
            break
        except RunLockedError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.1)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


@contextmanager
def calm() -> Iterator[None]:
    """MLflow without telemetry, without its log of tables made, and without SQLAlchemy's warning to it."""
    for variable, value in VARIABLES.items():
        os.environ.setdefault(variable, value)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*noload.*")  # in MLflow's own mapping
        yield
