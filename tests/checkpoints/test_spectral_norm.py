"""Folding equals what PyTorch's own spectral norm computes in evaluation."""

import pytest
import torch
from torch import Tensor, nn

from liveportrait.checkpoints.spectral_norm import fold_spectral_norm
from liveportrait.errors import WeightsError


def normalised_layer(seed: int) -> nn.Conv2d:
    torch.manual_seed(seed)
    layer = nn.utils.spectral_norm(nn.Conv2d(3, 5, 3))
    layer(torch.randn(1, 3, 8, 8))  # in training: one power iteration, far from converged
    return layer.eval()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_folded_weight_is_the_one_that_the_layer_uses(seed: int) -> None:
    layer = normalised_layer(seed)
    folded = fold_spectral_norm({name: value.detach() for name, value in layer.state_dict().items()})
    assert folded.keys() == {"weight", "bias"}
    layer(torch.zeros(1, 3, 8, 8))
    torch.testing.assert_close(folded["weight"], layer.weight.detach(), rtol=1e-6, atol=1e-7)


def test_the_stored_vectors_are_not_iterated_again() -> None:
    state = {name: value.detach() for name, value in normalised_layer(0).state_dict().items()}
    exact = torch.linalg.matrix_norm(state["weight_orig"].flatten(1), 2)
    used = state["weight_orig"].norm() / fold_spectral_norm(state)["weight"].norm()
    assert used < 0.99 * exact


def test_what_has_no_spectral_norm_stays() -> None:
    state = {"conv.weight": torch.ones(2, 2), "other.weight_orig": torch.ones(2, 2)}
    assert fold_spectral_norm(state) == state


@pytest.mark.parametrize(
    ("u", "v", "message"),
    [
        (torch.ones(3), torch.ones(2), "singular vectors have 3 and 2"),
        (torch.zeros(2), torch.ones(2), "spectral norm 0"),
        (torch.full((2,), float("nan")), torch.ones(2), "spectral norm nan"),
    ],
)
def test_damaged_vectors_are_named(u: Tensor, v: Tensor, message: str) -> None:
    with pytest.raises(WeightsError, match=f"a.weight_orig .*{message}"):
        fold_spectral_norm({"a.weight_orig": torch.eye(2), "a.weight_u": u, "a.weight_v": v})
