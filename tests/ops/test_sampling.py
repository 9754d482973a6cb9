"""Grids as the backends read them."""

import torch

from liveportrait.ops.mask_warp import follow_masks
from liveportrait.ops.sampling import laid_out_for


def test_a_grid_of_masks_is_contiguous_where_strides_are_not_read() -> None:
    grid = follow_masks(torch.rand(1, 4, 2, 5, 6).softmax(1), torch.rand(1, 3, 3))
    permuted = grid.permute(0, 4, 1, 2, 3).contiguous().permute(0, 2, 3, 4, 1)
    assert not permuted.is_contiguous()
    on_mps = laid_out_for(torch.device("mps"), permuted)
    assert on_mps.is_contiguous()
    assert torch.equal(on_mps, permuted)
    assert laid_out_for(torch.device("cpu"), permuted) is permuted
