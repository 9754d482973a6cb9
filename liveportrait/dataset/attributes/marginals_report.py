"""Requested against realised marginals, for programs and for people."""

import json
from dataclasses import asdict
from pathlib import Path

from liveportrait.dataset.attributes.marginals import ChiSquare, ClassMarginals, MarginalsReport, Share
from liveportrait.media.pending_file import write_bytes

CLEARLY_OTHER = 0.001
"""Below this p-value the table says that the distribution is not the one that was asked for."""


def write_marginals(report: MarginalsReport, folder: Path) -> tuple[Path, Path]:
    """`marginals.json` and `marginals.md` in the folder."""
    paths = folder / "marginals.json", folder / "marginals.md"
    write_bytes(paths[0], json.dumps(asdict(report), indent=1, allow_nan=False).encode() + b"\n")
    write_bytes(paths[1], as_markdown(report).encode())
    return paths


def as_markdown(report: MarginalsReport) -> str:
    """A table of classes, one of rules, and the values of every class."""
    lines = [
        "# Requested and realised attributes",
        "",
        f"{report.num_identities} identities. Clash rules redraw or drop what does not go together, so what "
        "came may differ from what was asked for; the p-value of a chi-square test says how sure that is.",
        "",
        "| class | requested use | realised use | chi-square | p |",
        "|---|---:|---:|---:|---:|",
        *(_class_line(part) for part in report.classes),
        "",
        "| rule | fired |",
        "|---|---:|",
        *(f"| {rule.rule} | {rule.count} |" for rule in report.rules),
    ]
    for part in report.classes:
        lines += [
            "",
            f"## {part.use.name}",
            "",
            "| value | requested | realised | count |",
            "|---|---:|---:|---:|",
        ]
        lines += [_value_line(value) for value in part.values]
    return "\n".join(lines) + "\n"


def _class_line(part: ClassMarginals) -> str:
    return (
        f"| {part.use.name} | {part.use.requested:.3f} | {part.use.realised:.3f} | {_test_cells(part.test)} |"
    )


def _test_cells(test: ChiSquare | None) -> str:
    if test is None:
        return "too few | "
    mark = " (changed)" if test.p_value < CLEARLY_OTHER else ""
    return f"{test.statistic:.1f} ({test.degrees_of_freedom}) | {test.p_value:.3g}{mark}"


def _value_line(value: Share) -> str:
    name = value.name.replace("|", "\\|")
    return f"| {name} | {value.requested:.4f} | {value.realised:.4f} | {value.count} |"
