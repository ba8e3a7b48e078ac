"""The training loop, its callbacks, and the run folder that survives a kill."""

from groundup.train.callbacks import Callback, Checkpoint, MetricsWriter
from groundup.train.chart import progress_display
from groundup.train.folder import Metric, RunError, RunFolder
from groundup.train.interrupt import Interrupted
from groundup.train.lock import RunLockedError
from groundup.train.measure import binary_accuracy, class_accuracy, confusion
from groundup.train.trainer import DivergedError, Trainer

__all__ = [
    "Callback", "Checkpoint", "DivergedError", "Interrupted", "Metric", "MetricsWriter", "RunError", "RunFolder",
    "RunLockedError", "Trainer", "binary_accuracy", "class_accuracy", "confusion", "progress_display",
]  # fmt: skip
