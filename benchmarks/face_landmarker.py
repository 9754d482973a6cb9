"""The converted face networks against Google's own runtime, on a folder of stills.

    pip install ai-edge-litert
    python benchmarks/face_landmarker.py face_landmarker.task STILLS [--json FILE]

Both get the same pixels: each still shrunk to the size that the network takes. The blendshape network gets
the points that the landmark network found.
"""

import argparse
import json
import sys
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter  # pyright: ignore[reportMissingImports]
from numpy import ndarray

from liveportrait.animation.roles import first_image
from liveportrait.face.blendshapes import MESH_POINTS_READ
from liveportrait.face.loading import load_blendshape_network, load_detection_network, load_landmark_network
from liveportrait.machine import this_machine
from liveportrait.media.pending_file import check_file
from liveportrait.networks import face_detection_network, face_landmark_network
from liveportrait.pixels import image_from_frame

MOST_DIFFERENCE = {
    "detector values, px": 1e-2,
    "detector logits": 1e-2,
    "points, px": 1e-2,
    "presence logit": 1e-2,
    "blendshapes, 0..1": 1e-3,
}


def main() -> int:
    """Compare all stills; fail where a difference is no rounding."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", type=Path, help="Google's bundle, version 1, float16")
    parser.add_argument("stills", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.json is not None:
        check_file(arguments.json)
    stills = sorted(path for path in arguments.stills.iterdir() if path.suffix in (".jpg", ".png"))
    largest = compare(open_graphs(arguments.task), stills)
    facts = {
        "what": "largest absolute difference, converted networks in PyTorch against LiteRT",
        "num_stills": len(stills),
        "largest": largest,
        "machine": this_machine().facts(),
    }
    text = json.dumps(facts, indent=1)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n")
    return int(any(largest[name] > most for name, most in MOST_DIFFERENCE.items()))


def open_graphs(task: Path) -> dict[str, Interpreter]:
    """The three graphs of the bundle."""
    names = ("face_detector", "face_landmarks_detector", "face_blendshapes")
    graphs = {}
    with zipfile.ZipFile(task) as bundle:
        for name in names:
            graphs[name] = Interpreter(model_content=bundle.read(f"{name}.tflite"))
            graphs[name].allocate_tensors()
    return graphs


@torch.inference_mode()
def compare(graphs: Mapping[str, Interpreter], stills: list[Path]) -> dict[str, float]:
    """The largest difference of each output over all stills."""
    detect, locate, score = load_detection_network(), load_landmark_network(), load_blendshape_network()
    largest: dict[str, float] = defaultdict(float)

    def note(name: str, ours: torch.Tensor, theirs: ndarray) -> None:
        difference = float(np.abs(ours.numpy().ravel() - theirs.ravel()).max())
        largest[name] = max(largest[name], difference)

    for path in stills:
        frame = first_image(path)
        small = shrunk(frame, face_detection_network.INPUT_SIZE_PX)
        found = detect(image_from_frame(small))
        theirs = run(graphs["face_detector"], small[None] / np.float32(127.5) - 1)
        note("detector values, px", found.values, theirs["regressors"])
        note("detector logits", found.logits, theirs["classificators"])

        view = shrunk(frame, face_landmark_network.INPUT_SIZE_PX)
        face = locate(image_from_frame(view))
        theirs = run(graphs["face_landmarks_detector"], view[None] / np.float32(255))
        note("points, px", face.points, theirs["Identity"])
        note("presence logit", face.presence_logit, theirs["Identity_1"])

        points = face.points[:, torch.from_numpy(MESH_POINTS_READ), :2].contiguous()
        (theirs_scored,) = run(graphs["face_blendshapes"], points.numpy()).values()
        note("blendshapes, 0..1", score(points), theirs_scored)
    return dict(largest)


def shrunk(frame: ndarray, size_px: int) -> ndarray:
    """A still as large as a network takes it."""
    return cv2.resize(frame, (size_px, size_px), interpolation=cv2.INTER_AREA)


def run(graph: Interpreter, values: ndarray) -> dict[str, ndarray]:
    """The outputs by the names that the graph gives them."""
    graph.set_tensor(graph.get_input_details()[0]["index"], values.astype(np.float32))
    graph.invoke()
    return {output["name"]: graph.get_tensor(output["index"]) for output in graph.get_output_details()}


if __name__ == "__main__":
    sys.exit(main())
