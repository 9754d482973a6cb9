"""Where the numbers of a run go: a CSV file that outlives it, and TensorBoard for those who have it."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from liveportrait.errors import SettingError
from liveportrait.media.pending_file import make_folder, write_bytes


@runtime_checkable
class MetricsSink(Protocol):
    """Takes the numbers of one step."""

    def write(self, step: int, values: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


class CsvLog:
    """One row a step, written through at once.

    A resumed run names the step it resumes at: rows beyond it belong to a part of the run
    that was lost, and are dropped, so that every step stands there once. Numbers that come in
    later, as when a loss was added to a recipe, get a column that is empty before.
    """

    def __init__(self, path: Path, *, resume_step: int = 0) -> None:
        self._path = path
        self._columns: list[str] = []
        if path.exists():
            rows = self._rows()
            self._columns = rows[0] if rows else []
            self._rewrite([row for row in rows[1:] if self._is_whole(row) and int(row[0]) <= resume_step])

    def write(self, step: int, values: Mapping[str, float]) -> None:
        row = {"step": str(step)} | {name: f"{value:.6g}" for name, value in values.items()}
        if new := [name for name in row if name not in self._columns]:
            self._add_columns(new)
        self._append([row.get(name, "") for name in self._columns])

    def close(self) -> None:
        """Nothing is held open."""

    def _add_columns(self, names: list[str]) -> None:
        rows = self._rows()[1:] if self._columns else []
        self._columns = [*self._columns, *names]
        self._rewrite([row + [""] * len(names) for row in rows])

    def _is_whole(self, row: list[str]) -> bool:
        return len(row) == len(self._columns)

    def _rows(self) -> list[list[str]]:
        with self._path.open(newline="", encoding="ascii") as file:
            return list(csv.reader(file))

    def _append(self, row: list[str]) -> None:
        with self._path.open("a", newline="", encoding="ascii") as file:
            csv.writer(file, lineterminator="\n").writerow(row)

    def _rewrite(self, rows: list[list[str]]) -> None:
        header = [self._columns] if self._columns else []
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*header, *rows])
        make_folder(self._path.parent)
        write_bytes(self._path, text.getvalue().encode("ascii"))


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
