"""Adam and AdamW."""

from groundup.optim.adam.fast import Adam, AdamW

__all__ = ["Adam", "AdamW"]
