"""The default face analyser from the weights that come with the library."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file
from torch import nn

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.errors import WeightsError
from liveportrait.face.detector import DetectionNetwork, FaceDetector
from liveportrait.face.face_landmarker import BlendshapeNetwork, FaceLandmarker, FaceLandmarkerConfig
from liveportrait.face.mesh_landmarks import LandmarkNetwork, MeshLandmarks
from liveportrait.networks.face_blendshape_network import FaceBlendshapeNetwork
from liveportrait.networks.face_detection_network import FaceDetectionNetwork
from liveportrait.networks.face_landmark_network import FaceLandmarkNetwork

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceNetworks:
    """The three networks of the default analyser, run by whatever engine."""

    detection: DetectionNetwork
    landmarks: LandmarkNetwork
    blendshapes: BlendshapeNetwork
    let_go: Callable[[], None] | None = None
    """Closes what runs them; may be called twice."""


def load_face_landmarker(
    *, device: torch.device | str = "cpu", config: FaceLandmarkerConfig | None = None
) -> FaceLandmarker:
    """The default analyser, run by PyTorch on `device`."""
    return make_face_landmarker(load_face_networks(device=device), device=device, config=config)


def make_face_landmarker(
    networks: FaceNetworks,
    *,
    device: torch.device | str = "cpu",
    config: FaceLandmarkerConfig | None = None,
) -> FaceLandmarker:
    """The default analyser over networks that take and return tensors on `device`."""
    return FaceLandmarker(
        FaceDetector(networks.detection, device=device),
        MeshLandmarks(networks.landmarks, device=device),
        networks.blendshapes,
        device=device,
        config=config,
        let_go=networks.let_go,
    )


def load_face_networks(*, device: torch.device | str = "cpu") -> FaceNetworks:
    """The networks in PyTorch, from the weights that come with the library."""
    return FaceNetworks(
        detection=load_detection_network(device=device),
        landmarks=load_landmark_network(device=device),
        blendshapes=load_blendshape_network(device=device),
    )


def load_detection_network(*, device: torch.device | str = "cpu") -> FaceDetectionNetwork:
    """Finds faces in a picture."""
    return _load_bundled(FaceDetectionNetwork, "detector", device)


def load_landmark_network(*, device: torch.device | str = "cpu") -> FaceLandmarkNetwork:
    """Finds the points of a face."""
    return _load_bundled(FaceLandmarkNetwork, "landmarks", device)


def load_blendshape_network(*, device: torch.device | str = "cpu") -> FaceBlendshapeNetwork:
    """Reads an expression off the points."""
    return _load_bundled(FaceBlendshapeNetwork, "blendshapes", device)


def load_network(network: Network, file: Path, *, device: torch.device | str = "cpu") -> Network:
    """The network with the weights of a safetensors file, in fp32, ready to run."""
    if not file.is_file():
        raise WeightsError(f"Face weights are missing: expected {file}. Install the package again.")
    state = {name: weight.float() for name, weight in load_file(file).items()}
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval().requires_grad_(False).to(device)


def _load_bundled(make: Callable[[], Network], name: str, device: torch.device | str) -> Network:
    with torch.device("meta"):  # no time goes into values that are replaced
        network = make()
    return load_network(network, bundled_weights_dir() / "face" / f"{name}.safetensors", device=device)
