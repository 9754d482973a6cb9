"""The default face analyser's networks run through the seam."""

import torch
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
