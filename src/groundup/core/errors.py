"""What the library raises. Every message says who, what was expected, what came, and the likely cause."""


class ShapeError(ValueError):
    """An array has the wrong rank or the wrong length along an axis."""


class DtypeError(TypeError):
    """An array has the wrong kind of number in it."""


class OrderError(RuntimeError):
    """A call came before the one it needs: ``backward`` before ``forward``, or twice after one."""


class StateError(ValueError):
    """A state dict does not fit the model: keys are missing, unknown, or of another shape."""
