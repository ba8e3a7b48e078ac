"""The same batches from PyTorch: a data set gives a row, a sampler says which, and a loader puts them together.

PyTorch's own RandomSampler draws its order with torch.randperm; this one draws with NumPy's generator, as ours does, so
that both hand out the same rows. Handing it over as ``batch_sampler`` is PyTorch's way to say who decides.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

__all__ = ["BatchRows", "Rows", "loader"]


class Rows(Dataset[tuple[Tensor, Tensor]]):
    """Row n of x and of y. What a transform would do belongs here: it then runs in the workers."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, n: int) -> tuple[Tensor, Tensor]:
        return self.x[n], self.y[n]


class BatchRows(Sampler[list[int]]):
    """The rows of one batch after the other, in a new order each epoch; without an rng in the order that they have."""

    def __init__(self, n: int, batch_size: int, rng: np.random.Generator | None, drop_last: bool = False) -> None:
        self.n, self.batch_size, self.rng, self.drop_last = n, batch_size, rng, drop_last
        self.first = 0  # the batch that the next iteration begins with
        self.before: Any = rng.bit_generator.state if rng else None  # the generator before it drew the latest order

    def __len__(self) -> int:
        return self.n // self.batch_size if self.drop_last else -(-self.n // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        self.before = self.rng.bit_generator.state if self.rng else None
        order = self.rng.permutation(self.n) if self.rng else np.arange(self.n)
        first, self.first = self.first, 0
        for k in range(first, len(self)):
            yield order[k * self.batch_size : (k + 1) * self.batch_size].tolist()

    def state_dict(self, taken: int) -> dict[str, Any]:
        """To go on after ``taken`` batches of this epoch.

        Whoever uses the batches has to count them: with workers, the sampler is some batches ahead of its reader.
        """
        return {"before": self.before, "taken": taken}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The next iteration is the rest of that epoch."""
        self.first = state["taken"]
        if self.rng:
            self.rng.bit_generator.state = state["before"]


def loader(
    x: Tensor,
    y: Tensor,
    batch_size: int,
    rng: np.random.Generator | None,
    *,
    drop_last: bool = False,
    num_workers: int = 0,
) -> DataLoader[tuple[Tensor, Tensor]]:
    """A DataLoader over (x, y) with the order of groundup's Loader: shuffled by the ``rng`` where there is one."""
    batches = BatchRows(len(x), batch_size, rng, drop_last)
    generator = torch.Generator().manual_seed(0)  # for the workers' seeds: the global one stays as it is
    return DataLoader(Rows(x, y), batch_sampler=batches, num_workers=num_workers, generator=generator)
