"""Gradient checking by finite differences."""

from groundup.core.gradient_check.gradient_check import GradientError, gradcheck, numeric_gradient, worst_error

__all__ = ["GradientError", "gradcheck", "numeric_gradient", "worst_error"]
