"""The convolutional network as it is drawn."""

from groundup.models.cnn.cnn import CNN

__all__ = ["CNN"]
