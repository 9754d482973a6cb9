"""The default face analyser from the weights that come with the library."""

from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import nn

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.errors import WeightsError
from liveportrait.face.detector import FaceDetector
from liveportrait.face.face_landmarker import FaceLandmarker
from liveportrait.face.mesh_landmarks import MeshLandmarks
from liveportrait.networks.face_blendshape_network import FaceBlendshapeNetwork
from liveportrait.networks.face_detection_network import FaceDetectionNetwork
from liveportrait.networks.face_landmark_network import FaceLandmarkNetwork

Network = TypeVar("Network", bound=nn.Module)


def load_face_landmarker(*, device: torch.device | str = "cpu") -> FaceLandmarker:
    """The default analyser, run by PyTorch on `device`."""
    folder = bundled_weights_dir() / "face"
    return FaceLandmarker(
        FaceDetector(
            load_network(FaceDetectionNetwork(), folder / "detector.safetensors", device), device=device
        ),
        MeshLandmarks(
            load_network(FaceLandmarkNetwork(), folder / "landmarks.safetensors", device), device=device
        ),
        load_network(FaceBlendshapeNetwork(), folder / "blendshapes.safetensors"),
    )


def load_network(network: Network, file: Path, device: torch.device | str = "cpu") -> Network:
    """The network with the weights of a safetensors file, in fp32, ready to run."""
    if not file.is_file():
        raise WeightsError(f"Face weights are missing: expected {file}. Install the package again.")
    state = {name: weight.float() for name, weight in load_file(file).items()}
    network.load_state_dict(state, strict=True)
    return network.eval().requires_grad_(False).to(device)
