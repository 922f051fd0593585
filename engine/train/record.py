"""Keep what each step gives on the device, and bring it to the host in one transfer a flush."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CAPACITY = 512


class StepRecord:
    """Hold one row a step: loss, score of the batch where there is one, and the gradient norm of each parameter that has one."""

    def __init__(self, num_leading: int, live: Sequence[int], num_parameters: int, device: torch.device) -> None:
        """Prepare rows for `num_leading` numbers and the parameters at the positions `live`, out of `num_parameters`."""
        self._values = torch.empty(CAPACITY, num_leading + len(live), device=device)
        self._rows = self._values.unbind(0)
        self._columns = [*range(num_leading), *(num_leading + place for place in live)]
        self._width = num_leading + num_parameters
        self._checked = 0
        self.count = 0

    @property
    def full(self) -> bool:
        """Return whether no step fits any more before `take`."""
        return self.count == CAPACITY

    def add(self, numbers: list[Tensor]) -> None:
        """Write a row from scalars on the device, without waiting for them."""
        torch.stack(numbers, out=self._rows[self.count])
        self.count += 1

    def all_finite(self) -> bool:
        """Return whether the losses since the last call are all finite; this waits for the device."""
        start, self._checked = self._checked, self.count
        return bool(torch.isfinite(self._values[start : self.count, 0]).all())

    def take(self) -> NDArray[np.float32]:
        """Return the rows on the host and begin anew; parameters without a gradient are NaN.

        Shapes: -> (S, num_leading + num_parameters)
        """
        rows = np.full((self.count, self._width), np.nan, dtype=np.float32)
        rows[:, self._columns] = self._values[: self.count].cpu().numpy()
        self.count = self._checked = 0
        return rows
