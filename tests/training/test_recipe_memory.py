"""That the recipes for GPUs fit them: a step is walked through with tensors that have shapes and no data."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks

from liveportrait.networks.presets import PortraitNetworks
from liveportrait.training.pairs import PairBatch
from liveportrait.training.precision import autocast_for
from liveportrait.training.recipes import Recipe, human, human_finetune
from liveportrait.training.stage_one import reconstruct
from liveportrait.training.stage_one_learner import RENDERING_PARTS
from liveportrait.training.stage_two import FrozenRenderer
from liveportrait.training.trained_parts import BASE_PARTS, RETARGETING_PARTS, train_only

RENDERS_OF_STAGE_TWO = 3
"""Stitching, eyes and lips; all are kept until the one backward pass."""

ROOM = 0.7
"""Share of a GPU for what is counted here. Judges and opponents keep another sixth in stage one; then there
are gradients on their way, workspaces, and what CUDA keeps in fp32 and a CPU does not."""


def kept_gib(step: Callable[[PortraitNetworks], object], recipe: Recipe, parts: tuple[str, ...]) -> float:
    """Weights, their average, gradients, Adam's two moments, and what the step keeps for its way back."""
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if not isinstance(tensor, nn.Parameter):
            kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    with FakeTensorMode(), saved_tensors_hooks(keep, lambda tensor: tensor):
        networks = PortraitNetworks(recipe.preset)
        train_only(networks, parts)
        made = step(networks)
    assert made is not None
    numbers = 2 * sum(value.numel() for value in networks.parameters())
    numbers += 3 * sum(value.numel() for value in networks.parameters() if value.requires_grad)
    return (4 * numbers + sum(tensor.untyped_storage().nbytes() for tensor in kept.values())) / 2**30


def first_stage_gib(recipe: Recipe) -> float:
    """The redrawn frames; losses are left to `ROOM`."""
    schedule = recipe.one.schedule

    def step(networks: PortraitNetworks) -> object:
        images = torch.rand(schedule.batch_size, 3, schedule.pairs.size_px, schedule.pairs.size_px)
        batch = PairBatch(images, images, None, None)  # pyright: ignore[reportArgumentType]
        return reconstruct(networks, batch, amp=autocast_for(recipe.one.precision, images.device))

    return kept_gib(step, recipe, BASE_PARTS if recipe.one.motion_rate else RENDERING_PARTS)


def second_stage_gib(recipe: Recipe) -> float:
    batch_size, input_px = recipe.two.schedule.batch_size, recipe.preset.input_px

    def step(networks: PortraitNetworks) -> object:
        amp = autocast_for(recipe.two.precision, torch.device("cpu"))
        render = FrozenRenderer(networks.warping_network, networks.spade_generator, amp=amp)
        with torch.no_grad(), amp:
            appearance = networks.appearance_feature_extractor(torch.rand(batch_size, 3, input_px, input_px))
        keypoints = torch.rand(batch_size, 21, 3)
        moved = [keypoints + torch.rand(batch_size, 21, 3, requires_grad=True)] * RENDERS_OF_STAGE_TWO
        return [render(appearance, one, keypoints) for one in moved]

    return kept_gib(step, recipe, RETARGETING_PARTS)


@pytest.mark.parametrize("stage_gib", [first_stage_gib, second_stage_gib])
@pytest.mark.parametrize(("recipe", "gpu_gib"), [(human(), 48), (human_finetune(), 24)])
def test_a_step_fits_the_gpu(recipe: Recipe, gpu_gib: float, stage_gib: Callable[[Recipe], float]) -> None:
    assert 5 < stage_gib(recipe) < ROOM * gpu_gib
