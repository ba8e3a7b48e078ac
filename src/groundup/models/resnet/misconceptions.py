"""What people really write when they add a shortcut."""

from typing import Any

from groundup.core import Array, misconception
from groundup.models.resnet.resnet import BasicBlock


def _main(self: BasicBlock, x: Array) -> Array:
    y: Array = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
    return y


def _around(self: BasicBlock, x: Array) -> Array:
    shortcut: Array = self.downsample(x) if hasattr(self, "downsample") else x
    return shortcut


def _main_backward(self: BasicBlock, d: Array) -> Any:
    return self.conv1.backward(self.bn1.backward(self.relu1.backward(self.conv2.backward(self.bn2.backward(d)))))


def _around_backward(self: BasicBlock, d: Array) -> Any:
    return self.downsample.backward(d) if hasattr(self, "downsample") else d


@misconception("BasicBlock.forward", "You leave out the way around: this is a plain stack of two layers.", see="Break")
def no_way_around(self: BasicBlock, x: Array) -> Array:
    y: Array = self.relu2(_main(self, x))
    return y


@misconception(
    "BasicBlock.forward",
    "Your last ReLU stands before the sum: the block can then only ever add, and the stream grows from block to block.",
    see="Derive",
)
def relu_before_the_sum(self: BasicBlock, x: Array) -> Array:
    y: Array = self.relu2(_main(self, x)) + _around(self, x)
    return y


@misconception("BasicBlock.forward", "The sum goes on without a ReLU behind it.", see="Derive")
def no_relu_at_the_end(self: BasicBlock, x: Array) -> Array:
    return _main(self, x) + _around(self, x)


@misconception(
    "BasicBlock.forward",
    "Between your two convolutions nothing bends: without the ReLU there they are one convolution.",
    see="Derive",
)
def nothing_bends_between(self: BasicBlock, x: Array) -> Array:
    y: Array = self.relu2(self.bn2(self.conv2(self.bn1(self.conv1(x)))) + _around(self, x))
    return y


@misconception(
    "BasicBlock.backward",
    "Your gradient comes back through the convolutions alone: what went around them has no way back.",
    see="Derive",
)
def through_the_body_alone(self: BasicBlock, dy: Array) -> Any:
    dsum = self.relu2.backward(dy)
    _around_backward(self, dsum)
    return _main_backward(self, dsum)


@misconception(
    "BasicBlock.backward",
    "The way around gets dy as it came: it has to pass the last ReLU first, which stands behind the sum.",
    see="Derive",
)
def around_the_relu(self: BasicBlock, dy: Array) -> Any:
    return _main_backward(self, self.relu2.backward(dy)) + _around_backward(self, dy)


@misconception(
    "BasicBlock.backward",
    "You share the gradient out between both ways, half and half. A sum gives each of its terms all of it.",
    see="Derive",
)
def shared_out(self: BasicBlock, dy: Array) -> Any:
    half = self.relu2.backward(dy) / 2
    return _main_backward(self, half) + _around_backward(self, half)
