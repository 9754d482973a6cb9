"""The default face analyser's networks run through the seam."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.engines.config import EngineConfig
from liveportrait.engines.opening import open_module_engine
from liveportrait.engines.protocol import Signature, TensorSpec
from liveportrait.engines.typed_calls import function_of
from liveportrait.networks.face_detection_network import FaceCandidates, FaceDetectionNetwork

SIGNATURE = Signature(
    name="face_detection_network",
    inputs=(TensorSpec(name="image", shape=(3, 128, 128)),),
    outputs=(TensorSpec(name="values", shape=(896, 16)), TensorSpec(name="logits", shape=(896,))),
)


def test_an_engine_serves_where_the_network_did() -> None:
    torch.manual_seed(0)
    network = FaceDetectionNetwork().eval()
    engine = open_module_engine(network, SIGNATURE, config=EngineConfig(device="cpu", precision="fp32"))
    image = torch.rand(2, 3, 128, 128)
    candidates = function_of(engine, FaceCandidates)(image)
    assert isinstance(candidates, FaceCandidates)
    with torch.inference_mode():
        assert_close(candidates, network(image), rtol=1e-4, atol=1e-5)


def test_an_engine_on_another_device_is_reached() -> None:
    """Where `auto` left the GPU for one network only."""

    class Elsewhere:
        signature, device = SIGNATURE, torch.device("meta")

        def __call__(
            self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
        ) -> dict[str, Tensor]:
            assert inputs["image"].device == self.device
            return {spec.name: torch.ones(1, *spec.shape) for spec in SIGNATURE.outputs}

        def close(self) -> None: ...

    candidates = function_of(Elsewhere(), FaceCandidates)(torch.rand(1, 3, 128, 128))
    assert candidates.logits.device == torch.device("cpu")
