"""benchmarks/training_curve.py on runs of two steps."""

import csv
import subprocess
import sys
from pathlib import Path

from PIL import Image

REPOSITORY = Path(__file__).parents[2]


def write_stage(folder: Path, rows: list[dict[str, float]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "validation.csv").open("w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def keep(folder: Path, *words: object) -> list[dict[str, str]]:
    files = ("--record", folder / "kept.csv", "--picture", folder / "curve.png")
    script = REPOSITORY / "benchmarks" / "training_curve.py"
    subprocess.run([sys.executable, script, *map(str, (*words, *files))], check=True, timeout=120)
    with (folder / "kept.csv").open(newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


def picture_row(step: int, face_l1: float) -> dict[str, float]:
    return {"step": step, "face_l1": face_l1, "face_l1_of_copy": 0.1, "lip_correlation": 0.9}


def test_stretches_follow_one_another_and_are_replaced_by_name(tmp_path: Path) -> None:
    first = write_stage(tmp_path / "a" / "one", [picture_row(5, 0.08), picture_row(10, 0.07)])
    second = write_stage(tmp_path / "b" / "one", [picture_row(5, 0.06)])
    small = write_stage(
        tmp_path / "a" / "two", [{"step": 3, "shoulder_error": 0.3, "shoulder_error_unstitched": 0.4}]
    )
    rows = keep(tmp_path, first, small, second, "--before", 100)
    assert [(row["stretch"], row["stage"], row["steps_in_all"]) for row in rows] == [
        ("a", "one", "105"),
        ("a", "one", "110"),
        ("a", "two", "3"),
        ("b", "one", "115"),
    ]
    assert (rows[0]["face_l1"], rows[2]["face_l1"], rows[2]["shoulder_error"]) == ("0.08", "", "0.3")
    assert Image.open(tmp_path / "curve.png").width > 600

    write_stage(second, [picture_row(5, 0.06), picture_row(20, 0.05)])
    again = keep(tmp_path, second)
    assert again[:3] == rows[:3]
    assert [(row["steps_in_all"], row["face_l1"]) for row in again[3:]] == [("115", "0.06"), ("130", "0.05")]
