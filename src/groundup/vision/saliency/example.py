"""The smallest network that saliency maps can be tried on by hand: two layers, nothing of it drawn."""

from typing import Any

from groundup.core import Array, Layer, Parameter, Sequential


class Mix(Layer):
    """Maps (N, K, H, W) out of pictures (N, C, H, W): each a weighted sum of the channels, negative numbers cut off."""

    def __init__(self, weight: Array) -> None:
        self.weight = Parameter(weight)  # (K, C)

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, K, H, W)."""
        y = (self.weight.value @ x.reshape(*x.shape[:2], -1)).reshape(len(x), -1, *x.shape[2:])
        self.keep(x, y > 0)
        return y * (y > 0)

    def backward(self, dy: Array) -> Any:
        """(N, K, H, W) -> (N, C, H, W), or None where nobody asked for it."""
        x, passed = self.kept_all()
        flat = (dy * passed).reshape(*dy.shape[:2], -1)  # (N, K, HW)
        self.weight.grad += (flat @ x.reshape(*x.shape[:2], -1).swapaxes(1, 2)).sum(axis=0)
        return (self.weight.value.T @ flat).reshape(x.shape) if self.input_grad else None


class Vote(Layer):
    """Scores (N, classes) out of maps: each class has a weight for every number of every map."""

    def __init__(self, weight: Array) -> None:
        self.weight = Parameter(weight)  # (classes, K, H, W)

    def forward(self, x: Array) -> Array:
        """(N, K, H, W) -> (N, classes)."""
        self.keep(x)
        scores: Array = x.reshape(len(x), -1) @ self.weight.value.reshape(len(self.weight.value), -1).T
        return scores

    def backward(self, dy: Array) -> Array:
        """(N, classes) -> (N, K, H, W)."""
        x = self.kept()
        rows = self.weight.value.reshape(len(self.weight.value), -1)
        self.weight.grad += (dy.T @ x.reshape(len(x), -1)).reshape(self.weight.shape)
        dx: Array = (dy @ rows).reshape(x.shape)
        return dx


class Example(Sequential):
    """Mix, then Vote: layers "0" and "1". In evaluation from the start, since nothing of it is trained."""

    def __init__(self, mix: Array, vote: Array) -> None:
        super().__init__(Mix(mix), Vote(vote))
        self.eval()
