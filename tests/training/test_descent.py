import pytest
import torch
from torch import nn
from torch.testing import assert_close

from liveportrait.training.descent import Descent, DescentConfig, DivergedError, TrainedGroup
from tests.training.small_stages import one_process


class TwoParts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fast = nn.Parameter(torch.zeros(3))
        self.slow = nn.Parameter(torch.zeros(3))
        self.frozen = nn.Parameter(torch.zeros(3), requires_grad=False)

    def forward(self) -> torch.Tensor:
        return (self.fast + self.slow + self.frozen - 1).square().sum()


def descent_of(module: TwoParts, *, max_gradient_norm: float = 10.0) -> Descent:
    groups = [
        TrainedGroup(parameters=[module.fast, module.frozen]),
        TrainedGroup(parameters=[module.slow], rate=0.1),
    ]
    return Descent(
        one_process(), module, groups, DescentConfig(learning_rate=0.01, max_gradient_norm=max_gradient_norm)
    )


def test_groups_move_at_their_rate_and_the_pace() -> None:
    """Adam's first step is as long as the learning rate."""
    module = TwoParts()
    descent = descent_of(module)
    descent.step(descent.module(), pace=0.5)
    assert_close(module.fast.detach(), torch.full((3,), 0.005), rtol=1e-4, atol=0)
    assert_close(module.slow.detach(), torch.full((3,), 0.0005), rtol=1e-4, atol=0)
    assert_close(module.frozen.detach(), torch.zeros(3))


def test_the_whole_norm_is_told_and_each_group_is_cut_by_itself() -> None:
    """A group that is pulled hard does not slow the other."""
    module = TwoParts()
    descent = descent_of(module, max_gradient_norm=5.0)
    norm = descent.step(10 * module.fast.sum() + module.slow.sum(), pace=1.0)
    assert_close(norm, torch.tensor((3 * 100 + 3) ** 0.5))
    assert module.fast.grad is not None and module.slow.grad is not None
    assert_close(module.fast.grad.norm(), torch.tensor(5.0), rtol=1e-3, atol=0)
    assert_close(module.slow.grad, torch.ones(3))


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_what_is_no_number_ends_the_run_before_the_weights_are_touched(factor: float) -> None:
    module = TwoParts()
    descent = descent_of(module)
    with pytest.raises(DivergedError, match="lower learning rate"):
        descent.step(descent.module() * factor, pace=1.0)
    assert_close(module.fast.detach(), torch.zeros(3))
