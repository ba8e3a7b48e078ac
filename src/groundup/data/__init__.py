"""Real data: a catalogue of data sets, their sources, splits and mini-batches.

    from groundup.data import Loader, load, split

    digits = load("mnist")              # what this machine has; digits.source says what that is
    x, y = digits.features(), digits.y  # float32 (N, 784) in [0, 1], int64 (N,)
    part = split(digits, rng=0)         # {"train": rows, "val": rows, "test": rows}, stratified
    for batch in Loader(x[part["train"]], y[part["train"]], batch_size=64, rng=0): ...

``load`` looks in the cache, in the folders of $GROUNDUP_DATA, and in installed packages, in this order, and downloads
nothing unless it is told to (``allow_download=True``). ``fetch("mnist")``, or ``groundup data fetch mnist``, downloads
the official files once; from then on the cache serves them. $GROUNDUP_CACHE moves the cache, GROUNDUP_OFFLINE=1 forbids
the network.
"""

from groundup.data.catalogue import Card, Entry, File, Form
from groundup.data.dataset import Dataset
from groundup.data.errors import DataError, DownloadError
from groundup.data.loader import Loader
from groundup.data.loading import catalogue, fetch, load, where
from groundup.data.splits import split, standardise

__all__ = [
    "Card", "DataError", "Dataset", "DownloadError", "Entry", "File", "Form", "Loader", "catalogue", "fetch", "load",
    "split", "standardise", "where",
]  # fmt: skip
