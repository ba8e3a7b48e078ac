"""ResNet."""

from groundup.models.resnet.resnet import BasicBlock, ResNet, resnet18, resnet_cifar

__all__ = ["BasicBlock", "ResNet", "resnet18", "resnet_cifar"]
