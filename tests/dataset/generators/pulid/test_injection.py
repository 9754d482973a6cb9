"""Identity changes what a FLUX transformer draws while it is in, and leaves no trace."""

import pytest
import torch
from diffusers import FluxTransformer2DModel  # pyright: ignore[reportPrivateImportUsage]
from jaxtyping import TypeCheckError
from torch import Tensor

from liveportrait.dataset.generators.pulid.injection import identity_in, injection_places
from liveportrait.dataset.generators.pulid.loading import PulidNetworks
from liveportrait.errors import WeightsError
from tests.dataset.generators import tiny_parts
from tests.dataset.generators.pulid.small_networks import random_face, small_networks


@pytest.fixture(scope="module")
def transformer() -> FluxTransformer2DModel:
    torch.manual_seed(0)
    return tiny_parts.flux_transformer(num_double=3, num_single=5)


@pytest.fixture(scope="module")
def networks() -> PulidNetworks:
    return small_networks()


def run(transformer: FluxTransformer2DModel, *, batch: int = 1) -> Tensor:
    """One step on fixed noise."""
    generator = torch.Generator().manual_seed(1)
    with torch.inference_mode():
        return transformer(
            hidden_states=torch.randn(1, 6, 4, generator=generator).expand(batch, -1, -1),
            encoder_hidden_states=torch.randn(1, 5, 32, generator=generator).expand(batch, -1, -1),
            pooled_projections=torch.randn(1, 32, generator=generator).expand(batch, -1),
            timestep=torch.full((batch,), 0.5),
            guidance=torch.full((batch,), 4.0),
            img_ids=torch.zeros(6, 3),
            txt_ids=torch.zeros(5, 3),
            return_dict=False,
        )[0]


def tokens_of(networks: PulidNetworks, *, seed: int) -> Tensor:
    with torch.inference_mode():
        return networks.id_former(random_face(seed=seed))


def num_hooks(transformer: FluxTransformer2DModel) -> int:
    return sum(len(module._forward_hooks) for module in transformer.modules())


def test_identity_enters_in_the_published_places() -> None:
    with torch.device("meta"):
        full = FluxTransformer2DModel(
            num_layers=19, num_single_layers=38, attention_head_dim=16, num_attention_heads=1
        )
    places = injection_places(full)
    doubles = [number for number, block in enumerate(full.transformer_blocks) if block in places]
    singles = [number for number, block in enumerate(full.single_transformer_blocks) if block in places]

    assert doubles == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
    assert singles == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36]
    assert len(places) == 20


def test_each_person_is_drawn_otherwise(transformer: FluxTransformer2DModel, networks: PulidNetworks) -> None:
    plain = run(transformer)
    drawn = []
    for seed in (0, 1):
        with identity_in(transformer, networks.attentions, tokens_of(networks, seed=seed), weight=1.0):
            drawn.append(run(transformer))

    assert not torch.allclose(drawn[0], plain, atol=1e-3)
    assert not torch.allclose(drawn[0], drawn[1], atol=1e-3)


def test_afterwards_the_transformer_is_as_before_bit_for_bit(
    transformer: FluxTransformer2DModel, networks: PulidNetworks
) -> None:
    before = run(transformer)
    with identity_in(transformer, networks.attentions, tokens_of(networks, seed=0), weight=1.0):
        run(transformer)

    assert torch.equal(run(transformer), before)
    assert num_hooks(transformer) == 0


def test_an_error_within_leaves_no_hook(transformer: FluxTransformer2DModel, networks: PulidNetworks) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        identity_in(transformer, networks.attentions, tokens_of(networks, seed=0), weight=1.0),
    ):
        raise KeyboardInterrupt

    assert num_hooks(transformer) == 0


def test_tokens_that_do_not_fit_fail_and_leave_no_hook(
    transformer: FluxTransformer2DModel, networks: PulidNetworks
) -> None:
    with (
        pytest.raises((RuntimeError, TypeCheckError)),
        identity_in(transformer, networks.attentions, torch.zeros(1, 3, 7), weight=1.0),
    ):
        run(transformer)

    assert num_hooks(transformer) == 0


def test_weight_zero_changes_nothing_and_more_weight_changes_more(
    transformer: FluxTransformer2DModel, networks: PulidNetworks
) -> None:
    plain = run(transformer)
    changes = []
    for weight in (0.0, 0.1, 1.0):
        with identity_in(transformer, networks.attentions, tokens_of(networks, seed=0), weight=weight):
            changes.append(float((run(transformer) - plain).abs().max()))

    assert changes[0] == 0
    assert 0 < changes[1] < changes[2]


def test_one_identity_serves_a_batch(transformer: FluxTransformer2DModel, networks: PulidNetworks) -> None:
    with identity_in(transformer, networks.attentions, tokens_of(networks, seed=0), weight=1.0):
        one, two = run(transformer), run(transformer, batch=2)

    assert torch.allclose(two, one.expand(2, -1, -1), atol=1e-6)


def test_another_transformer_is_refused(networks: PulidNetworks) -> None:
    other = tiny_parts.flux_transformer(num_double=1, num_single=1)
    with (
        pytest.raises(WeightsError, match=r"for 4 places .* has 2"),
        identity_in(other, networks.attentions, tokens_of(networks, seed=0), weight=1.0),
    ):
        pass
