import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.text import (
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
from support.parity import twin

twins = twin("text/vocab")
torch = twins.torch
TEXTS = [["a", "b", "a"], ["b", "c"], ["d"]]  # a 2, b 2, c 1, d 1
lists = st.lists(st.lists(st.integers(2, 9), max_size=6), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Ẹ kú àárọ̀!", ["Ẹ", "kú", "àárọ̀", "!"]),  # ọ̀ is two code points, and one letter
        ("A mụrụ mmadụ nile n'ohere; na-agụ", ["A", "mụrụ", "mmadụ", "nile", "n'ohere", ";", "na-agụ"]),
        ("ɗan-adam 'yanci 'Yan ra'ayi", ["ɗan-adam", "'yanci", "'Yan", "ra'ayi"]),
        ("he said 'no' - so", ["he", "said", "'", "no", "'", "-", "so"]),
        ("1,000.5 in 2024. covid19 3rd", ["1,000.5", "in", "2024", ".", "covid19", "3rd"]),
        ("हिन्दी  \n\tЖизнь", ["हिन्दी", "Жизнь"]),
        ("a_b... <pad>", ["a", "_", "b", ".", ".", ".", "<", "pad", ">"]),
        (" \n ", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenise(text) == tokens


@settings(deadline=None)
@given(st.text())
def test_nothing_but_spaces_is_lost(text: str) -> None:
    assert "".join(tokenise(text)) == "".join(text.split())
    assert "".join(characters(text)) == text


def test_one_spelling_of_what_looks_the_same() -> None:
    apart = "O\u0323\u0300RO\u0323\u0300"  # each mark by itself
    assert normalise(apart) == "ọ̀rọ̀" == normalise("Ọ\u0300rọ\u0300")
    assert (
        normalise("\u2018yancin ra\u2019ayi ra\u02bcayi e\u0300ri\u0301\u2010o\u0323ka\u0300n")
        == "'yancin ra'ayi ra'ayi èrí-ọkàn"
    )
    assert normalise("Ọkọ̀", lower=False) == "Ọkọ̀"


def test_marks_tell_words_apart() -> None:
    assert len({normalise(word) for word in ("ọkọ", "ọkọ́", "ọkọ̀", "ọ̀kọ̀", "oko")}) == 5


def test_a_character_keeps_its_marks() -> None:
    assert characters("ọ̀rọ̀ a") == ["ọ̀", "r", "ọ̀", " ", "a"]
    assert characters("\n\u0301") == ["\n\u0301"]


def test_ids_by_frequency_then_alphabet() -> None:
    assert build(TEXTS).tokens == ["<pad>", "<unk>", "a", "b", "c", "d"]
    assert build(reversed(TEXTS)).tokens == build(TEXTS).tokens
    assert build(TEXTS, ends=True).tokens[:5] == ["<pad>", "<unk>", "<bos>", "<eos>", "a"]
    assert build(TEXTS, min_freq=2).tokens[2:] == ["a", "b"]
    assert build(TEXTS, max_size=3).tokens == ["<pad>", "<unk>", "a"]
    assert len(build(TEXTS, max_size=2)) == len(build([])) == 2


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefẹọ"), max_size=12), max_size=5))
def test_the_order_is_that_of_a_counter(texts: list[list[str]]) -> None:
    counts = Counter(sorted(w for text in texts for w in text))  # equals stay in the order in which they came
    assert build(texts).tokens[2:] == [word for word, _ in counts.most_common()]


def test_a_special_token_in_the_text_is_no_word() -> None:
    vocabulary = build([["<unk>", "a", "<unk>"]])
    assert vocabulary.tokens == ["<pad>", "<unk>", "a"]
    assert vocabulary.encode(["<unk>", "<pad>"]) == [1, 0]
    assert build([["<bos>"]]).tokens[2:] == ["<bos>"]  # without ends it is a word like others


def test_encode_and_decode() -> None:
    vocabulary, ended = build(TEXTS), build(TEXTS, ends=True)
    assert vocabulary.encode(["a", "z", "d"]) == [2, 1, 5]
    assert ended.encode(["a", "z"]) == [2, 4, 1, 3]
    assert vocabulary.decode([2, 1, 0, 0]) == ["a", "<unk>"]
    assert ended.decode(np.array([2, 4, 3, 0])) == ["a"]
    assert ended.decode([2, 4, 3, 0], skip=False) == ["<bos>", "a", "<eos>", "<pad>"]
    assert "a" in vocabulary
    assert "z" not in vocabulary


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "d"])), st.booleans())
def test_known_words_come_back(tokens: list[str], ends: bool) -> None:
    vocabulary = build(TEXTS, ends=ends)
    assert vocabulary.decode(vocabulary.encode(tokens)) == tokens


@pytest.mark.parametrize("ends", [False, True])
def test_saved_and_loaded(tmp_path: Path, ends: bool) -> None:
    vocabulary = build([["ọkọ̀", "'yanci", "ọkọ̀"]], ends=ends)
    vocabulary.save(tmp_path / "words.json")
    loaded = Vocabulary.load(str(tmp_path / "words.json"))
    assert (loaded.tokens, loaded.ids, loaded.ends) == (vocabulary.tokens, vocabulary.ids, ends)
    assert "ọkọ̀" in (tmp_path / "words.json").read_text(encoding="utf-8")  # as people read it


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (b'{"ends": false, "words": ["a', "expected JSON in .*; was it cut short"),
        (b"\xff\xfe", "expected JSON"),
        (b"[1, 2]", "expected ends and a list of words"),
        (json.dumps({"ends": False, "words": ["a", 1]}).encode(), "another file"),
        (json.dumps({"ends": 0, "words": ["a"]}).encode(), "another file"),
        (json.dumps({"ends": False, "words": ["a", "a"]}).encode(), "got 'a' twice"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, held: bytes, says: str) -> None:
    (tmp_path / "words.json").write_bytes(held)
    with pytest.raises(ValueError, match=says):
        Vocabulary.load(tmp_path / "words.json")


@settings(deadline=None)
@given(lists, st.sampled_from(["left", "right"]))
def test_padding_and_mask_are_torchs(ids: list[list[int]], side: str) -> None:
    x, lengths = pad(ids, side=side)
    theirs, counted = twins.pad([torch.tensor(line, dtype=torch.int64) for line in ids], side)
    np.testing.assert_array_equal(x, theirs.numpy())
    np.testing.assert_array_equal(lengths, counted.numpy())
    np.testing.assert_array_equal(mask(lengths, side=side), twins.mask(counted, side).numpy())
    assert (x.dtype, lengths.dtype) == (np.int64, np.int64)
    assert x[mask(lengths, side=side)].tolist() == [i for line in ids for i in line]


@pytest.mark.parametrize(("cut", "expected"), [("right", [[4, 5], [7, 0]]), ("left", [[5, 6], [7, 0]])])
def test_long_lists_are_cut(cut: str, expected: list[list[int]]) -> None:
    x, lengths = pad([[4, 5, 6], [7]], max_length=2, cut=cut)
    assert x.tolist() == expected
    assert lengths.tolist() == [2, 1]
    assert pad([[4, 5, 6]], max_length=9, cut=cut)[0].tolist() == [[4, 5, 6]]


def test_nothing_to_pad() -> None:
    x, lengths = pad([])
    assert (x.shape, lengths.shape, mask(lengths).shape) == ((0, 0), (0,), (0, 0))
    assert pad([[], [3]])[0].tolist() == [[0], [3]]


def test_a_mask_for_more_steps() -> None:
    lengths = np.array([1, 2])
    assert mask(lengths, 3).tolist() == [[True, False, False], [True, True, False]]
    assert mask(lengths, 3, side="left").tolist() == [[False, False, True], [False, True, True]]


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 6), st.integers(0, 99))
def test_buckets_hold_each_sentence_once_among_its_likes(drawn: list[int], size: int, seed: int) -> None:
    lengths = np.array(drawn, dtype=np.int64)
    batches = buckets(lengths, size, rng=seed)
    assert sorted(np.concatenate([*batches, np.zeros(0, np.int64)]).tolist()) == list(range(len(lengths)))
    ends = sorted((int(lengths[b].min()), int(lengths[b].max())) for b in batches)
    assert all(before[1] <= after[0] for before, after in pairwise(ends))
    assert sum(len(b) != size for b in batches) <= 1
    if len(lengths) % size == 0:  # a short batch of the longest can cost more than it saves
        plain = list(np.arange(len(lengths)).reshape(-1, size))
        assert padding_share(lengths, batches) <= padding_share(lengths, plain) + 1e-12


def test_buckets_are_drawn_from_the_rng() -> None:
    lengths = np.arange(40) // 4
    first, again, other = (buckets(lengths, 4, rng=seed) for seed in (0, np.random.default_rng(0), 1))
    assert [b.tolist() for b in first] == [b.tolist() for b in again] != [b.tolist() for b in other]


def test_the_share_of_padding() -> None:
    lengths = np.array([1, 3, 2])
    assert padding_share(lengths, [np.array([0, 1]), np.array([2])]) == pytest.approx(1 - 6 / 8)
    x, _ = pad([[2], [2, 2, 2], [2, 2]])
    assert padding_share(lengths, [np.arange(3)]) == pytest.approx((x == 0).mean())
    assert padding_share(lengths, []) == padding_share(np.array([0]), [np.array([0])]) == 0


@settings(deadline=None)
@given(lists)
def test_bags_are_torchs(ids: list[list[int]]) -> None:
    theirs = twins.bag_of_words([torch.tensor(line, dtype=torch.int64) for line in ids], 10)
    np.testing.assert_array_equal(bag_of_words(ids, 10), theirs.numpy())


def test_bags_are_those_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.feature_extraction.text")
    texts = ["Ọkọ̀ kan, ọkọ́ kan.", "ọkọ ni; ọkọ̀ ni!", "'yanci da ra'ayi"]
    theirs = sklearn.CountVectorizer(preprocessor=normalise, tokenizer=tokenise, token_pattern=None)
    counts = theirs.fit_transform(texts).toarray()
    split = [tokenise(normalise(text)) for text in texts]
    vocabulary = build(split)
    ours = bag_of_words([vocabulary.encode(tokens) for tokens in split], len(vocabulary))
    np.testing.assert_array_equal(ours[:, [vocabulary.ids[w] for w in theirs.get_feature_names_out()]], counts)
    assert ours.sum() == counts.sum()


def test_coverage_and_ratio() -> None:
    assert coverage(["a", "z", "a", "b"], build(TEXTS)) == 0.75
    assert type_token_ratio(["a", "z", "a", "b"]) == 0.75


def test_a_torch_user_gets_the_same_batches() -> None:
    texts, labels = ["ọkọ̀ kan", "ọkọ", "a b c"], [1, 0, 1]
    vocabulary = build([tokenise(text) for text in texts])
    ids = [vocabulary.encode(tokenise(text)) for text in texts]
    batches = buckets(np.array([len(line) for line in ids]), 2, rng=0)
    seen = list(twins.loader(twins.Sentences(texts, labels, vocabulary), [b.tolist() for b in batches]))
    for (x, lengths, y), places in zip(seen, batches, strict=True):
        ours = pad([ids[i] for i in places])
        np.testing.assert_array_equal(x.numpy(), ours[0])
        np.testing.assert_array_equal(lengths.numpy(), ours[1])
        assert y.tolist() == [labels[i] for i in places]
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Vocabulary(["<pad>"]), ValueError, "got '<pad>' twice"),
        (lambda: build(["a sentence"]), TypeError, "got the string 'a sentence'; tokenise it first"),
        (lambda: build(TEXTS, min_freq=0), ValueError, "min_freq of at least 1"),
        (lambda: build(TEXTS, max_size=3, ends=True), ValueError, "max_size of at least 4, got 3"),
        (lambda: build(TEXTS).encode("ab"), TypeError, "tokenise it first"),
        (lambda: build(TEXTS).decode([6]), IndexError, "ids from 0 to 5, got 6"),
        (lambda: build(TEXTS).decode([-1]), IndexError, "got -1"),
        (lambda: pad([1, 2]), TypeError, r"got int; one sentence is \[ids\]"),
        (lambda: pad([[1]], max_length=0), ValueError, "max_length of at least 1"),
        (lambda: pad([[1]], side="pre"), ValueError, "got 'pre'; before is left"),
        (lambda: pad([[1]], max_length=1, cut="post"), ValueError, "got 'post'"),
        (lambda: mask(np.array([3]), 2), ValueError, "at most 2 steps, got 3"),
        (lambda: mask(np.array([3]), side="post"), ValueError, "got 'post'"),
        (lambda: buckets(np.array([1]), 0, rng=0), ValueError, "batch_size"),
        (lambda: buckets(np.array([1]), 1, rng=None), TypeError, "buckets: expected rng"),
        (lambda: bag_of_words([[2], [3]], 3), ValueError, "ids from 0 to 2, got 3 to 3"),
        (lambda: bag_of_words([[-1]], 3), ValueError, "got -1 to -1"),
        (lambda: coverage([], build(TEXTS)), ValueError, "at least one token"),
        (lambda: type_token_ratio("ab"), TypeError, "tokenise it first"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        call()
