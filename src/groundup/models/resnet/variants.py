"""A residual block written another way, and just as right."""

from typing import Any

from groundup.core import Array, Sequential, variant
from groundup.models.resnet.resnet import BasicBlock


@variant("BasicBlock.forward", "the way around first, added to what a Sequential gives")
def way_around_first(self: BasicBlock, x: Array) -> Array:
    around = self.downsample(x) if "downsample" in vars(self) else x
    through = Sequential(self.conv1, self.bn1, self.relu1, self.conv2, self.bn2)
    y: Array = self.relu2(around + through(x))
    return y


@variant("BasicBlock.forward", "one line a layer; the sum in a copy of its own")
def one_line_a_layer(self: BasicBlock, x: Array) -> Array:
    y = x
    for layer in (self.conv1, self.bn1, self.relu1, self.conv2, self.bn2):
        y = layer.forward(y)
    total = y.copy()
    projection = getattr(self, "downsample", None)
    total += x if projection is None else projection.forward(x)
    return self.relu2.forward(total)


@variant("BasicBlock.backward", "the way around first, then a loop over the layers from the last")
def way_around_first_back(self: BasicBlock, dy: Array) -> Any:
    dsum = self.relu2.backward(dy)
    dx = self.downsample.backward(dsum) if "downsample" in vars(self) else dsum.copy()
    d: Any = dsum
    for layer in (self.bn2, self.conv2, self.relu1, self.bn1, self.conv1):
        d = layer.backward(d)
    dx += d
    return dx


@variant("BasicBlock.backward", "each way as a Sequential, their gradients in a list")
def ways_as_sequentials(self: BasicBlock, dy: Array) -> Any:
    ways = [Sequential(self.conv1, self.bn1, self.relu1, self.conv2, self.bn2)]
    ways.append(self.downsample if hasattr(self, "downsample") else Sequential())  # an empty one hands on what it gets
    dsum = self.relu2.backward(dy)
    return sum(way.backward(dsum) for way in ways)
