"""Networks made of layers."""

from groundup.models.alexnet import AlexNet
from groundup.models.charlm import CharLM
from groundup.models.cnn import CNN
from groundup.models.lenet import LeNet
from groundup.models.mlp import MLP
from groundup.models.resnet import ResNet, resnet18, resnet_cifar
from groundup.models.vgg import VGG

__all__ = ["CNN", "MLP", "VGG", "AlexNet", "CharLM", "LeNet", "ResNet", "resnet18", "resnet_cifar"]
