import numpy as np
import pytest
import torch
from torch import nn

from groundup.core import DtypeError, Layer, Sequential, ShapeError, gradcheck
from groundup.vision.saliency import grad_cam, gradient_times_input, occlusion, saliency, smooth_grad
from groundup.vision.saliency.example import Example, Mix
from groundup.vision.saliency.saliency import class_map, over_channels, score_gradient, starts
from support.parity import close, tensor, twin

TWIN = twin("vision/saliency")


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def pair(classes: int = 4) -> tuple[Layer, nn.Module]:
    """A network of two layers and the same in torch: a 1 × 1 convolution, ReLU, a dense layer."""
    mix, vote = draw(5, 3, seed=1), draw(classes, 5, 6, 7, seed=2)
    theirs = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 5, 1, bias=False), nn.ReLU()), nn.Flatten(), nn.Linear(5 * 42, classes, bias=False)
    ).double()
    state = {"0.0.weight": tensor(mix[..., None, None]), "2.weight": tensor(vote.reshape(classes, -1))}
    theirs.load_state_dict(state)
    return Example(mix, vote), theirs.eval()


@pytest.mark.parametrize("classes", [None, 2, np.array([3, 0])], ids=["best", "one", "each"])
@pytest.mark.parametrize("what", ["score_gradient", "saliency", "gradient_times_input"])
def test_gradient_maps_equal_torchs_autograd(what: str, classes: int | np.ndarray | None) -> None:
    ours, theirs = pair()
    x = draw(2, 3, 6, 7)
    functions = {
        "score_gradient": score_gradient,
        "saliency": saliency,
        "gradient_times_input": gradient_times_input,
    }
    wanted = tensor(classes) if isinstance(classes, np.ndarray) else classes
    close(what, functions[what](ours, x, classes), getattr(TWIN, what)(theirs, tensor(x), wanted).numpy(), 1e-12)


@pytest.mark.parametrize("classes", [None, 1, np.array([0, 3])], ids=["best", "one", "each"])
def test_grad_cam_equals_torchs_hook_and_autograd(classes: int | np.ndarray | None) -> None:
    ours, theirs = pair()
    x = draw(2, 3, 6, 7)
    wanted = tensor(classes) if isinstance(classes, np.ndarray) else classes
    map_ = grad_cam(ours, x, classes, layer="0")
    close("grad-cam", map_, TWIN.grad_cam(theirs, tensor(x), wanted, layer="0").numpy(), 1e-12)
    assert map_.max() > 0


@pytest.mark.parametrize("classes", [None, 1, np.array([0, 3])], ids=["best", "one", "each"])
@pytest.mark.parametrize("square", [(3, 2, 0.0), (2, 2, 0.5), (6, 1, -1.0), (1, 1, 0.0)])
def test_occlusion_equals_torchs_masks(square: tuple[int, int, float], classes: int | np.ndarray | None) -> None:
    ours, theirs = pair()
    x, (size, stride, fill) = draw(2, 3, 6, 7), square
    wanted = tensor(classes) if isinstance(classes, np.ndarray) else classes
    theirs_map = TWIN.occlusion(theirs, tensor(x), wanted, size=size, stride=stride, fill=fill).numpy()
    close("occlusion", occlusion(ours, x, classes, size=size, stride=stride, fill=fill), theirs_map, 1e-12)


def test_smooth_grad_without_noise_is_saliency() -> None:
    ours, _ = pair()
    x = draw(2, 3, 6, 7)
    np.testing.assert_allclose(smooth_grad(ours, x, samples=3, noise=0.0, rng=0), saliency(ours, x), rtol=1e-12)


def test_smooth_grad_is_the_mean_gradient_of_noisy_copies() -> None:
    ours, theirs = pair()
    x, noise = draw(2, 3, 6, 7), np.random.default_rng(3)
    asked = ours(x).argmax(axis=1)
    sigma = 0.3 * (x.max(axis=(1, 2, 3)) - x.min(axis=(1, 2, 3)))
    copies = [x + sigma[:, None, None, None] * noise.standard_normal(x.shape) for _ in range(4)]
    wanted = np.mean([TWIN.score_gradient(theirs, tensor(c), tensor(asked)).numpy() for c in copies], axis=0)
    map_ = smooth_grad(ours, x, samples=4, noise=0.3, rng=3)
    np.testing.assert_allclose(map_, np.abs(wanted).max(axis=1), rtol=1e-10)
    assert not np.allclose(map_, saliency(ours, x))


def test_smooth_grad_of_torch_and_ours_agree_on_average() -> None:
    ours, theirs = pair()
    x = draw(2, 3, 6, 7)
    draws = torch.Generator().manual_seed(0)
    other = TWIN.smooth_grad(theirs, tensor(x), 2, samples=600, generator=draws).numpy()
    np.testing.assert_allclose(smooth_grad(ours, x, 2, samples=600, rng=0), other, atol=0.4)
    assert TWIN.smooth_grad(theirs, tensor(x), samples=2, noise=0.0).numpy() == pytest.approx(saliency(ours, x))


def test_the_example_is_right() -> None:
    assert all(found.error < 1e-7 for found in gradcheck(pair()[0], draw(2, 3, 6, 7), rng=0))


def test_occlusion_of_a_template_is_what_the_template_loses() -> None:
    vote = np.zeros((1, 1, 4, 4))
    vote[0, 0, 1, 2] = 3.0
    net = Example(np.ones((1, 1)), vote)
    map_ = occlusion(net, np.ones((1, 1, 4, 4)), size=1, stride=1)
    assert np.array_equal(map_[0], vote[0, 0])
    assert np.array_equal(occlusion(lambda x: net(x), np.ones((1, 1, 4, 4)), 0, size=1, stride=1), map_)


def test_grad_cam_leaves_out_what_speaks_against_the_class() -> None:
    vote = np.stack([np.ones((1, 2, 2)), -np.ones((1, 2, 2))])
    net, x = Example(np.ones((1, 1)), vote), np.ones((1, 1, 2, 2))
    assert np.array_equal(grad_cam(net, x, 0, layer="0"), np.ones((1, 2, 2)))
    assert not grad_cam(net, x, 1, layer="0").any()


def test_class_map_weights_each_map_by_its_mean_gradient() -> None:
    maps = np.array([[[[1.0, 2.0]], [[3.0, 0.0]]]])  # (1, 2, 1, 2)
    gradients = np.array([[[[4.0, 0.0]], [[-1.0, 1.0]]]])  # means 2 and 0
    assert class_map(maps, gradients).tolist() == [[[2.0, 4.0]]]


def test_over_channels_takes_the_largest_size() -> None:
    assert over_channels(np.array([[[[1.0]], [[-3.0]], [[2.0]]]])).tolist() == [[[3.0]]]


def test_squares_reach_the_edge() -> None:
    assert starts(9, 4, 2) == [0, 2, 4, 5]
    assert starts(8, 4, 2) == [0, 2, 4]
    assert starts(4, 4, 2) == [0]


def test_maps_keep_the_dtype() -> None:
    net = pair()[0].to("float32")
    x = draw(2, 3, 6, 7).astype("float32")
    maps = [
        saliency(net, x), gradient_times_input(net, x), smooth_grad(net, x, rng=0), grad_cam(net, x, layer="0"),
        occlusion(net, x),
    ]  # fmt: skip
    assert {m.dtype for m in maps} == {np.dtype("float32")}
    assert {m.shape for m in maps} == {(2, 6, 7)}


def test_the_model_is_left_as_it_was() -> None:
    net = pair()[0].needs_input_grad(False)
    net[0].needs_input_grad(False)
    for parameter in net.parameters():
        parameter.grad[...] = 7.0
    assert saliency(net, draw(1, 3, 6, 7)).any()  # it computed dx for once
    assert grad_cam(net, draw(1, 3, 6, 7), layer="0").shape == (1, 6, 7)
    assert net[0].input_grad is False
    assert net.input_grad is False
    assert all((parameter.grad == 7.0).all() for parameter in net.parameters())
    assert "forward" not in vars(net[0])  # the hooks are off


class Blind(Sequential):
    """Has a layer that nobody calls."""

    def __init__(self) -> None:
        super().__init__(*pair()[0])
        self.eval()

    def children(self):
        yield from super().children()
        yield "unused", Mix(np.ones((1, 1))).eval()


X = np.ones((2, 3, 6, 7))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda net: grad_cam(net, X, layer="2"), ValueError, "grad_cam: unknown layer '2'; there are 0, 1"),
        (lambda net: grad_cam(net, X, layer=""), ValueError, "grad_cam: unknown layer ''"),
        (lambda net: grad_cam(Blind(), X, layer="unsued"), ValueError, "did you mean 'unused'?"),
        (lambda net: grad_cam(net, X, layer="1"), ShapeError, "expected maps (N, K, h, w) from layer '1', got (2, 4)"),
        (lambda net: grad_cam(Blind(), X, layer="unused"), ShapeError, "from layer 'unused', got no array"),
        (lambda net: saliency(net, X, 4), ValueError, "score_gradient: expected labels from 0 to 3, got 4 to 4"),
        (lambda net: saliency(net, X, np.array([0, -1])), ValueError, "expected labels from 0 to 3, got -1 to 0"),
        (lambda net: saliency(net, X, np.array([0, 1, 2])), ShapeError, "expected 2 labels of shape (2,), got (3,)"),
        (lambda net: saliency(net, X, 1.5), DtypeError, "score_gradient: expected integer class labels, got float64"),
        (lambda net: occlusion(net, X, 9), ValueError, "occlusion: expected labels from 0 to 3, got 9 to 9"),
        (lambda net: saliency(net.train(), X), ValueError, "score_gradient: expected a model in evaluation, got one"),
        (lambda net: occlusion(net.train(), X), ValueError, "occlusion: expected a model in evaluation, got one"),
        (lambda net: smooth_grad(net.train(), X, rng=0), ValueError, "smooth_grad: expected a model in evaluation"),
        (lambda net: saliency(net, X[0]), ShapeError, "score_gradient: expected shape (N, C, H, W), got (3, 6, 7)"),
        (lambda net: saliency(net, X.astype(int)), DtypeError, "score_gradient: expected floating-point numbers"),
        (lambda net: saliency(Sequential(net[0]).eval(), X), ShapeError, "score_gradient: expected shape (N, C), got"),
        (lambda net: over_channels(X[0]), ShapeError, "over_channels: expected shape (N, C, H, W)"),
        (lambda net: smooth_grad(net, X), TypeError, "smooth_grad: expected rng to be a seed"),
        (lambda net: smooth_grad(net, X, samples=0, rng=0), ValueError, "expected samples of at least 1, got 0"),
        (lambda net: smooth_grad(net, X, noise=-1, rng=0), ValueError, "expected noise at least 0.0, got -1"),
        (lambda net: smooth_grad(net, X[0], rng=0), ShapeError, "smooth_grad: expected shape (N, C, H, W)"),
        (lambda net: occlusion(net, X, size=7), ValueError, "occlusion: expected size between 1 and 6, got 7"),
        (lambda net: occlusion(net, X, size=2, stride=3), ValueError, "expected stride between 1 and 2, got 3"),
        (lambda net: occlusion(net, X, stride=0), ValueError, "expected stride of at least 1, got 0"),
        (lambda net: occlusion(net, X[0]), ShapeError, "occlusion: expected shape (N, C, H, W)"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call(pair()[0])
    assert says in str(raised.value)
