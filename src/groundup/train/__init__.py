"""The training loop, its callbacks, and the run folder that survives a kill."""

from groundup.train.callbacks import Callback, Checkpoint, MetricsWriter
from groundup.train.chart import progress_display
from groundup.train.folder import Metric, RunError, RunFolder
from groundup.train.interrupt import Interrupted
from groundup.train.learner import Learner, NumpyLearner
from groundup.train.lock import RunLockedError
from groundup.train.metrics import binary_accuracy, class_accuracy, confusion
from groundup.train.rates import SCHEDULES, Plateau, Rate, rate_of
from groundup.train.stopping import EarlyStopping, Patience
from groundup.train.trainer import DivergedError, Trainer

__all__ = [
    "SCHEDULES", "Callback", "Checkpoint", "DivergedError", "EarlyStopping", "Interrupted", "Learner", "Metric",
    "MetricsWriter", "NumpyLearner", "Patience", "Plateau", "Rate", "RunError", "RunFolder", "RunLockedError",
    "Trainer", "binary_accuracy", "class_accuracy", "confusion", "progress_display", "rate_of",
]  # fmt: skip
