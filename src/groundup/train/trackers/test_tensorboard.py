"""TensorBoard's own reader finds in the event files what metrics.jsonl has, each step once, after kill -9 too."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from groundup.train import RunFolder
from groundup.train.trackers import conclude, failures
from groundup.train.trackers.testing_run import (
    CONFIG,
    RESULT,
    STEPS,
    TRAIN,
    assert_curves,
    finish,
    train_in,
    train_in_three_parts,
)

pytestmark = pytest.mark.slow


def read(run: RunFolder) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run.path / "tensorboard"), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    return events.Reload()


def scalars(run: RunFolder) -> Callable[[str], list[tuple[int, float]]]:
    events = read(run)
    return lambda tag: [(event.step, event.value) for event in events.Scalars(tag)]


def test_curves_settings_and_machine_are_read_back(tmp_path: Path) -> None:
    run = train_in(tmp_path / "run", "tensorboard")
    events = read(run)
    assert_curves(run, scalars(run))
    assert [event.value for event in events.Scalars("train/learning_rate")] == pytest.approx([0.1] * len(TRAIN))
    assert text_of(events, "config") == CONFIG
    assert text_of(events, "environment") == run.read_json("environment.json")
    assert failures(run) == []


def text_of(events: Any, tag: str) -> dict[str, Any]:
    text = events.Tensors(tag)[0].tensor_proto.string_val[0].decode()
    found: dict[str, Any] = json.loads(text.removeprefix("```json\n").removesuffix("\n```"))
    return found


def test_the_settings_are_hyper_parameters(tmp_path: Path) -> None:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    content = read(train_in(tmp_path / "run", "tensorboard")).PluginTagToContent("hparams")
    start = HParamsPluginData.FromString(content["_hparams_/session_start_info"]).session_start_info
    assert start.hparams["settings.lr"].number_value == 0.1
    assert start.hparams["lab"].string_value == "clouds"


def test_a_resumed_run_has_each_step_once(tmp_path: Path) -> None:
    run = train_in_three_parts(tmp_path / "run", "tensorboard")
    assert len(list((run.path / "tensorboard").iterdir())) == 3
    events = read(run)
    assert_curves(run, scalars(run))
    assert len(events.Tensors("config")) == 1


def test_result_and_figures_come_at_the_end(tmp_path: Path) -> None:
    run = train_in(tmp_path / "run", "tensorboard")
    figure = finish(run)
    conclude("tensorboard", run, CONFIG)
    events = read(run)
    assert_curves(run, scalars(run))
    assert [(e.step, e.value) for e in events.Scalars("result/test_accuracy")] == [(STEPS, pytest.approx(0.9))]
    assert text_of(events, "result") == RESULT
    (image,) = events.Images("figures/loss")
    assert (image.width, image.height, image.encoded_image_string) == (30, 20, figure.read_bytes())


def test_no_tensorflow_is_imported(tmp_path: Path) -> None:
    """A TensorFlow that cannot be imported stands in the way of every attempt."""
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise RuntimeError('TensorFlow was imported')")
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from groundup.train.trackers.testing_run import CONFIG, finish, train_in\n"
        "from groundup.train.trackers import conclude\n"
        "run = train_in(Path(sys.argv[1]) / 'run', 'tensorboard'); finish(run); conclude('tensorboard', run, CONFIG)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stderr == ""
    run = RunFolder(tmp_path / "run")
    assert failures(run) == []
    assert_curves(run, scalars(run))
