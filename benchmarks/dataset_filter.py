"""The similarity filter on many embeddings: core time and memory of the graph and of each policy.

    python benchmarks/dataset_filter.py --output benchmarks/results/dataset_filter.json

The vectors are drawn: 400 kinds of people, of whom some resemble their kind more than others, so
that a few have very many look-alikes. The threshold joins some two pairs of a thousand.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from liveportrait.dataset.filtering.greedy import keep_first_come, remove_most_alike
from liveportrait.dataset.filtering.similarity_graph import similarity_graph
from liveportrait.media.pending_file import check_file

DIMENSIONS = 512
KINDS = 400
THRESHOLD = 0.14
FMRS = (1e-3, 1e-4, 0.0)

BARS_AT = 15_000
MOST_CORE_SECONDS = 5.0
MOST_PEAK_MIB = 300.0


def main() -> None:
    """From small to large, as the peak of memory only grows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=[15_000, 100_000])
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    if arguments.output is not None:
        check_file(arguments.output)
    rows = [measure(num) for num in sorted(arguments.sizes)]
    # Loads torch, which would be in the peak.
    from liveportrait.machine import this_machine

    at_bar = [row for row in rows if row["num_embeddings"] == BARS_AT]
    result = {
        "what": f"{DIMENSIONS} dimensions, cosines of at least {THRESHOLD}, in one process",
        "rows": rows,
        "met": {
            f"core seconds at {BARS_AT}": all(row["core_seconds"] <= MOST_CORE_SECONDS for row in at_bar),
            f"peak MiB at {BARS_AT}": all(row["peak_mib"] <= MOST_PEAK_MIB for row in at_bar),
            "rates": all(kept["match_rate"] <= kept["fmr"] for row in rows for kept in row["kept"]),
        },
        "machine": this_machine().facts(),
    }
    if arguments.output is not None:
        arguments.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    sys.exit(0 if all(result["met"].values()) else 1)


def measure(num: int) -> dict[str, Any]:
    """The graph once, and every way to thin it."""
    vectors = drawn_vectors(num)
    began = time.process_time()
    graph = similarity_graph(vectors, threshold=THRESHOLD)
    graph_seconds = time.process_time() - began
    kept = []
    for fmr in FMRS:
        began = time.process_time()
        selection = remove_most_alike(graph, target_fmr=fmr)
        kept.append(
            {
                "fmr": fmr,
                "num_kept": int(selection.kept.sum()),
                "match_rate": selection.match_rate,
                "core_seconds": round(time.process_time() - began, 3),
            }
        )
    return {
        "num_embeddings": num,
        "num_edges": graph.num_edges,
        "graph_core_seconds": round(graph_seconds, 2),
        "core_seconds": round(graph_seconds + max(each["core_seconds"] for each in kept), 2),
        "kept": kept,
        "num_kept_first_come": int(keep_first_come(graph).kept.sum()),
        "vectors_mib": round(vectors.nbytes / 2**20, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def drawn_vectors(num: int) -> np.ndarray:
    """A block at a time, so that nothing but the vectors is in memory."""
    rng = np.random.default_rng(0)
    kinds = rng.standard_normal((KINDS, DIMENSIONS), dtype=np.float32)
    vectors = np.empty((num, DIMENSIONS), np.float32)
    for start in range(0, num, 4096):
        block = vectors[start : start + 4096]
        rng.standard_normal(out=block, dtype=np.float32)
        likeness = 0.45 * rng.gamma(2, 0.5, (len(block), 1)).astype(np.float32)
        block += likeness * kinds[rng.integers(0, KINDS, len(block))]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors


if __name__ == "__main__":
    main()
