"""Saliency maps: what in a picture a network's score hangs on."""

from groundup.vision.saliency.saliency import grad_cam, gradient_times_input, occlusion, saliency, smooth_grad

__all__ = ["grad_cam", "gradient_times_input", "occlusion", "saliency", "smooth_grad"]
