"""LeNet."""

from groundup.models.lenet.lenet import LeNet

__all__ = ["LeNet"]
