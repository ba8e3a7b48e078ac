"""Models beside their twins: the same state dict both ways, outputs, and every gradient, in float64."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch

from groundup import models
from support.parity import carry, close, tensor, twin

CASES: dict[str, tuple[str, str, dict[str, Any], tuple[int, ...]]] = {
    "LeNet": ("lenet", "LeNet", {}, (2, 1, 28, 28)),
    "LeNet with ReLU and max": ("lenet", "LeNet", {"activation": "relu", "pool": "max", "padding": 0, "size": 32}, (2, 1, 32, 32)),
    "CNN": ("cnn", "CNN", {"dropout": 0.0}, (2, 1, 28, 28)),
    "CNN with batch norm, two convolutions a stage and a mean for a head": (
        "cnn", "CNN", {"dropout": 0.0, "channels": (4, 6), "hidden": 0, "batch_norm": True, "blocks": 2, "padding": 1}, (3, 1, 28, 28),
    ),
    "AlexNet": ("alexnet", "AlexNet", {"num_classes": 7, "dropout": 0.0, "width": 0.05}, (2, 3, 80, 80)),
    "VGG-11": ("vgg", "VGG", {"depth": 11, "num_classes": 7, "dropout": 0.0, "width": 0.03}, (2, 3, 40, 40)),
    "VGG-16 with batch norm": (
        "vgg", "VGG", {"depth": 16, "num_classes": 7, "dropout": 0.0, "width": 0.03, "batch_norm": True}, (3, 3, 64, 64),
    ),
    "ResNet-18": ("resnet", "resnet18", {"num_classes": 7, "width": 4}, (3, 3, 64, 64)),
    "ResNet-20 for CIFAR": ("resnet", "resnet_cifar", {"width": 4}, (3, 3, 32, 32)),
}  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_equals_its_twin(name: str, training: bool, tally: Counter[str]) -> None:
    folder, what, args, shape = CASES[name]
    rng = np.random.default_rng(0)
    ours = getattr(models, what)(**args, rng=0).to("float64").train(training)
    theirs = getattr(twin(f"models/{folder}"), what)(**args).double().train(training)
    carry(ours, theirs)
    x = rng.standard_normal(shape)
    their_x = tensor(x, grad=True)
    y, their_y = ours(x), theirs(their_x)
    close("y", y, their_y.detach().numpy(), 1e-9)
    dy = rng.standard_normal(y.shape)
    their_y.backward(tensor(dy))
    close("dx", ours.backward(dy), their_x.grad.numpy(), 1e-8)
    for key, parameter in theirs.named_parameters():
        close(key, dict(ours.named_parameters())[key].grad, parameter.grad.numpy(), 1e-8)
    back = {key: value.numpy() for key, value in theirs.state_dict().items()}
    ours.load_state_dict(back)  # and the other way: their state loads in ours
    assert all(np.array_equal(back[key], value) for key, value in ours.state_dict().items())
    tally["models beside torch"] += 1


def test_the_sizes_are_the_published_ones() -> None:
    """torchvision's documentation: parameters of AlexNet, VGG-11, VGG-16 and ResNet-18 for 1,000 classes."""
    published = {"AlexNet": 61_100_840, "VGG11": 132_863_336, "VGG16": 138_357_544, "ResNet18": 11_689_512}
    with torch.device("meta"):
        twins = {
            "AlexNet": twin("models/alexnet").AlexNet(),
            "VGG11": twin("models/vgg").VGG(11),
            "VGG16": twin("models/vgg").VGG(16),
            "ResNet18": twin("models/resnet").resnet18(),
        }
    assert {name: sum(p.numel() for p in model.parameters()) for name, model in twins.items()} == published
    ours = models.resnet18(rng=0)
    assert sum(p.value.size for p in ours.parameters()) == published["ResNet18"]
    assert sum(p.value.size for p in models.LeNet(rng=0).parameters()) == 61_706
    assert sum(p.value.size for p in models.CNN(rng=0).parameters()) == 225_034  # Keras's summary of the same layers
    assert sum(p.value.size for p in models.resnet_cifar(3, rng=0).parameters()) == 272_474


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_character_model_equals_its_twin(cell: str, tied: bool, tally: Counter[str]) -> None:
    args = {"vocabulary": 7, "embedding_dim": 4, "hidden_size": 4, "num_layers": 2, "cell": cell, "tied": tied}
    ours, theirs = models.CharLM(**args, rng=0).to("float64"), twin("models/charlm").CharLM(**args).double()
    carry(ours, theirs)
    rng, state, their_state = np.random.default_rng(0), None, None
    for _ in range(2):  # the text goes on, gradients stop at the state
        ids = rng.integers(0, 7, (5, 3))
        (logits, state), (their_logits, their_state) = ours(ids, state), theirs(tensor(ids), their_state)
        their_state = tuple(s.detach() for s in their_state) if cell == "lstm" else their_state.detach()
        close("logits", logits, their_logits.detach().numpy(), 1e-10)
        dy = rng.standard_normal(logits.shape)
        ours.backward(dy)
        their_logits.backward(tensor(dy))
    for key, parameter in theirs.named_parameters():
        close(key, dict(ours.named_parameters())[key].grad, parameter.grad.numpy(), 1e-9)
    tally["models beside torch"] += 1


def test_a_text_goes_on() -> None:
    model = models.CharLM(5, 4, 6, rng=0).eval()
    text = model.generate(np.array([1, 2]), 20, temperature=0.5, rng=0)
    assert text.shape == (22,)
    assert text[:2].tolist() == [1, 2]
    assert np.array_equal(text, model.generate(np.array([1, 2]), 20, temperature=0.5, rng=0))
    greedy = [model.generate(np.array([1]), 10, temperature=0, rng=seed) for seed in (0, 1)]
    assert np.array_equal(*greedy)
    with pytest.raises(ValueError, match="a prompt of at least one id"):
        model.generate(np.array([], int), 3, rng=0)
