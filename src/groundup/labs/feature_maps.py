"""feature-maps: what a convolutional network holds, what it makes of a picture, and what in it its answer hangs on.

The filters of the first layer, the maps of every layer, and five maps of what counts, for answers that are right and
answers that are wrong. Whether such a map says anything is measured in two ways (explain.py): by taking its pixels
away, and by comparing it with that of the same network before training.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from groundup.core import Array, IntArray, Layer, expect_positive, load_state
from groundup.labs import network, pictures
from groundup.labs.explain import Looker, Maps, convolutions, correlation, deletion, in_parts, probability, seen_by
from groundup.labs.feature_maps_report import Found, draw, say, tables
from groundup.labs.lab import Lab, Outcome
from groundup.labs.network import learner_of, loader_of
from groundup.labs.pictures import PictureSettings
from groundup.labs.task import Task
from groundup.labs.torch_learner import TorchLearner
from groundup.train import Learner, RunFolder, Trainer

OF_THE_NETWORK = ("data", "rows", "channels", "hidden", "dropout", "batch_norm", "padding", "blocks")


@dataclass(frozen=True)
class FeatureSettings(PictureSettings):
    """``checkpoint`` is the checkpoint.safetensors of a run of mnist-cnn or cifar-numpy; "" trains a network here.

    ``looked`` test pictures go into the two checks, ``shown`` right and as many wrong ones into the figures.
    """

    epochs: int = 4
    lr: float = 1e-3
    optimiser: str = "adam"
    schedule: str = "cosine"
    checkpoint: str = ""
    looked: int = 64
    shown: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", looked=self.looked, shown=self.shown)


def as_trained(settings: FeatureSettings) -> FeatureSettings:
    """The settings with the network, data and seed of the run that the checkpoint lies in, so that its test part stays
    one. Raises FileNotFoundError where there is no such file."""
    file = Path(settings.checkpoint)
    if not file.is_file():
        raise FileNotFoundError(
            f"lab feature-maps: expected the checkpoint.safetensors of a run, found no file {file}; "
            "a run of mnist-cnn or cifar-numpy leaves one in its folder"
        )
    if not (file.parent / "config.json").is_file():
        return settings
    config = RunFolder.config_of(file.parent)
    known = {key: value for key, value in config["settings"].items() if key in OF_THE_NETWORK}
    known = {key: tuple(value) if isinstance(value, list) else value for key, value in known.items()}
    return replace(settings, seed=config["seeds"][0], **known)


def trained(folder: RunFolder, settings: FeatureSettings, task: Task, console: Console) -> tuple[Learner, float, Any]:
    """A network that has learned, its test accuracy, and numbers for result.json. Raises StateError for a checkpoint of
    another network."""
    if not settings.checkpoint:
        done = network.train(folder, settings, task, console)
        return done.learner, done.accuracy, done.facts()
    weights = load_state(settings.checkpoint)
    assert task.network.numpy is not None
    task.network.numpy(settings.rng("weights")).load_state_dict(weights)  # which says in one sentence what does not fit
    learner = learner_of(settings, task)
    learner.load_weights(weights)
    trainer = Trainer(learner, loader_of(settings, task), measure=task.measure)
    loss, accuracy, _ = trainer.evaluate(task.x["test"], task.target["test"])
    return learner, accuracy or 0.0, {"test_loss": loss, "checkpoint": settings.checkpoint}


def run(folder: RunFolder, settings: FeatureSettings, console: Console) -> Outcome:
    """Train or load; then look at filters, maps and what counts, and check it."""
    settings = as_trained(settings) if settings.checkpoint else settings
    task = pictures.task(settings)
    learner, accuracy, facts = trained(folder, settings, task, console)
    assert task.network.numpy is not None
    untrained = task.network.numpy(settings.rng("weights")).eval()
    model = task.network.numpy(settings.rng("weights")).eval()
    model.load_state_dict(learner.weights())
    found = look(settings, task, learner, model, untrained)
    outcome = task.outcome({f"CNN, {settings.backend}": accuracy})
    outcome.facts = facts | {"layers": found.layers, "agreement": found.agreement}
    outcome.measures = found.measures()
    outcome.tables = tables(found)
    outcome.figures = draw(found, model, folder.path / "figures")
    say(found, outcome)
    if settings.checkpoint:
        outcome.notes.append(f"Nothing was trained: the weights are those of {settings.checkpoint}.")
    return outcome


def look(settings: FeatureSettings, task: Task, learner: Learner, model: Layer, untrained: Layer) -> Found:
    """Maps of some test pictures and what the checks say of them."""
    x, labels = task.x["test"], task.labels["test"]
    layers = convolutions(model)
    looker = Looker(list(layers.values())[-1], float(np.median(task.x["train"])), settings.seed)
    few = settings.rng("looked").permutation(len(x))[: settings.looked]
    said = _named(learner, x)
    maps = _maps(looker, learner, model, x[few], said[few])
    before = in_parts(lambda a, b: looker.numpy(untrained, a, b), x[few], said[few])
    right, wrong = np.flatnonzero(said == labels), np.flatnonzero(said != labels)[: settings.shown]
    _, first = np.unique(labels[right], return_index=True)  # one of each class, as far as they are shown
    right = right[np.sort(first)][: settings.shown]
    examples = np.concatenate([right, wrong])
    return Found(
        classes=task.classes, images=_in_ink(x, examples), labels=labels[examples], said=said[examples],
        sure=probability(learner, x[examples], said[examples]), right=len(right),
        maps=_maps(looker, learner, model, x[examples], said[examples]),
        seen=seen_by(model, x[examples], layers), layers=layers,
        deletion=deletion(learner, x[few], said[few], maps, looker.blank, settings.rng("deletion")), rows=len(few),
        correlation={name: correlation(map_, before[name]) for name, map_ in maps.items()},
        agreement=_agreement(looker, learner, model, x[few], said[few], maps),
    )  # fmt: skip


def _maps(looker: Looker, learner: Learner, model: Layer, x: Array, said: IntArray) -> Maps:
    """By the backend that was trained."""
    if isinstance(learner, TorchLearner):
        return in_parts(lambda a, b: looker.torch(learner, a, b), x, said)
    return in_parts(lambda a, b: looker.numpy(model, a, b), x, said)


def _agreement(
    looker: Looker, learner: Learner, model: Layer, x: Array, said: IntArray, maps: Maps
) -> dict[str, float]:
    """By PyTorch's backend: the largest relative difference of its maps from ours, from the same weights."""
    from groundup.labs.compare import difference  # it knows every lab, this one too

    if not isinstance(learner, TorchLearner):
        return {}
    ours = in_parts(lambda a, b: looker.numpy(model, a, b), x, said)
    return {name: difference(map_, ours[name]) for name, map_ in maps.items()}


def _named(learner: Learner, x: Array) -> IntArray:
    parts = [learner.predict(x[i : i + 512]) for i in range(0, len(x), 512)]
    said: IntArray = np.concatenate(parts).argmax(axis=1)
    return said


def _in_ink(x: Array, rows: IntArray) -> Array:
    """Pictures (N, C, H, W) in [0, 1], each channel on the scale of all test pictures."""
    unit = pictures.shown(x)[rows]
    return unit[:, None] if unit.ndim == 3 else unit.transpose(0, 3, 1, 2)


LAB = Lab(
    name="feature-maps",
    title="What a convolutional network sees, and what its answers hang on",
    covers=("05.09",),
    about="What do the filters and maps of a trained network look like, which pixels count for its answers, right and "
    "wrong, and do the maps that say so hold when they are checked?",
    expects="Blanking the pixels that a map calls most important brings the answer down faster than random ones do, "
    "and the maps of an untrained network are other maps.",
    settings=FeatureSettings,
    run=run,
    quick={"epochs": 4, "rows": 1000, "channels": (8, 16), "hidden": 64, "batch_size": 32, "looked": 16, "shown": 2},
)
