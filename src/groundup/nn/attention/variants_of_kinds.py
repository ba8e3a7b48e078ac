"""Other right answers to the exercises that test attention, and that make it fast."""

import numpy as np

from groundup.core import Array, variant


@variant("check_weights", "answers that are known without computing a softmax")
def known_answers(DotProductAttention: type) -> None:
    close, layer = np.testing.assert_allclose, DotProductAttention()
    key, value = np.array([[2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 5.0, 0.0, 0.0]]), np.eye(3)[:, :2]
    query = np.zeros((2, 4))
    query[0, 0] = np.log(2)  # over the root of 4: e to the scores is 2 1 1 and 1 1 1
    close(layer(query, key, value), [[2 / 4, 1 / 4], [1 / 3, 1 / 3]])
    close(layer.weights.sum(axis=1), 1)
    close(layer(query, key, value, is_causal=True), [[1.0, 0.0], [1 / 2, 1 / 2]])
    hidden = np.array([[True, False, True], [False, True, True]])
    close(layer(query, key, value, hidden), [[2 / 3, 0.0], [0.0, 1 / 2]])
    close(layer(query, key, value, np.log([[1.0, 2.0, 4.0], [1.0, 2.0, 1.0]])), [[2 / 8, 2 / 8], [1 / 4, 2 / 4]])
    close(DotProductAttention(scale=1.0)(query, key, value), [[4 / 6, 1 / 6], [1 / 3, 1 / 3]])
    assert not layer(query, key, value, np.zeros((2, 3), bool)).any()


@variant("check_gradients", "the formula, with the whole Jacobian of each row's softmax")
def by_the_formula(DotProductAttention: type) -> None:
    rng = np.random.default_rng(5)
    query, key, value = rng.standard_normal((2, 9)), rng.standard_normal((3, 9)), rng.standard_normal((3, 4))
    dy, layer = rng.standard_normal((2, 4)), DotProductAttention()
    layer(query, key, value)
    dquery, dkey, dvalue = layer.backward(dy)
    e = np.exp(query @ key.T / 3)
    p = e / e.sum(axis=1, keepdims=True)
    ds = np.array([(np.diag(row) - np.outer(row, row)) @ value @ d for row, d in zip(p, dy, strict=True)]) / 3
    for got, wanted in ((dquery, ds @ key), (dkey, ds.T @ query), (dvalue, p.T @ dy)):
        np.testing.assert_allclose(got, wanted)


@variant("all_heads", "einsum for both products")
def einsum_twice(query: Array, key: Array, value: Array) -> Array:
    s = np.einsum("nhld,nhsd->nhls", query, key) / np.sqrt(query.shape[-1]).astype(query.dtype)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    y: Array = np.einsum("nhls,nhsd->nhld", e / e.sum(axis=-1, keepdims=True), value)
    return y


@variant("all_heads", "texts and heads as one axis, divided by the sum at the end")
def divided_at_the_end(query: Array, key: Array, value: Array) -> Array:
    q, k, v = (x.reshape(-1, *x.shape[2:]) for x in (query, key, value))
    s = q @ (k * k.shape[-1] ** -0.5).transpose(0, 2, 1)
    e = np.exp(s - s.max(axis=2)[..., None])
    y: Array = (e @ v) / e.sum(axis=2)[..., None]
    return y.reshape(query.shape)
