"""Real data: a catalogue of data sets, their sources, splits and mini-batches.

    from groundup.data import Loader, load, split

    digits = load("mnist")              # what this machine has; digits.source says what that is
    x, y = digits.features(), digits.y  # float32 (N, 784) in [0, 1], int64 (N,)
    text = load_corpus("shakespeare").text  # as load_texts("sst2"), load_series("stocks")
    mine = load("path/to/flowers")      # a folder with a folder of pictures for each class
    mine = load("table.csv", label="kind")
    part = split(digits, rng=0)         # {"train": rows, "val": rows, "test": rows}, stratified
    part = split_by_group(patients, rng=0)  # no patient in two parts; split_by_time(days) for what comes in time
    for batch in Loader(x[part["train"]], y[part["train"]], batch_size=64, rng=0): ...

``load`` looks in the cache, in the folders of $GROUNDUP_DATA, and in installed packages, in this order, and downloads
nothing unless it is told to (``allow_download=True``). ``fetch("mnist")``, or ``groundup data fetch mnist``, downloads
the official files once; from then on the cache serves them. $GROUNDUP_CACHE moves the cache, GROUNDUP_OFFLINE=1 forbids
the network.
"""

from groundup.data.batches import Loader
from groundup.data.catalogue import Card, Entry, File, Form
from groundup.data.dataset import Dataset, Sourced
from groundup.data.errors import DataError, DownloadError
from groundup.data.kinds import Corpus, Series, Texts
from groundup.data.loading import catalogue, fetch, load, load_corpus, load_series, load_texts, where
from groundup.data.splits import split, split_by_group, split_by_time, standardise

__all__ = [
    "Card", "Corpus", "DataError", "Dataset", "DownloadError", "Entry", "File", "Form", "Loader", "Series", "Sourced",
    "Texts", "catalogue", "fetch", "load", "load_corpus", "load_series", "load_texts", "split", "split_by_group",
    "split_by_time", "standardise", "where",
]  # fmt: skip
