"""python benchmarks/training_curve.py RUN/one RUN/two ...: what training gained step by step, to be kept.

Takes over the `validation.csv` of each stage's folder, in the order in which the stretches followed one
another, and draws the whole record anew. A stretch (named after its run) that is there already is replaced.
Figures of two stretches compare as far as they were taken on the same clips: see the columns `..._of_copy`,
what copying the source would score.
"""

import argparse
import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from liveportrait.media.pending_file import make_folder, write_bytes

REPOSITORY = Path(__file__).resolve().parents[1]
RECORD = REPOSITORY / "weights" / "mini" / "validation.csv"
PICTURE = REPOSITORY / "docs" / "images" / "mini_training.png"
FIXED = ("stretch", "stage", "step", "steps_in_all")

Row: TypeAlias = dict[str, str]
Measure: TypeAlias = Callable[[Row], float]
"""A number of a row; KeyError where the row has none."""


def main() -> None:
    """Read, append, write, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="stage folders of runs, the earliest first")
    parser.add_argument(
        "--before", type=int, default=0, help="steps of stage one before the first of them, without figures"
    )
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    given = parser.parse_args()
    rows = read_rows(given.record) if given.record.is_file() else []
    for folder in given.folders:
        rows = with_stretch(rows, folder.resolve(), before=given.before)
    write_rows(given.record, rows)
    draw(given.picture, rows)
    print(f"{len(rows)} rows in {given.record}; drawn in {given.picture}")


def with_stretch(rows: Sequence[Row], folder: Path, *, before: int) -> list[Row]:
    """The rows and those of one more stretch, counted on from the last of its stage."""
    stretch, stage = folder.parent.name, folder.name
    kept = [row for row in rows if (row["stretch"], row["stage"]) != (stretch, stage)]
    done = [int(row["steps_in_all"]) for row in kept if row["stage"] == stage]
    start = max(done, default=before if stage == "one" else 0)
    new = [
        {"stretch": stretch, "stage": stage, "steps_in_all": str(start + int(row["step"])), **row}
        for row in read_rows(folder / "validation.csv")
    ]
    return kept + new


def read_rows(path: Path) -> list[Row]:
    """Of a CSV file, empty cells left out."""
    with path.open(newline="", encoding="ascii") as file:
        return [{name: value for name, value in row.items() if value} for row in csv.DictReader(file)]


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """One column a figure of any stage."""
    figures = dict.fromkeys(name for row in rows for name in row if name not in FIXED)
    text = io.StringIO()
    writer = csv.DictWriter(text, [*FIXED, *figures], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    make_folder(path.parent)
    write_bytes(path, text.getvalue().encode("ascii"))


def over(name: str, other: str) -> Measure:
    """One figure as a share of another."""
    return lambda row: float(row[name]) / float(row[other])


def plain(name: str) -> Measure:
    """A figure as it is."""
    return lambda row: float(row[name])


PANELS: dict[str, tuple[str, dict[str, Measure]]] = {
    "stage one: L1 over that of copying": (
        "one",
        {
            "face": over("face_l1", "face_l1_of_copy"),
            "whole picture": over("picture_l1", "picture_l1_of_copy"),
        },
    ),
    "stage one: openings read off keypoints": (
        "one",
        {
            "lips, correlation": plain("lip_correlation"),
            "lips, amplitude": plain("lip_amplitude"),
            "eyes, correlation": plain("eye_correlation"),
            "eyes, amplitude": plain("eye_amplitude"),
        },
    ),
    "stage two": (
        "two",
        {
            "eyes, asked to measured": plain("eye_correlation"),
            "lips, asked to measured": plain("lip_correlation"),
            "shoulders, over unstitched": over("shoulder_error", "shoulder_error_unstitched"),
        },
    ),
}
"""Title, stage and curves of each part of the picture."""


def draw(path: Path, rows: Sequence[Row]) -> None:
    """All panels side by side; a faint line where a stretch begins."""
    figure = Figure(figsize=(12, 3.4), layout="constrained")
    for axes, (title, (stage, curves)) in zip(
        figure.subplots(1, len(PANELS)).flat, PANELS.items(), strict=True
    ):
        of_stage = [row for row in rows if row["stage"] == stage]
        for label, measure in curves.items():
            add_curve(axes, of_stage, label, measure)
        for start in starts(of_stage):
            axes.axvline(start, color="0.85", linewidth=0.8, zorder=0)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("steps", fontsize=9)
        axes.tick_params(labelsize=8)
        axes.legend(fontsize=7)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=90, format="png", metadata={"Software": None})
    make_folder(path.parent)
    write_bytes(path, picture.getvalue())


def add_curve(axes: Axes, rows: Sequence[Row], label: str, measure: Measure) -> None:
    """One line; rows without the figure are passed over."""
    points: list[tuple[int, float]] = []
    for row in rows:
        try:
            points.append((int(row["steps_in_all"]), measure(row)))
        except KeyError:
            continue
    axes.plot(*zip(*points, strict=True) if points else ([], []), marker=".", linewidth=1, label=label)


def starts(rows: Sequence[Row]) -> list[int]:
    """Where each stretch begins, in steps."""
    first = {row["stretch"]: int(row["steps_in_all"]) - int(row["step"]) for row in reversed(rows)}
    return list(first.values())


if __name__ == "__main__":
    main()
