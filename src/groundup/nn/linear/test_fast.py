"""The fast form is the plain form; without a need for dx it saves the work."""

import numpy as np
import pytest

from groundup.nn.linear import fast, linear


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("needed", [True, False])
def test_equals_the_plain_form(bias: bool, needed: bool) -> None:
    rng = np.random.default_rng(0)
    ours, plain = (kind(4, 3, bias, rng=0).to("float64") for kind in (fast.Linear, linear.Linear))
    ours.needs_input_grad(needed)
    for again in range(3):  # the first product is written, the second added, the third written again
        if again == 2:
            ours.zero_grad()
            plain.zero_grad()
        x, dy = rng.standard_normal((2, 5, 4)), rng.standard_normal((2, 5, 3))
        np.testing.assert_allclose(ours(x), plain(x), rtol=1e-12)
        dx, plain_dx = ours.backward(dy), plain.backward(dy)
        if needed:
            np.testing.assert_allclose(dx, plain_dx, rtol=1e-12)
        else:
            assert dx is None
        for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
            np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12)


def test_the_weight_is_laid_out_for_what_is_asked_of_it() -> None:
    layer = fast.Linear(4, 3, rng=0)
    before = layer.weight.value.copy()
    layer.weight.grad += 1
    assert layer.needs_input_grad(False).weight.value.flags.f_contiguous
    assert layer.needs_input_grad().weight.value.flags.c_contiguous
    assert np.array_equal(layer.weight.value, before)
    assert (layer.weight.grad == 1).all()


def test_operations_are_counted() -> None:
    assert fast.Linear(4, 3, rng=0).flops((5, 4), (5, 3)) == 2 * 5 * 4 * 3
