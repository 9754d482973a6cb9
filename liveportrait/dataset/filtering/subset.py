"""A list of the people who are left when look-alikes are not counted twice. Nothing is deleted.

Named as FLUXSynID names its lists: `similarity_filtering_{recogniser}_thr_{threshold}_fmr_{fmr}.txt`,
one identity a line. A JSON file beside it says how it came about.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from liveportrait.dataset.biometrics.thresholds import Calibration
from liveportrait.dataset.embeddings import Embeddings, Recogniser
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.filtering.greedy import Selection, keep_first_come, match_rate, remove_most_alike
from liveportrait.dataset.filtering.similarity_graph import SimilarityGraph, similarity_graph
from liveportrait.media.pending_file import write_bytes

FilterPolicy: TypeAlias = Literal["fmr", "onot", "first-come"]
"""`fmr`: until no more pairs match than the rate allows. `onot`: until none does. `first-come`: none
does, and who comes first stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """Who stays, and what was left out for what reason."""

    recogniser: Recogniser
    policy: FilterPolicy
    fmr: float
    threshold: float
    calibration: Calibration | None
    """None where the threshold was given by hand."""
    kept: tuple[str, ...]
    """Identities in rising order."""
    alike: tuple[str, ...]
    not_enrolled: tuple[str, ...]
    """Left out because the recogniser found no face on the document."""
    num_matches_before: int
    match_rate_before: float
    num_matches: int
    match_rate: float

    @property
    def file_name(self) -> str:
        suffix = "" if self.policy == "fmr" else f"-{self.policy}"
        rate = np.format_float_positional(self.fmr, trim="-")
        name = f"{self.recogniser.name}{suffix}_thr_{self.threshold!r}_fmr_{rate}"
        return f"similarity_filtering_{name}.txt"


def subset_of(
    documents: Embeddings,
    *,
    threshold: float,
    fmr: float,
    policy: FilterPolicy = "fmr",
    calibration: Calibration | None = None,
) -> Subset:
    """Filter identities by the likeness of their documents, of which each has one that is good."""
    ordered = _by_identity(documents)
    enrolled = ordered.enrolled
    names = np.array(ordered.identity_ids, dtype=object)
    graph = similarity_graph(ordered.vectors[enrolled], threshold=threshold)
    selection = _select(graph, fmr=fmr, policy=policy)
    return Subset(
        recogniser=documents.recogniser,
        policy=policy,
        fmr=fmr,
        threshold=threshold,
        calibration=calibration,
        kept=tuple(names[enrolled][selection.kept]),
        alike=tuple(names[enrolled][~selection.kept]),
        not_enrolled=tuple(names[~enrolled]),
        num_matches_before=graph.num_edges,
        match_rate_before=match_rate(graph.num_edges, graph.num_nodes),
        num_matches=selection.num_edges,
        match_rate=selection.match_rate,
    )


def write_subset(subset: Subset, folder: Path) -> Path:
    """Write the list and its JSON; returns the path of the list."""
    path = folder / subset.file_name
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"num_kept": len(subset.kept), **asdict(subset)}
    del facts["kept"]
    write_bytes(path.with_suffix(".json"), json.dumps(facts, indent=1, allow_nan=False).encode() + b"\n")
    write_bytes(path, "".join(f"{name}\n" for name in subset.kept).encode())
    return path


def read_subset(path: Path) -> list[str]:
    """The identities of a list, ours or FLUXSynID's."""
    try:
        names = path.read_text(encoding="utf-8").split()
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: expected a list of identities, one a line: {error}") from error
    if len(set(names)) != len(names):
        raise DatasetError(f"{path}: an identity stands in the list twice.")
    return names


def _select(graph: SimilarityGraph, *, fmr: float, policy: FilterPolicy) -> Selection:
    match policy:
        case "fmr":
            return remove_most_alike(graph, target_fmr=fmr)
        case "onot":
            return remove_most_alike(graph, target_fmr=0.0)
        case "first-come":
            return keep_first_come(graph)


def _by_identity(documents: Embeddings) -> Embeddings:
    order = sorted(range(len(documents)), key=documents.identity_ids.__getitem__)
    ordered = Embeddings(
        recogniser=documents.recogniser,
        image_ids=tuple(documents.image_ids[row] for row in order),
        identity_ids=tuple(documents.identity_ids[row] for row in order),
        roles=tuple(documents.roles[row] for row in order),
        vectors=np.asarray(documents.vectors[order]),
    )
    if len(set(ordered.identity_ids)) != len(ordered):
        raise DatasetError("Expected one document an identity; some identity has several.")
    return ordered
