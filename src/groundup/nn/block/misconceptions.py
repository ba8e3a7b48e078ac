"""What people write instead of a Transformer block."""

from typing import Any

from groundup.core import Array, Layer, misconception
from groundup.nn.block.block import Block, Step, TransformerDecoderLayer, TransformerEncoderLayer


@misconception(
    "Block.around",
    "There is no way around: what the sublayer does not pass on is lost, and so is its gradient.",
    see="Break",
)
def no_way_around(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Any:
    return dropout(f(norm(x))) if self.norm_first else norm(dropout(f(x)))


@misconception(
    "Block.around",
    "You normalise after the sum whatever norm_first says.",
    see="Two places for the norm",
)
def always_after(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Any:
    return norm(x + dropout(f(x)))


@misconception(
    "Block.around",
    "You normalise before the sublayer whatever norm_first says. It is False unless it is set.",
    see="Two places for the norm",
)
def always_before(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Any:
    return x + dropout(f(norm(x)))


@misconception(
    "Block.around",
    "What goes around is normalised, too. With the norm first the stream itself stays as it is: only the sublayer sees "
    "it normalised.",
    see="Two places for the norm",
)
def stream_normalised(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Any:
    if not self.norm_first:
        return norm(x + dropout(f(x)))
    inside = norm(x)
    return inside + dropout(f(inside))


@misconception(
    "Block.around",
    "With the norm last you normalise what comes out of the sublayer, and not its sum with x.",
    see="Two places for the norm",
)
def branch_normalised(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Any:
    return x + dropout(f(norm(x))) if self.norm_first else x + norm(dropout(f(x)))


@misconception(
    "Block.around",
    "Dropout falls on the sum, and takes numbers out of the stream itself. It belongs on the sublayer's output.",
    see="Build",
)
def stream_dropped(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Any:
    return dropout(x + f(norm(x))) if self.norm_first else norm(dropout(x + f(x)))


@misconception(
    "Block.around",
    "Nothing is dropped from what the sublayer adds.",
    see="Build",
)
def dropout_forgotten(self: Block, x: Array, f: Step, norm: Layer, dropout: Layer) -> Any:
    return x + f(norm(x)) if self.norm_first else norm(x + f(x))


@misconception(
    "Block.back_around",
    "Only what came through the sublayer is returned. The sum hands its gradient to both: the way around is missing.",
    see="Two places for the norm",
)
def way_around_forgotten(self: Block, dy: Array, f_backward: Step, norm: Layer, dropout: Layer) -> Any:
    if self.norm_first:
        return norm.backward(f_backward(dropout.backward(dy)))
    return f_backward(dropout.backward(norm.backward(dy)))


@misconception(
    "Block.back_around",
    "With the norm first you send the gradient that went around through the norm as well. It never was in it.",
    see="Two places for the norm",
)
def both_through_the_norm(self: Block, dy: Array, f_backward: Step, norm: Layer, dropout: Layer) -> Any:
    if self.norm_first:
        return norm.backward(dy + f_backward(dropout.backward(dy)))
    dsum = norm.backward(dy)
    return dsum + f_backward(dropout.backward(dsum))


@misconception(
    "Block.back_around",
    "With the norm last what went around is the gradient behind the norm, and you add the one before it.",
    see="Two places for the norm",
)
def around_the_norm(self: Block, dy: Array, f_backward: Step, norm: Layer, dropout: Layer) -> Any:
    if self.norm_first:
        return dy + norm.backward(f_backward(dropout.backward(dy)))
    return dy + f_backward(dropout.backward(norm.backward(dy)))


@misconception(
    "Block.back_around",
    "What dropout took away comes back as gradient.",
    see="Build",
)
def dropout_forgotten_on_the_way_back(self: Block, dy: Array, f_backward: Step, norm: Layer, dropout: Layer) -> Any:
    if self.norm_first:
        return dy + norm.backward(f_backward(dy))
    dsum = norm.backward(dy)
    return dsum + f_backward(dsum)


def _encoder(self: TransformerEncoderLayer, src: Array, swap: bool = False, **masks: Any) -> Any:
    self.keep(src.shape)
    steps = [(lambda q: self.self_attend(q, **masks), self.norm1, self.dropout1)]
    steps.insert(0 if swap else 1, (self.feed_forward, self.norm2, self.dropout2))
    for step in steps:
        src = self.around(src, *step)
    return src


@misconception(
    "TransformerEncoderLayer.forward",
    "The feed-forward network comes before attention: each position computes before it has heard from the others.",
    see="Derive",
)
def feed_forward_first(
    self: TransformerEncoderLayer, src: Array, src_mask: Any = None, src_key_padding_mask: Any = None,
    is_causal: bool = False,
) -> Any:  # fmt: skip
    masks = {"attn_mask": src_mask, "key_padding_mask": src_key_padding_mask, "is_causal": is_causal}
    return _encoder(self, src, swap=True, **masks)


@misconception(
    "TransformerEncoderLayer.forward",
    "src_mask never reaches attention: each position sees what it should not.",
    see="Masks",
)
def mask_forgotten(
    self: TransformerEncoderLayer, src: Array, src_mask: Any = None, src_key_padding_mask: Any = None,
    is_causal: bool = False,
) -> Any:  # fmt: skip
    return _encoder(self, src, key_padding_mask=src_key_padding_mask)


@misconception(
    "TransformerEncoderLayer.forward",
    "The padding mask never reaches attention: sequences listen to the filling of shorter ones.",
    see="Masks",
)
def padding_forgotten(
    self: TransformerEncoderLayer, src: Array, src_mask: Any = None, src_key_padding_mask: Any = None,
    is_causal: bool = False,
) -> Any:  # fmt: skip
    return _encoder(self, src, attn_mask=src_mask, is_causal=is_causal)


@misconception(
    "TransformerEncoderLayer.forward",
    "One norm serves both sublayers: norm2 is never used, and norm1 learns for two.",
    see="Build",
)
def one_norm_for_both(
    self: TransformerEncoderLayer, src: Array, src_mask: Any = None, src_key_padding_mask: Any = None,
    is_causal: bool = False,
) -> Any:  # fmt: skip
    self.keep(src.shape)
    masks = {"attn_mask": src_mask, "key_padding_mask": src_key_padding_mask, "is_causal": is_causal}
    x = self.around(src, lambda q: self.self_attend(q, **masks), self.norm1, self.dropout1)
    return self.around(x, self.feed_forward, self.norm1, self.dropout2)


@misconception(
    "TransformerEncoderLayer.backward",
    "You return the gradient of the query alone. x was key and value, too: three gradients add up.",
    see="One input, three uses",
)
def query_alone(self: TransformerEncoderLayer, dy: Array) -> Any:
    self.kept_all()
    dx = self.back_around(dy, self.feed_forward.backward, self.norm2, self.dropout2)
    return self.back_around(dx, lambda d: self.self_attn.backward(d)[0], self.norm1, self.dropout1)


@misconception(
    "TransformerEncoderLayer.backward",
    "You go back through the sublayers in the order in which they went forward.",
    see="Build",
)
def not_from_the_end(self: TransformerEncoderLayer, dy: Array) -> Any:
    self.kept_all()
    dx = self.back_around(dy, self.self_attend_backward, self.norm1, self.dropout1)
    return self.back_around(dx, self.feed_forward.backward, self.norm2, self.dropout2)


def _decoder(self: TransformerDecoderLayer, y: Array, look_up: Step, own: Any, cross_first: bool = False) -> Any:
    self.keep(y.shape)
    steps: list[Any] = [(lambda q: self.self_attend(q, **own), self.norm1, self.dropout1)]
    steps.insert(0 if cross_first else 1, (look_up, self.norm2, self.dropout2))
    for step in [*steps, (self.feed_forward, self.norm3, self.dropout3)]:
        y = self.around(y, *step)
    return y


@misconception(
    "TransformerDecoderLayer.forward",
    "The decoder asks itself in the second attention as well: the memory is never looked at.",
    see="One input, three uses",
)
def memory_ignored(
    self: TransformerDecoderLayer, tgt: Array, memory: Array, tgt_mask: Any = None, memory_mask: Any = None,
    tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, **causal: bool,
) -> Any:  # fmt: skip
    own = {"attn_mask": tgt_mask, "key_padding_mask": tgt_key_padding_mask}
    return _decoder(self, tgt, lambda q: self.multihead_attn(q, q, q, need_weights=False)[0], own)


@misconception(
    "TransformerDecoderLayer.forward",
    "The mask of the decoder's own positions is used on the memory as well: what was read in full is hidden again.",
    see="Masks",
)
def own_mask_on_the_memory(
    self: TransformerDecoderLayer, tgt: Array, memory: Array, tgt_mask: Any = None, memory_mask: Any = None,
    tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, **causal: bool,
) -> Any:  # fmt: skip
    own = {"attn_mask": tgt_mask, "key_padding_mask": tgt_key_padding_mask}
    cross = {"attn_mask": tgt_mask, "key_padding_mask": memory_key_padding_mask}
    return _decoder(self, tgt, lambda q: self.multihead_attn(q, memory, memory, need_weights=False, **cross)[0], own)


@misconception(
    "TransformerDecoderLayer.forward",
    "The padding of the memory is not hidden: the decoder listens to the filling.",
    see="Masks",
)
def memory_padding_forgotten(
    self: TransformerDecoderLayer, tgt: Array, memory: Array, tgt_mask: Any = None, memory_mask: Any = None,
    tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, **causal: bool,
) -> Any:  # fmt: skip
    own = {"attn_mask": tgt_mask, "key_padding_mask": tgt_key_padding_mask}
    return _decoder(self, tgt, lambda q: self.multihead_attn(q, memory, memory, need_weights=False)[0], own)


@misconception(
    "TransformerDecoderLayer.forward",
    "The memory is looked at first, and the decoder's own positions afterwards.",
    see="Derive",
)
def memory_first(
    self: TransformerDecoderLayer, tgt: Array, memory: Array, tgt_mask: Any = None, memory_mask: Any = None,
    tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, **causal: bool,
) -> Any:  # fmt: skip
    own = {"attn_mask": tgt_mask, "key_padding_mask": tgt_key_padding_mask}
    cross = {"attn_mask": memory_mask, "key_padding_mask": memory_key_padding_mask}
    look_up: Step = lambda q: self.multihead_attn(q, memory, memory, need_weights=False, **cross)[0]  # noqa: E731
    return _decoder(self, tgt, look_up, own, cross_first=True)


def _decoder_backward(self: TransformerDecoderLayer, dy: Array, of_memory: Any) -> Any:
    self.kept_all()
    found: list[Any] = []

    def look_up_backward(d: Array) -> Any:
        dquery, dkey, dvalue = self.multihead_attn.backward(d)
        found.append(of_memory(dkey, dvalue))
        return dquery

    dx = self.back_around(dy, self.feed_forward.backward, self.norm3, self.dropout3)
    dx = self.back_around(dx, look_up_backward, self.norm2, self.dropout2)
    return self.back_around(dx, self.self_attend_backward, self.norm1, self.dropout1), found[0]


@misconception(
    "TransformerDecoderLayer.backward",
    "The memory receives the gradient of the values alone. It was key as well.",
    see="One input, three uses",
)
def values_alone(self: TransformerDecoderLayer, dy: Array) -> Any:
    return _decoder_backward(self, dy, lambda dkey, dvalue: dvalue)


@misconception(
    "TransformerDecoderLayer.backward",
    "The memory receives the gradient of the keys alone. It was value as well.",
    see="One input, three uses",
)
def keys_alone(self: TransformerDecoderLayer, dy: Array) -> Any:
    return _decoder_backward(self, dy, lambda dkey, dvalue: dkey)
