"""Where trials run: in this process, in joblib's worker processes, or on a Ray cluster, by the same calls."""

import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from multiprocessing import resource_tracker
from typing import Any

from groundup.ops.sweep.locks import alone, held
from groundup.ops.sweep.plan import Plan
from groundup.ops.sweep.trial import work
from groundup.train.lock import RunLock

ENGINES = ("processes", "ray")
RESTARTS = 3  # of workers, one of which died


class Leader:
    """The lock that says that somebody waits for what workers do."""

    def __init__(self, plan: Plan) -> None:
        there = plan.folder / "leaders"
        there.mkdir(exist_ok=True)
        self.path = there / f"{os.getpid()}-{uuid.uuid4().hex[:8]}.lock"
        self._lock = RunLock(self.path)
        with alone(plan.folder / "claim.lock"):
            for old in there.glob("*.lock"):  # of those that were killed
                if not held(old):
                    old.unlink()
            self._lock.__enter__()
        self._leads = True

    def let_go(self) -> None:
        """Workers end at their next step."""
        if self._leads:
            self._leads = False
            self._lock.__exit__(None, None, None)
            self.path.unlink(missing_ok=True)


@contextmanager
def leading(plan: Plan) -> Iterator[Leader]:
    """Lead workers inside the block."""
    leader = Leader(plan)
    try:
        yield leader
    finally:
        leader.let_go()


def run_workers(plan: Plan, leader: Leader, jobs: int, engine: str) -> None:
    """``jobs`` workers at once (-1: one a processor), until there are enough trials or the leader lets go."""
    from joblib import Parallel, delayed, effective_n_jobs
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    _keep_from_workers(signal.SIGINT)
    for more in reversed(range(RESTARTS + 1)):
        try:
            with _on(engine, jobs):
                count = min(effective_n_jobs(jobs), plan.trials)
                Parallel(n_jobs=count, batch_size=1)(delayed(work)(plan, leader.path) for _ in range(count))
            return
        except TerminatedWorkerError as error:
            if not more:
                raise RuntimeError(
                    f"sweep: expected workers to live, got {RESTARTS + 1} deaths, as where memory runs out; "
                    f"try fewer --jobs, and go on with: {plan.resume_command()}"
                ) from error


def _keep_from_workers(number: signal.Signals) -> None:
    """Let processes that this thread starts not hear a signal: Ctrl-C at their start would leave them half made.

    joblib's and Python's own trackers of resources let it through again once they start, so they start before.
    """
    if hasattr(signal, "pthread_sigmask"):
        import_module("joblib.externals.loky.backend.resource_tracker").ensure_running()
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {number})


def _on(engine: str, jobs: int) -> AbstractContextManager[Any]:
    """joblib's settings for this engine."""
    from joblib import parallel_config

    options: dict[str, Any] = {"n_jobs": jobs}
    if engine == "processes":
        options |= {"inner_max_num_threads": 1, "idle_worker_timeout": 10}
    settings: AbstractContextManager[Any] = parallel_config("ray" if engine == "ray" else "loky", **options)
    return settings


def prepare(engine: str, jobs: int) -> None:
    """Start what the engine needs: Ray joins the cluster that RAY_ADDRESS names, or starts one here.

    Raises ValueError for an engine or a number of jobs that cannot be, ImportError where Ray is not installed.
    """
    if engine not in ENGINES:
        raise ValueError(f"sweep: expected --engine to be one of {', '.join(ENGINES)}, got {engine!r}")
    if jobs == 0 or jobs < -1:
        raise ValueError(f"sweep: expected --jobs of at least 1, or -1 for one a processor, got {jobs}")
    if engine == "processes":
        return
    try:
        ray, register = import_module("ray"), import_module("ray.util.joblib").register_ray
    except ImportError as error:
        raise ImportError(
            "groundup sweep: expected Ray for --engine ray, which is not installed; pip install 'groundup[scale]'"
        ) from error
    register()
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level="ERROR")
