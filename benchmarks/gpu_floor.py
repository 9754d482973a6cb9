"""python benchmarks/gpu_floor.py: what a frame takes on graphics cards at best, by their data sheets.

COMPUTED, on any machine and without a GPU; nothing of it was measured. Writes `results/gpu_floor.json`.
"""

import json
from dataclasses import asdict
from pathlib import Path

from liveportrait.benchmarking.cards import CARDS
from liveportrait.benchmarking.gpu_floor import Form, gpu_floors
from liveportrait.benchmarking.kernel_traffic import kernel_traffic
from liveportrait.machine import this_machine
from liveportrait.media.pending_file import write_bytes
from liveportrait.networks.presets import HUMAN, MINI

RESULT = Path(__file__).parent / "results" / "gpu_floor.json"
FORMS: tuple[Form, ...] = ("trained", "deployed")


def main() -> None:
    """Compute, write, show."""
    floors = [floor for preset in (HUMAN, MINI) for form in FORMS for floor in gpu_floors(preset, form)]
    traffic = kernel_traffic()
    facts = {
        "format": "liveportrait-gpu-floor/1",
        "kind": "computed from data sheets; never measured",
        "commit": this_machine().commit,
        "cards": [asdict(card) for card in CARDS],
        "floors": [floor.facts() for floor in floors],
        "kernels": [
            row.facts() | {"saved_ms": {card.name: row.saved_ms(card) for card in CARDS}} for row in traffic
        ],
    }
    write_bytes(RESULT, json.dumps(facts, indent=1).encode() + b"\n")
    print("COMPUTED ms a frame at best: sums in fp32 / sums in fp16 / bytes of all operations unfused")
    for floor in floors:
        print(
            f"{floor.model:6}{floor.form:9}{floor.card:15}{floor.gmacs:6.1f} GMAC {floor.computed_ms:7.3f}"
            f"{floor.computed_ms_fp16_sums:8.3f}{floor.unfused_traffic_ms:8.3f}  {floor.scope}"
        )
    print("COMPUTED MB a frame of the human model: in PyTorch's operations / in the kernel")
    for row in traffic:
        print(f"{row.kernel:18}{row.mbytes_in_torch:8.1f}{row.mbytes:8.1f}  in {row.launches} launches")


if __name__ == "__main__":
    main()
