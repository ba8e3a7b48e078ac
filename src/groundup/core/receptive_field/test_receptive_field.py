import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import Layer, Sequential
from groundup.core.receptive_field import Field, Window, field_of, paths, through
from support.parity import twin

twins = twin("core/receptive_field")
torch = twins.torch
windows = st.builds(Window, st.integers(1, 4), st.integers(1, 3), st.integers(0, 1), st.integers(1, 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(windows, min_size=1, max_size=4), st.integers(0, 1))
def test_the_field_is_where_torch_finds_a_gradient(chain: list[Window], extra: int) -> None:
    """At a place whose whole field lies in the image; the ends of a field always have a gradient."""
    field = through(chain)
    i = -(-field.padding // field.stride) + extra  # the first place that reaches out of nothing
    x = torch.zeros(1, 1, i * field.stride + field.size + field.padding, dtype=torch.float64)
    grad = twins.footprint(twins.convolutions(chain), x, (i,))
    assert twins.seen(grad, 0) == field.pixels(i)
    first, last = field.pixels(i)
    assert np.array_equal(grad[first : last + 1].numpy(), paths(chain))


def test_known_networks() -> None:
    """Size, stride and padding as in the table of Araujo, Norris and Sim."""
    conv, pool = Window(3, 1, 1), Window(2, 2)
    vgg16 = [*[conv] * 2, pool, *[conv] * 2, pool, *[conv] * 3, pool, *[conv] * 3, pool, *[conv] * 3, pool]
    assert through(vgg16) == Field(212, 32, 90)
    alexnet = [Window(11, 4), Window(3, 2), Window(5, 1, 2), Window(3, 2), *[conv] * 3, Window(3, 2)]
    assert through(alexnet) == Field(195, 32, 64)


def test_paths_of_many_layers_are_a_bell_curve() -> None:
    """300 layers of 3: more paths than any integer of 64 bits, and the variance of Eq. 5, n (K² - 1) / 12."""
    count, away = paths([Window(3)] * 300), np.arange(-300, 301)
    assert (count > 0).all()
    assert (count * away**2).sum() / count.sum() == pytest.approx(300 * 2 / 3)


def test_nothing_sees_itself() -> None:
    assert through([]) == Field()
    assert Field().pixels(7) == (7, 7)
    assert np.array_equal(paths([]), [1])


class Each(Layer):
    """Number by number: no windows and no layers of its own."""


class Look(Layer):
    """A layer that looks through windows, as far as anyone can see."""

    def __init__(self, kernel_size, stride=1, padding=0, dilation=1) -> None:
        self.kernel_size, self.stride, self.padding, self.dilation = kernel_size, stride, padding, dilation


class Block(Layer):
    """Two ways that meet, as a residual block."""

    def __init__(self, body: Layer, shortcut: Layer | None = None) -> None:
        self.body, self.shortcut = body, shortcut


def test_layers_are_read_by_their_attributes_an_axis_at_a_time() -> None:
    layers = [Look((3, 5), (1, 2), (1, 0)), Each(), Look((2, 1), (2, 1))]
    expected = (through([Window(3, 1, 1), Window(2, 2)]), through([Window(5, 2), Window(1, 1)]))
    assert field_of(layers) == field_of(Sequential(*layers)) == field_of([Sequential(*layers[:2]), *layers[2:]])
    assert field_of(layers) == expected
    assert field_of(Look((3,), dilation=4)) == (Field(9),)
    assert field_of([Each()]) == (Field(),)


def test_a_torch_network_is_read_as_well() -> None:
    layers = [torch.nn.Conv2d(1, 1, 3, 2), torch.nn.ReLU(), torch.nn.AvgPool2d(2)]
    assert field_of(layers[:2]) == (Field(3, 2),) * 2
    assert field_of(layers[2:]) == (Field(2, 2),)  # one number for both of its axes
    assert field_of(torch.nn.Sequential(*layers)) == (Field(5, 4),) * 2


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (4, 1), (2, 3)])
def test_padding_by_name(kernel: int, dilation: int) -> None:
    (same,) = field_of(Look(kernel, padding="same", dilation=dilation))
    (valid,) = field_of(Look(kernel, padding="valid", dilation=dilation))
    assert (same.padding, valid.padding) == (dilation * (kernel - 1) // 2, 0)
    assert same.size == valid.size == dilation * (kernel - 1) + 1


def test_two_ways_count_together() -> None:
    body = Sequential(Look(3, 2, 1), Look(3, 1, 1))
    block = Block(body, Look(1, 2))
    assert field_of(block) == field_of(body) == (Field(7, 2, 3),)
    assert field_of(Block(Look(3, padding=1))) == (Field(3, 1, 1),)
    assert Field(5, 1, 0).beside(Field(3, 1, 2)) == Field(7, 1, 2)  # one reaches further on each side


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Window(0), ValueError, "Window: expected kernel of at least 1, got 0"),
        (lambda: Window(3, stride=1.5), TypeError, "stride"),
        (lambda: Window(3, padding=-1), ValueError, "padding"),
        (lambda: field_of([torch.nn.Linear(2, 2)]), ValueError, "got Linear, which sees everything"),
        (lambda: field_of([Each(), torch.nn.Flatten()]), ValueError, "got Flatten"),
        (lambda: field_of([torch.nn.AdaptiveAvgPool2d(1)]), ValueError, "got AdaptiveAvgPool2d"),
        (lambda: field_of([torch.nn.ConvTranspose1d(1, 1, 2)]), ValueError, "got ConvTranspose1d, which spreads"),
        (lambda: field_of([Look((3,)), Look((2, 2))]), ValueError, "got some of [1, 2] axes"),
        (lambda: Field(3, 1).beside(Field(3, 2)), ValueError, "one stride, got 1 and 2"),
    ],
)
def test_what_has_no_field_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_layers_within_a_layer_of_another_kind_are_refused() -> None:
    unknown = Each()
    unknown.inner = Each()
    with pytest.raises(ValueError, match="how the layers within Each are connected"):
        field_of([unknown])
