"""Remake face_networks.npz: what Google's own runtime computes with the face models.

    pip install ai-edge-litert
    python -m tests.golden.make_face_networks face_landmarker.task

The inputs are made by rule, so that only outputs are stored.
"""

import sys
import zipfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter  # pyright: ignore[reportMissingImports]

from tests.golden.face_inputs import blendshape_points, picture

TARGET = Path(__file__).with_name("face_networks.npz")


def run(task: zipfile.ZipFile, member: str, array: np.ndarray) -> dict[str, np.ndarray]:
    interpreter = Interpreter(model_content=task.read(member))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], array[None].astype(np.float32))
    interpreter.invoke()
    return {
        output["name"]: interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()
    }


def main(task_file: Path) -> None:
    with zipfile.ZipFile(task_file) as task:
        detector = run(task, "face_detector.tflite", picture(128) * 2.0 - 1.0)
        landmarks = run(task, "face_landmarks_detector.tflite", picture(256))
        (blendshapes,) = run(task, "face_blendshapes.tflite", blendshape_points()).values()
    np.savez_compressed(
        TARGET,
        detector_values=detector["regressors"][0, ::8],
        detector_logits=detector["classificators"][0, :, 0],
        landmark_points=landmarks["Identity"].reshape(478, 3),
        presence_logit=landmarks["Identity_1"].reshape(1),
        blendshapes=blendshapes.reshape(52),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
