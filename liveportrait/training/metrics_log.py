"""Where the numbers of a run go: a CSV file that outlives it, and TensorBoard for those who have it."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from liveportrait.errors import SettingError


@runtime_checkable
class MetricsSink(Protocol):
    """Takes the numbers of one step."""

    def write(self, step: int, values: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


class CsvLog:
    """One row a step, written through at once.

    A resumed run names the step it resumes at: rows beyond it belong to a part of the run
    that was lost, and are dropped, so that every step stands there once.
    """

    def __init__(self, path: Path, *, resume_step: int = 0) -> None:
        self._path = path
        self._columns: list[str] | None = None
        if path.exists():
            self._keep_until(resume_step)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        columns = ["step", *values]
        if self._columns is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._append(columns)
            self._columns = columns
        if columns != self._columns:
            raise SettingError(
                f"{self._path} has the columns {self._columns}, this run writes {columns}; "
                "log to another file"
            )
        self._append([step, *(f"{value:.6g}" for value in values.values())])

    def close(self) -> None:
        """Nothing is held open."""

    def _append(self, row: list[str] | list[int | str]) -> None:
        with self._path.open("a", newline="", encoding="ascii") as file:
            csv.writer(file, lineterminator="\n").writerow(row)

    def _keep_until(self, resume_step: int) -> None:
        with self._path.open(newline="", encoding="ascii") as file:
            rows = list(csv.reader(file))
        if not rows:
            return
        self._columns = rows[0]
        kept = [row for row in rows[1:] if len(row) == len(rows[0]) and int(row[0]) <= resume_step]
        with self._path.open("w", newline="", encoding="ascii") as file:
            csv.writer(file, lineterminator="\n").writerows([rows[0], *kept])


class TensorBoardLog:
    """One curve a name, for `tensorboard --logdir`."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise SettingError(
                "TensorBoard is not installed; run `pip install liveportrait[tensorboard]`"
            ) from error
        self._writer = SummaryWriter(str(folder))

    def write(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        self._writer.close()
