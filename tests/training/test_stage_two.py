import pytest
import torch
from torch import nn
from torch.testing import assert_close

from liveportrait.motion.openings import Openings
from liveportrait.motion.retargeting import apply_stitching, lip_condition
from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.networks.keypoint_mlp import KeypointMlp
from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.tensors import ImageBatch, Keypoints
from liveportrait.training.regions import Boxes, mask_below, mask_inside
from liveportrait.training.stage_two import (
    FrozenRenderer,
    Portraits,
    StageTwoWeights,
    StitchingLosses,
    draw_wanted_openings,
    eye_losses,
    kept_picture_loss,
    lip_losses,
    prepare_portraits,
    stitching_losses,
)

NO_APPEARANCE = Appearance(torch.zeros(8, 1, 1, 1, 1), ())
WHOLE = torch.tensor([[-1.0, -1.0, 1.0, 1.0]])


class Spots:
    """Draws a soft spot at every keypoint: 0 and 1 are lips in the middle, 2 is a shoulder at the bottom."""

    def __call__(self, appearance: Appearance, kp_driving: Keypoints, kp_source: Keypoints) -> ImageBatch:
        at = (torch.arange(16) + 0.5) / 8 - 1
        offsets_x = at[None, None, None, :] - kp_driving[:, :, 0, None, None]
        offsets_y = at[None, None, :, None] - kp_driving[:, :, 1, None, None]
        spots = torch.exp(-(offsets_x**2 + offsets_y**2) / 0.02).sum(dim=1, keepdim=True)
        return (spots * 0.5).clamp(0, 1).expand(-1, 3, -1, -1)


class Spread:
    """Takes the vertical spread of light above the shoulder for the opening of lips and eyes."""

    def __call__(self, image: ImageBatch, face_boxes: Boxes) -> Openings:
        at = (torch.arange(16) + 0.5) / 8 - 1
        light = image[:, 0, :11].sum(dim=2)
        light = light / light.sum(dim=1, keepdim=True)
        mean = (light * at[:11]).sum(dim=1, keepdim=True)
        spread = ((light * (at[:11] - mean) ** 2).sum(dim=1, keepdim=True) - 0.01).clamp_min(1e-4).sqrt() * 2
        return Openings(eyes=spread.expand(-1, 2), lips=spread)


def keypoints(batch: int, *, seed: int) -> Keypoints:
    generator = torch.Generator().manual_seed(seed)
    at_rest = torch.tensor([[0.0, -0.3, 0.0], [0.0, 0.0, 0.0], [0.0, 0.7, 0.0]])
    return at_rest + 0.05 * torch.randn(batch, 1, 3, generator=generator)


def toy_portraits(batch: int = 8) -> Portraits:
    return prepare_portraits(
        Spots(), Spread(), NO_APPEARANCE, keypoints(batch, seed=0), WHOLE.expand(batch, 4)
    )


def test_weights_reach_the_parts() -> None:
    """A network that answers 0.1 everywhere, by hand."""
    portraits = toy_portraits()
    wanted = torch.full((8, 1), 0.5)
    kept = mask_below(torch.full((8,), 0.4), size_px=16)
    weights = StageTwoWeights(picture=2.0, opening=3.0, offset=5.0)

    def network(_: torch.Tensor) -> torch.Tensor:
        return torch.full((8, 9), 0.1)

    found = lip_losses(network, Spots(), Spread(), portraits, wanted, kept, weights)
    made = Spots()(NO_APPEARANCE, portraits.kp_source + 0.1, portraits.kp_source)
    assert_close(found.offset, torch.tensor(0.5))
    assert_close(found.opening, 3 * (Spread()(made, WHOLE.expand(8, 4)).lips - wanted).abs().mean())
    assert_close(found.picture, 2 * kept_picture_loss(made, portraits.reconstruction, kept))


def test_the_kept_loss_sees_only_what_is_kept() -> None:
    made, wanted = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    made[:, :, :2] = 0.5
    assert float(kept_picture_loss(made, wanted, mask_below(torch.tensor([0.0]), size_px=4))) == 0.0
    inside = mask_inside(torch.tensor([[-1.0, -1.0, 0.0, 0.0]]), size_px=4)
    assert float(inside.sum()) == 4.0
    assert float(kept_picture_loss(made, wanted, inside)) == pytest.approx(0.5)


def test_every_item_counts_alike_however_much_of_it_is_kept() -> None:
    """So that processes with a share of the batch each have the loss of the whole."""
    made = torch.tensor([0.1, 0.5, 0.9])[:, None, None, None].expand(3, 3, 4, 4)
    kept = mask_below(torch.tensor([0.5, -1.0, 2.0]), size_px=4)
    assert kept.sum((1, 2, 3)).tolist() == [4, 16, 0]
    found = kept_picture_loss(made, torch.zeros(3, 3, 4, 4), kept)
    assert_close(found, torch.tensor((0.1 + 0.5) / 3))


def test_stitching_learns_to_hold_the_shoulders() -> None:
    torch.manual_seed(0)
    network = KeypointMlp(18, (32, 32), 11)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    portraits, kp_driving = toy_portraits(), keypoints(8, seed=1) + torch.tensor([0.15, 0.1, 0.0])
    kept = mask_below(torch.full((8,), 0.4), size_px=16)
    losses = []
    for _ in range(150):
        parts = stitching_losses(
            network, Spots(), portraits, kp_driving, kept, 1 - kept, StageTwoWeights(face=0.0, offset=0.01)
        )
        optimizer.zero_grad()
        parts.total.backward()
        optimizer.step()
        losses.append(float(parts.picture.detach()))
    assert losses[-1] < 0.1 * losses[0]
    offsets = network(torch.cat([portraits.kp_source.flatten(1), kp_driving.flatten(1)], dim=1))
    stitched = apply_stitching(kp_driving, offsets)
    assert (stitched - portraits.kp_source)[:, 2, :2].norm(dim=1).mean() < 0.05


def test_a_stitched_face_must_look_as_it_does_unstitched() -> None:
    """By hand, for a network that moves all by 0.1; one that moves nothing pays nothing."""
    portraits, kp_driving = toy_portraits(), keypoints(8, seed=1)
    kept = mask_below(torch.full((8,), 0.4), size_px=16)
    face = 1 - kept

    def losses_of(offset: float) -> StitchingLosses:
        def network(_: torch.Tensor) -> torch.Tensor:
            return torch.full((8, 11), offset)

        weights = StageTwoWeights(face=3.0)
        return stitching_losses(network, Spots(), portraits, kp_driving, kept, face, weights)

    before = Spots()(NO_APPEARANCE, kp_driving, portraits.kp_source)
    after = Spots()(NO_APPEARANCE, apply_stitching(kp_driving, torch.full((8, 11), 0.1)), portraits.kp_source)
    assert losses_of(0.0).face == 0.0
    assert_close(losses_of(0.1).face, 3 * kept_picture_loss(after, before, face))


def test_lips_learn_to_follow_the_wanted_opening_and_leave_the_shoulders() -> None:
    torch.manual_seed(0)
    network = KeypointMlp(11, (32, 32), 9)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(0)
    portraits, kept = toy_portraits(), mask_below(torch.full((8,), 0.4), size_px=16)
    for _ in range(300):
        wanted = draw_wanted_openings(8, generator)
        parts = lip_losses(network, Spots(), Spread(), portraits, wanted, kept, StageTwoWeights(offset=0.01))
        optimizer.zero_grad()
        parts.total.backward()
        optimizer.step()
    wanted = torch.linspace(0.2, 0.7, 8)[:, None]
    with torch.no_grad():
        condition = lip_condition(portraits.openings, wanted)
        offsets = network(torch.cat([portraits.kp_source.flatten(1), condition], dim=1)).unflatten(1, (3, 3))
        made = Spots()(NO_APPEARANCE, portraits.kp_source + offsets, portraits.kp_source)
    measured = Spread()(made, WHOLE.expand(8, 4)).lips
    assert torch.corrcoef(torch.cat([wanted, measured], dim=1).T)[0, 1] > 0.9
    assert kept_picture_loss(made, portraits.reconstruction, kept) < 0.01


def test_wanted_openings_are_spread_between_closed_and_wide() -> None:
    drawn = draw_wanted_openings(4000, torch.Generator().manual_seed(0))
    assert drawn.min() >= 0 and drawn.max() <= 0.8
    assert_close(drawn.mean(), torch.tensor(0.4), atol=0.02, rtol=0)


def test_through_real_networks_only_the_small_one_is_trained() -> None:
    torch.manual_seed(0)
    networks = PortraitNetworks(TINY).train()
    points = TINY.motion.num_keypoints
    kp_source = torch.rand(1, points, 3) - 0.5
    renderer = FrozenRenderer(networks.warping_network, networks.spade_generator)

    class Bright:
        def __call__(self, image: ImageBatch, face_boxes: Boxes) -> Openings:
            mean = image.mean(dim=(1, 2, 3))[:, None]
            return Openings(eyes=mean.expand(-1, 2), lips=mean)

    with torch.no_grad():
        appearance = networks.appearance_feature_extractor.eval()(torch.rand(1, 3, 256, 256))
    before = {name: value.clone() for name, value in networks.state_dict().items()}
    portraits = prepare_portraits(renderer, Bright(), appearance, kp_source, WHOLE)
    kept = mask_inside(WHOLE, size_px=256)
    weights = StageTwoWeights()
    wanted = torch.full((1, 1), 0.7)
    parts = (
        stitching_losses(
            networks.stitching_network, renderer, portraits, kp_source + 0.1, kept, kept, weights
        ),
        eye_losses(networks.eye_network, renderer, Bright(), portraits, wanted, kept, weights),
        lip_losses(networks.lip_network, renderer, Bright(), portraits, wanted, kept, weights),
    )
    optimizer = torch.optim.Adam([value for value in networks.parameters() if value.requires_grad], lr=1e-3)
    torch.stack([losses.total for losses in parts]).sum().backward()
    optimizer.step()
    changed = {
        name.split(".")[0] for name, value in networks.state_dict().items() if not value.equal(before[name])
    }
    assert changed == {"stitching_network", "eye_network", "lip_network"}
    assert not networks.warping_network.training and not networks.spade_generator.training
    for name in changed:
        network = getattr(networks, name)
        assert isinstance(network, nn.Module)
        assert all(parameter.grad is not None for parameter in network.parameters())
