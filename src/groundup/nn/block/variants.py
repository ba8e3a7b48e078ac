"""The blocks of a Transformer written another way, and just as right."""

from functools import partial
from typing import Any

from groundup.core import Array, Layer, expect_shape, variant
from groundup.nn.block.block import Block, Step, TransformerDecoderLayer, TransformerEncoderLayer


@variant("Block.around", "one sum for both, a norm before it or after it")
def one_sum_for_both(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Array:
    inner = norm(x) if self.norm_first else x
    total = dropout(f(inner)) + x
    y: Array = total if self.norm_first else norm(total)
    return y


@variant("Block.around", "a copy of x, and the sublayer added to it")
def added_to_a_copy(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Array:
    y = x.copy()
    if not self.norm_first:
        y += dropout(f(x))
        return norm(y)  # type: ignore[no-any-return]
    y += dropout(f(norm(x)))
    return y


@variant("Block.back_around", "one sum for both, a norm on either side")
def one_sum_for_both_back(self: Block, dy: Array, f_backward: Step, norm: Layer, dropout: Layer) -> Array:
    d = dy if self.norm_first else norm.backward(dy)
    through = f_backward(dropout.backward(d))
    dx: Array = d + (norm.backward(through) if self.norm_first else through)
    return dx


@variant("Block.back_around", "what goes around copied first, what goes through added to it")
def around_copied_first(self: Block, dy: Array, f_backward: Step, norm: Layer, dropout: Layer) -> Array:
    if self.norm_first:
        dx = dy.copy()
        dx += norm.backward(f_backward(dropout.backward(dy)))
    else:
        dsum = norm.backward(dy)
        dx = dsum.copy()
        dx += f_backward(dropout.backward(dsum))
    return dx


@variant("TransformerEncoderLayer.forward", "a partial in place of a function, a loop over the sublayers")
def loop_over_sublayers(
    self: TransformerEncoderLayer,
    src: Array,
    src_mask: Any = None,
    src_key_padding_mask: Any = None,
    is_causal: bool = False,
) -> Array:
    x = self.expect("forward", src)
    self.keep(x.shape)
    attend = partial(self.self_attend, attn_mask=src_mask, key_padding_mask=src_key_padding_mask, is_causal=is_causal)
    sublayers: list[tuple[Step, Layer, Layer]] = [
        (attend, self.norm1, self.dropout1),
        (self.feed_forward, self.norm2, self.dropout2),
    ]
    for f, norm, dropout in sublayers:
        x = self.around(x, f, norm, dropout)
    return x


@variant("TransformerEncoderLayer.forward", "both arrangements written out")
def both_written_out(
    self: TransformerEncoderLayer,
    src: Array,
    src_mask: Any = None,
    src_key_padding_mask: Any = None,
    is_causal: bool = False,
) -> Array:
    x: Array = self.expect("forward", src)
    self.keep(x.shape)
    a = self.norm1(x) if self.norm_first else x
    mixed, _ = self.self_attn(
        a, a, a, key_padding_mask=src_key_padding_mask, need_weights=False, attn_mask=src_mask, is_causal=is_causal
    )
    x = x + self.dropout1(mixed)
    if self.norm_first:
        x = x + self.dropout2(self.feed_forward(self.norm2(x)))
    else:
        x = self.norm1(x)
        x = self.norm2(x + self.dropout2(self.feed_forward(x)))
    return x


@variant("TransformerEncoderLayer.backward", "a loop over the sublayers, from the last")
def loop_from_the_last(self: TransformerEncoderLayer, dy: Array) -> Array:
    (shape,) = self.kept_all()
    d = expect_shape("TransformerEncoderLayer.backward", dy, shape, like="y")
    sublayers = [
        (self.self_attend_backward, self.norm1, self.dropout1),
        (self.feed_forward.backward, self.norm2, self.dropout2),
    ]
    for f_backward, norm, dropout in reversed(sublayers):
        d = self.back_around(d, f_backward, norm, dropout)
    return d


@variant("TransformerEncoderLayer.backward", "both arrangements written out, three gradients of attention added")
def both_written_out_back(self: TransformerEncoderLayer, dy: Array) -> Array:
    (shape,) = self.kept_all()
    expect_shape("TransformerEncoderLayer.backward", dy, shape, like="y")
    first = self.norm_first
    d = dy if first else self.norm2.backward(dy)
    through = self.feed_forward.backward(self.dropout2.backward(d))
    d = d + (self.norm2.backward(through) if first else through)
    d = d if first else self.norm1.backward(d)
    dquery, dkey, dvalue = self.self_attn.backward(self.dropout1.backward(d))
    through = dquery + dkey + dvalue
    dx: Array = d + (self.norm1.backward(through) if first else through)
    return dx


@variant("TransformerDecoderLayer.forward", "lambdas in place of functions, the masks in dictionaries")
def lambdas(
    self: TransformerDecoderLayer, tgt: Array, memory: Array, tgt_mask: Any = None, memory_mask: Any = None,
    tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None,
    tgt_is_causal: bool = False, memory_is_causal: bool = False,
) -> Array:  # fmt: skip
    y, m = self.expect("forward", tgt), self.expect("forward", memory)
    self.keep(y.shape)
    own = {"attn_mask": tgt_mask, "key_padding_mask": tgt_key_padding_mask, "is_causal": tgt_is_causal}
    other = {"attn_mask": memory_mask, "key_padding_mask": memory_key_padding_mask, "is_causal": memory_is_causal}
    sublayers: list[tuple[Step, Layer, Layer]] = [
        (lambda q: self.self_attn(q, q, q, need_weights=False, **own)[0], self.norm1, self.dropout1),
        (lambda q: self.multihead_attn(q, m, m, need_weights=False, **other)[0], self.norm2, self.dropout2),
        (self.feed_forward, self.norm3, self.dropout3),
    ]
    for f, norm, dropout in sublayers:
        y = self.around(y, f, norm, dropout)
    return y


@variant("TransformerDecoderLayer.forward", "both arrangements written out, attention with its weights")
def written_out(
    self: TransformerDecoderLayer, tgt: Array, memory: Array, tgt_mask: Any = None, memory_mask: Any = None,
    tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None,
    tgt_is_causal: bool = False, memory_is_causal: bool = False,
) -> Array:  # fmt: skip
    y, memory = self.expect("forward", tgt), self.expect("forward", memory)
    self.keep(y.shape)
    before = [norm if self.norm_first else (lambda x: x) for norm in (self.norm1, self.norm2, self.norm3)]
    after = [(lambda x: x) if self.norm_first else norm for norm in (self.norm1, self.norm2, self.norm3)]
    q = before[0](y)
    mixed, _ = self.self_attn(q, q, q, tgt_key_padding_mask, True, tgt_mask, is_causal=tgt_is_causal)
    y = after[0](y + self.dropout1(mixed))
    mixed, _ = self.multihead_attn(
        before[1](y), memory, memory, memory_key_padding_mask, True, memory_mask, is_causal=memory_is_causal
    )
    y = after[1](y + self.dropout2(mixed))
    y = y + self.dropout3(self.feed_forward(before[2](y)))
    return after[2](y)  # type: ignore[no-any-return]


@variant("TransformerDecoderLayer.backward", "the memory's two gradients set aside, and added at the end")
def added_at_the_end(self: TransformerDecoderLayer, dy: Array) -> tuple[Array, Array]:
    (shape,) = self.kept_all()
    expect_shape("TransformerDecoderLayer.backward", dy, shape, like="y")
    aside: dict[str, Array] = {}

    def look_up_backward(d: Array) -> Array:
        dquery, aside["key"], aside["value"] = self.multihead_attn.backward(d)
        return dquery

    sublayers = [
        (self.feed_forward.backward, self.norm3, self.dropout3),
        (look_up_backward, self.norm2, self.dropout2),
        (self.self_attend_backward, self.norm1, self.dropout1),
    ]
    d = dy
    for f_backward, norm, dropout in sublayers:
        d = self.back_around(d, f_backward, norm, dropout)
    return d, aside["key"] + aside["value"]


@variant("TransformerDecoderLayer.backward", "the second sublayer written out")
def second_written_out(self: TransformerDecoderLayer, dy: Array) -> tuple[Array, Array]:
    (shape,) = self.kept_all()
    expect_shape("TransformerDecoderLayer.backward", dy, shape, like="y")
    d = self.back_around(dy, self.feed_forward.backward, self.norm3, self.dropout3)
    if not self.norm_first:
        d = self.norm2.backward(d)
    dquery, dkey, dvalue = self.multihead_attn.backward(self.dropout2.backward(d))
    d = d + (self.norm2.backward(dquery) if self.norm_first else dquery)
    dx = self.back_around(d, self.self_attend_backward, self.norm1, self.dropout1)
    return dx, dkey + dvalue
