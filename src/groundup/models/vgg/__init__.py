"""VGG."""

from groundup.models.vgg.vgg import VGG

__all__ = ["VGG"]
