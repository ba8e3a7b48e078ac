from math import nan

import numpy as np
import pytest

from groundup.core import DtypeError, ShapeError
from groundup.vision.augment import (
    ColorJitter,
    Compose,
    Cutout,
    RandomAffine,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
)

X = np.zeros((2, 1, 4, 4))


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: RandomHorizontalFlip(1.5), ValueError, "RandomHorizontalFlip: expected p between 0 and 1, got 1.5"),
        (lambda: RandomCrop(0), ValueError, "RandomCrop: expected padding of at least 1, got 0"),
        (
            lambda: RandomCrop(1, padding_mode="wrap"),
            ValueError,
            "one of constant, edge, reflect, symmetric, got 'wrap'",
        ),
        (lambda: RandomCrop(1, fill=nan), ValueError, "RandomCrop: expected fill at least -inf, got nan"),
        (lambda: RandomAffine(-5), ValueError, "RandomAffine: expected degrees between 0 and 180, got -5"),
        (lambda: RandomAffine((20, 10)), ValueError, "expected degrees from low to high, got (20, 10); did the two"),
        (lambda: RandomAffine("5"), TypeError, "RandomAffine: expected degrees to be a number, got '5'"),
        (lambda: RandomAffine(5, 0.1), TypeError, "RandomAffine: expected translate to be a pair of numbers, got 0.1"),
        (lambda: RandomAffine(5, (0.1, 2)), ValueError, "RandomAffine: expected translate between 0 and 1, got 2"),
        (lambda: RandomAffine(5, (-0.1, 0)), ValueError, "RandomAffine: expected translate between 0 and 1, got -0.1"),
        (lambda: RandomAffine(5, scale=(1, 2, 3)), TypeError, "expected scale to be a pair of numbers, got (1, 2, 3)"),
        (lambda: RandomAffine(5, scale=(0, 2)), ValueError, "RandomAffine: expected scale at least 0.001, got 0"),
        (lambda: RandomAffine(5, shear=90), ValueError, "RandomAffine: expected shear between 0 and 89, got 90"),
        (lambda: RandomAffine(5, fill=nan), ValueError, "RandomAffine: expected fill at least -inf"),
        (lambda: RandomErasing(-1), ValueError, "RandomErasing: expected p between 0 and 1, got -1"),
        (lambda: RandomErasing(scale=(0, 2)), ValueError, "RandomErasing: expected scale between 0 and 1, got 2"),
        (lambda: RandomErasing(ratio=(0, 2)), ValueError, "RandomErasing: expected ratio between 0.001 and 1000.0"),
        (lambda: RandomErasing(value=nan), ValueError, "RandomErasing: expected value at least -inf"),
        (lambda: Cutout(0), ValueError, "Cutout: expected size of at least 1, got 0"),
        (lambda: Cutout(2, nan), ValueError, "Cutout: expected value at least -inf"),
        (lambda: ColorJitter(-1), ValueError, "ColorJitter: expected brightness at least 0, got -1"),
        (lambda: ColorJitter(0, -1), ValueError, "ColorJitter: expected contrast at least 0, got -1"),
        (lambda: ColorJitter(1)(X - 1, 0), ValueError, "expected values in [0, 1], got -1 to -1; jitter before you"),
        (lambda: ColorJitter(1)(X + 1.5, 0), ValueError, "expected values in [0, 1], got 1.5 to 1.5; jitter before"),
        (lambda: Compose([3]), TypeError, "Compose: expected transforms to call with (x, rng), got int"),
    ],
)
def test_what_is_wrong_is_said(call, kind, says: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert says in str(raised.value)


EVERY = [
    RandomHorizontalFlip(),
    RandomCrop(2),
    RandomAffine(20),
    RandomErasing(),
    Cutout(3),
    ColorJitter(0.3, 0.3),
    Compose([RandomHorizontalFlip()]),
]


@pytest.mark.parametrize("transform", EVERY, ids=lambda t: type(t).__name__)
def test_batches_that_are_none_and_draws_without_a_generator_are_refused(transform) -> None:
    with pytest.raises(ShapeError, match=r"^\w+: expected shape \(N, C, H, W\), got \(4, 4\)"):
        transform(X[0, 0], 0)
    with pytest.raises(DtypeError, match=r"^\w+: expected floating-point numbers, got uint8"):
        transform(X.astype(np.uint8), 0)
    with pytest.raises(TypeError, match=rf"^{type(transform).__name__}: expected rng to be a seed"):
        transform(X, None)
