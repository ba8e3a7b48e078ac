"""Blocks of a Transformer: attention and a feed-forward network, each with a way around it and a normalisation.

A sublayer f (attention, or the feed-forward network) stands between x and y in one of two ways:

    (1)  before:  y = x + drop(f(norm(x)))          dx = dy + norm'(f'(drop'(dy)))
    (2)  after:   y = norm(x + drop(f(x)))          ds = norm'(dy),   dx = ds + f'(drop'(ds))

where norm', f', drop' are the backward passes. An encoder block and a decoder block are two and three of them:

    (3)  encoder:   attention of x to itself, feed-forward
    (4)  decoder:   attention of y to itself, attention of y to the memory m, feed-forward

Keys and values of one input come back as two gradients of that input, and are added.  Axes: (T, N, D), or (N, T, D)
with ``batch_first``, or (T, D): T positions, N sequences, D width.
Derivation: lesson.md, "Derive".  Sources: Vaswani et al. (2017), section 3.1; Xiong et al. (2020) for Eq. 1.
"""

from collections.abc import Callable, Iterator
from typing import Any

from groundup.core import Array, Layer, Rng, ShapeError, expect_features, expect_positive, expect_shape, generator
from groundup.nn.dropout import Dropout
from groundup.nn.feed_forward import FeedForward
from groundup.nn.layer_norm import LayerNorm
from groundup.nn.multihead import MultiheadAttention

Step = Callable[[Array], Array]


class Block(Layer):
    """What both blocks have in common: the way around a sublayer, and a feed-forward network."""

    def __init__(self, d_model: int, norm_first: bool) -> None:
        expect_positive(type(self).__name__, d_model=d_model)
        self.d_model, self.norm_first = d_model, norm_first

    def around(self, x: Array, f: Step, norm: Layer, dropout: Layer) -> Array:
        """Eq. 1 or 2, forward."""
        if self.norm_first:
            y: Array = x + dropout(f(norm(x)))
        else:
            y = norm(x + dropout(f(x)))
        return y

    def back_around(self, dy: Array, f_backward: Step, norm: Layer, dropout: Layer) -> Array:
        """Eq. 1 or 2, backward."""
        if self.norm_first:
            dx: Array = dy + norm.backward(f_backward(dropout.backward(dy)))
        else:
            dsum: Array = norm.backward(dy)
            dx = dsum + f_backward(dropout.backward(dsum))
        return dx

    def self_attend(self, x: Array, **masks: Any) -> Array:
        """x attends to itself."""
        mixed: Array = self.self_attn(x, x, x, need_weights=False, **masks)[0]
        return mixed

    def self_attend_backward(self, d: Array) -> Array:
        """x was query, key and value, and receives the sum of three gradients."""
        return self.self_attn.backward_self(d)

    self_attn: MultiheadAttention
    feed_forward: FeedForward
    linear1 = property(lambda self: self.feed_forward.linear1)
    dropout = property(lambda self: self.feed_forward.dropout)
    linear2 = property(lambda self: self.feed_forward.linear2)

    def children(self) -> Iterator[tuple[str, Layer]]:
        """The parts of the feed-forward network stand beside the others, as in torch.nn: linear1, dropout, linear2."""
        for name, child in super().children():
            yield from child.children() if isinstance(child, FeedForward) else [(name, child)]

    def expect(self, method: str, x: Any) -> Array:
        """A float array (T, N, D), (N, T, D) or (T, D). Raises ShapeError, DtypeError."""
        who = f"{type(self).__name__}.{method}"
        array = expect_features(who, x, self.d_model)
        if array.ndim not in (2, 3):
            raise ShapeError(
                f"{who}: expected two axes or three, got shape {array.shape}; (T, N, {self.d_model}) is usual"
            )
        return array


class TransformerEncoderLayer(Block):
    """Map (T, N, D) to (T, N, D) by Eq. 3.

    State keys: ``self_attn.in_proj_weight`` (3D, D), ``self_attn.in_proj_bias``, ``self_attn.out_proj.weight``,
    ``self_attn.out_proj.bias``, ``linear1.weight`` (F, D), ``linear1.bias``, ``linear2.weight`` (D, F),
    ``linear2.bias``, ``norm1.weight``, ``norm1.bias``, ``norm2.weight``, ``norm2.bias``.

    Raises ValueError for sizes below 1 or heads that do not divide the width, TypeError when ``rng`` is missing.
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: str | Layer = "relu", layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, *, rng: Rng | None = None,
    ) -> None:  # fmt: skip
        super().__init__(d_model, norm_first)
        draw = generator("TransformerEncoderLayer", rng)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, rng=draw)
        self.feed_forward = FeedForward(d_model, dim_feedforward, dropout, activation, bias, rng=draw)
        self.norm1, self.norm2 = (LayerNorm(d_model, layer_norm_eps, bias=bias) for _ in range(2))
        self.dropout1, self.dropout2 = (Dropout(dropout, rng=draw) for _ in range(2))

    def forward(
        self, src: Array, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Array:
        """Eq. 3. Masks are those of MultiheadAttention: True, or minus infinity, hides a key from a query."""
        x = self.expect("forward", src)
        self.keep(x.shape)

        def attend(query: Array) -> Array:
            masks = {"attn_mask": src_mask, "key_padding_mask": src_key_padding_mask, "is_causal": is_causal}
            return self.self_attend(query, **masks)

        x = self.around(x, attend, self.norm1, self.dropout1)
        return self.around(x, self.feed_forward, self.norm2, self.dropout2)

    def backward(self, dy: Array) -> Array:
        """Eq. 3 from its end."""
        (shape,) = self.kept_all()
        expect_shape("TransformerEncoderLayer.backward", dy, shape, like="y")
        dx = self.back_around(dy, self.feed_forward.backward, self.norm2, self.dropout2)
        return self.back_around(dx, self.self_attend_backward, self.norm1, self.dropout1)


class TransformerDecoderLayer(Block):
    """Map (T, N, D), and a memory (S, N, D), to (T, N, D) by Eq. 4.

    State keys: those of the encoder layer, and ``multihead_attn.in_proj_weight``, ``multihead_attn.in_proj_bias``,
    ``multihead_attn.out_proj.weight``, ``multihead_attn.out_proj.bias``, ``norm3.weight``, ``norm3.bias``.

    Raises what TransformerEncoderLayer raises.
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
        activation: str | Layer = "relu", layer_norm_eps: float = 1e-5, batch_first: bool = False,
        norm_first: bool = False, bias: bool = True, *, rng: Rng | None = None,
    ) -> None:  # fmt: skip
        super().__init__(d_model, norm_first)
        draw = generator("TransformerDecoderLayer", rng)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, rng=draw)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, rng=draw)
        self.feed_forward = FeedForward(d_model, dim_feedforward, dropout, activation, bias, rng=draw)
        self.norm1, self.norm2, self.norm3 = (LayerNorm(d_model, layer_norm_eps, bias=bias) for _ in range(3))
        self.dropout1, self.dropout2, self.dropout3 = (Dropout(dropout, rng=draw) for _ in range(3))

    def forward(
        self, tgt: Array, memory: Array, tgt_mask: Any = None, memory_mask: Any = None,
        tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False, memory_is_causal: bool = False,
    ) -> Array:  # fmt: skip
        """Eq. 4. Masks are those of MultiheadAttention."""
        y, memory = self.expect("forward", tgt), self.expect("forward", memory)
        self.keep(y.shape)

        def attend(query: Array) -> Array:
            masks = {"attn_mask": tgt_mask, "key_padding_mask": tgt_key_padding_mask, "is_causal": tgt_is_causal}
            return self.self_attend(query, **masks)

        def look_up(query: Array) -> Array:
            masks = {
                "attn_mask": memory_mask,
                "key_padding_mask": memory_key_padding_mask,
                "is_causal": memory_is_causal,
            }
            mixed: Array = self.multihead_attn(query, memory, memory, need_weights=False, **masks)[0]
            return mixed

        y = self.around(y, attend, self.norm1, self.dropout1)
        y = self.around(y, look_up, self.norm2, self.dropout2)
        return self.around(y, self.feed_forward, self.norm3, self.dropout3)

    def backward(self, dy: Array) -> tuple[Array, Array]:
        """Eq. 4 from its end: the gradients of ``tgt`` and of ``memory``."""
        (shape,) = self.kept_all()
        expect_shape("TransformerDecoderLayer.backward", dy, shape, like="y")
        dmemory: list[Array] = []

        def look_up_backward(d: Array) -> Array:
            dquery, dkey, dvalue = self.multihead_attn.backward(d)
            dmemory.append(dkey + dvalue)  # one memory served as both
            return dquery

        dx = self.back_around(dy, self.feed_forward.backward, self.norm3, self.dropout3)
        dx = self.back_around(dx, look_up_backward, self.norm2, self.dropout2)
        dx = self.back_around(dx, self.self_attend_backward, self.norm1, self.dropout1)
        return dx, dmemory[0]
