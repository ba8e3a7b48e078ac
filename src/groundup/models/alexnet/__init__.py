"""AlexNet."""

from groundup.models.alexnet.alexnet import AlexNet

__all__ = ["AlexNet"]
