"""Saliency maps of a convolutional network beside PyTorch's autograd: the same weights, the same pictures."""

from collections import Counter

import numpy as np
import pytest

from groundup.models import CNN
from groundup.vision.saliency import grad_cam, occlusion, saliency
from support.parity import carry, close, tensor, twin

FORM = {"channels": (4, 6), "hidden": 8, "size": 20}


@pytest.mark.parametrize("classes", [None, 3])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_maps_of_a_cnn_equal_torchs(batch_norm: bool, classes: int | None, tally: Counter[str]) -> None:
    ours = CNN(**FORM, batch_norm=batch_norm, rng=0).to("float64").eval().needs_input_grad(False)
    theirs = carry(ours, twin("models/cnn").CNN(**FORM, batch_norm=batch_norm)).eval()
    x, maps = np.random.default_rng(1).standard_normal((3, 1, 20, 20)), twin("vision/saliency")
    close("saliency", saliency(ours, x, classes), maps.saliency(theirs, tensor(x), classes).numpy(), 1e-10)
    close("occlusion", occlusion(ours, x, classes), maps.occlusion(theirs, tensor(x), classes).numpy(), 1e-10)
    for name, layer in ours.named_modules():
        if type(layer).__name__ in ("Conv2d", "MaxPool2d", "BatchNorm2d"):
            wanted = maps.grad_cam(theirs, tensor(x), classes, layer=name).numpy()
            close(f"grad-cam at {name}", grad_cam(ours, x, classes, layer=name), wanted, 1e-10)
            tally["saliency maps beside torch"] += 1
