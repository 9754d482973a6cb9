"""What factors into axes equals what does not."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from liveportrait.networks.dense_motion import gaussians
from liveportrait.ops.atlas import sample_volume_in_atlas
from liveportrait.ops.sampling import sample_volume, volume_grid
from liveportrait.ops.separable import separable_gaussians, shift_volume

SIZE = (4, 5, 6)
GRID = volume_grid(*SIZE, device=torch.device("cpu"), dtype=torch.float64)


@pytest.mark.parametrize("reach", [0.0, 0.3, 1.0, 10.0])
def test_a_shift_is_a_sample_of_the_shifted_grid(reach: float) -> None:
    torch.manual_seed(0)
    volume = torch.randn(2, 3, *SIZE, dtype=torch.float64)
    shifts = reach * torch.randn(2, 7, 3, dtype=torch.float64)
    expected = torch.stack(
        [sample_volume(volume, GRID + shifts[:, k, None, None, None]) for k in range(7)], 1
    )
    assert_close(shift_volume(volume, shifts), expected, rtol=0, atol=1e-12)


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_a_gaussian_is_the_product_of_its_curves(centre: list[float]) -> None:
    keypoints = torch.tensor([[centre]], dtype=torch.float64)
    curves = separable_gaussians(keypoints, SIZE, variance=0.01)
    assert_close(curves, gaussians(GRID, keypoints), rtol=0, atol=1e-11)


def test_no_heat_map_has_numbers_that_a_cpu_multiplies_slowly() -> None:
    torch.manual_seed(0)
    keypoints = 4 * torch.rand(1, 50, 3) - 2
    grid = volume_grid(8, 32, 32, device=torch.device("cpu"))
    for heat in (separable_gaussians(keypoints, (8, 32, 32), variance=0.01), gaussians(grid, keypoints)):
        assert heat[heat > 0].min() > torch.finfo(torch.float32).tiny


@pytest.mark.parametrize("reach", [0.5, 1.0, 1.5, 20.0])
def test_sampling_in_the_atlas_is_sampling_in_the_volume(reach: float) -> None:
    torch.manual_seed(0)
    volume = torch.randn(2, 3, *SIZE, dtype=torch.float64)
    grid = reach * (2 * torch.rand(2, 3, 4, 5, 3, dtype=torch.float64) - 1)
    assert_close(sample_volume_in_atlas(volume, grid), sample_volume(volume, grid), rtol=0, atol=1e-10)


def test_the_atlas_is_exact_at_the_borders() -> None:
    volume = torch.ones(1, 1, *SIZE, dtype=torch.float64)
    corners = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    grid = torch.cartesian_prod(corners, corners, corners).view(1, 2, 2, 2, 3)
    # The cube's corner is the outer corner of the last cell: an eighth of it meets the volume.
    assert_close(sample_volume_in_atlas(volume, grid), torch.full((1, 1, 2, 2, 2), 0.125).double())
    assert_close(sample_volume(volume, grid), torch.full((1, 1, 2, 2, 2), 0.125).double())
