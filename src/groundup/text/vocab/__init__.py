"""From sentences to arrays: tokens, a vocabulary, padding, batches of like lengths."""

from groundup.text.vocab.vocab import (
    Vocabulary,
    bag_of_words,
    buckets,
    build,
    characters,
    coverage,
    mask,
    normalise,
    pad,
    padding_share,
    tokenise,
    type_token_ratio,
)

__all__ = [
    "Vocabulary",
    "bag_of_words",
    "buckets",
    "build",
    "characters",
    "coverage",
    "mask",
    "normalise",
    "pad",
    "padding_share",
    "tokenise",
    "type_token_ratio",
]
