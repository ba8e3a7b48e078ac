"""Text as arrays of whole numbers. NumPy and the standard library alone."""

from groundup.text.vocab import (
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
