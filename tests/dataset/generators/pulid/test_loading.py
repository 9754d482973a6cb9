"""The published file fits the networks name by name, and another one is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from liveportrait.dataset.generators.pulid.loading import (
    PulidNetworkConfig,
    PulidNetworks,
    load_pulid,
    renamed,
)
from liveportrait.errors import WeightsError
from tests.dataset.generators.pulid.small_networks import SMALL, published_tensors

CPU = torch.device("cpu")
MANIFEST = Path(__file__).with_name("pulid_flux_v0.9.1.json")
"""Names and shapes of the published file, as the publisher's own classes have them: 312 tensors."""


def test_every_published_tensor_has_its_place_and_shape() -> None:
    shapes = json.loads(MANIFEST.read_text())
    published = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    with torch.device("meta"):
        ours = PulidNetworks(PulidNetworkConfig()).state_dict()

    assert {name: value.shape for name, value in renamed(published).items()} == {
        name: value.shape for name, value in ours.items()
    }
    assert len(published) == 312


def test_loaded_networks_hold_the_files_values_frozen_and_in_the_asked_precision(tmp_path: Path) -> None:
    path = tmp_path / "pulid.safetensors"
    tensors = published_tensors(SMALL)
    save_file(tensors, path)

    networks = load_pulid(path, config=SMALL, dtype=torch.bfloat16, device=CPU)

    assert torch.equal(
        networks.attentions[1].attention.to_key_value.weight,  # type: ignore[union-attr]
        tensors["pulid_ca.1.to_kv.weight"].bfloat16(),
    )
    assert not networks.training
    assert not any(weight.requires_grad for weight in networks.parameters())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda tensors: tensors.pop("pulid_ca.0.to_q.weight"), "missing: attentions.0.attention.to_query"),
        (
            lambda tensors: tensors.update({"pulid_ca.7.to_q.weight": torch.zeros(1)}),
            "unexpected: attentions.7.attention.to_query",
        ),
        (
            lambda tensors: tensors.update({"pulid_encoder.latents": torch.zeros(1, 2, 3)}),
            "of another shape: id_former.queries (expected (1, 3, 8), found (1, 2, 3))",
        ),
        (lambda tensors: tensors.update(optimizer=torch.zeros(1)), "unexpected: optimizer"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(
    tmp_path: Path, change: Callable[[dict[str, Tensor]], object], named: str
) -> None:
    path = tmp_path / "pulid.safetensors"
    tensors = published_tensors(SMALL)
    change(tensors)
    save_file(tensors, path)

    with pytest.raises(WeightsError) as refusal:
        load_pulid(path, config=SMALL, dtype=torch.float32, device=CPU)

    assert named in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nowhere.safetensors cannot be read"):
        load_pulid(tmp_path / "nowhere.safetensors", dtype=torch.float32, device=CPU)
