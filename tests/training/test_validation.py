import torch
from torch.testing import assert_close

from liveportrait.motion.openings import Openings
from liveportrait.networks.presets import TINY, PortraitNetworks
from liveportrait.tensors import ImageBatch
from liveportrait.training.precision import autocast_for
from liveportrait.training.regions import Boxes
from liveportrait.training.shards import Shard
from liveportrait.training.validation import fixed_pairs, picture_figures, retargeting_figures

AMP = autocast_for("fp32", torch.device("cpu"))


class Brightness:
    def __call__(self, image: ImageBatch, face_boxes: Boxes) -> Openings:
        light = image.mean(dim=(1, 2, 3))[:, None]
        return Openings(eyes=light.expand(-1, 2), lips=light)


def networks_of_tiny() -> PortraitNetworks:
    torch.manual_seed(0)
    return PortraitNetworks(TINY).eval()


def test_pairs_are_of_the_first_frame_and_later_ones(drawn_shards: tuple[Shard, ...]) -> None:
    batches = fixed_pairs(drawn_shards, pairs_per_clip=3)
    assert len(batches) == 3
    frames = torch.from_numpy(drawn_shards[0].frame(0)).permute(2, 0, 1) / 255
    assert_close(batches[0].source, frames.expand(3, -1, -1, -1))
    last = torch.from_numpy(drawn_shards[0].frame(12)).permute(2, 0, 1) / 255
    assert_close(batches[0].driving[-1], last)


def test_the_figures_of_copying_are_the_difference_of_the_frames(drawn_shards: tuple[Shard, ...]) -> None:
    batches = fixed_pairs(drawn_shards, pairs_per_clip=1)
    found = picture_figures(networks_of_tiny(), batches, amp=AMP)
    by_hand = torch.stack([(batch.source - batch.driving).abs().mean() for batch in batches]).mean()
    assert abs(found.picture_l1_of_copy - float(by_hand)) < 1e-6
    assert found.face_l1 > 0


def test_untrained_networks_follow_nothing(drawn_shards: tuple[Shard, ...]) -> None:
    """No offset at all: the same opening whatever is asked, and stitching changes nothing."""
    networks = networks_of_tiny()
    batches = fixed_pairs(drawn_shards, pairs_per_clip=2)[:1]
    untrained = retargeting_figures(networks, batches, Brightness(), amp=AMP)
    assert abs(untrained.lip_correlation) < 1e-3 or untrained.lip_correlation != untrained.lip_correlation
    assert untrained.shoulder_error == untrained.shoulder_error_unstitched
    last = networks.lip_network.layers[-1]
    torch.nn.init.normal_(last.get_parameter("weight"), std=0.3)
    trained = retargeting_figures(networks, batches, Brightness(), amp=AMP)
    assert trained.lip_correlation != untrained.lip_correlation
