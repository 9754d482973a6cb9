import torch
from torch.testing import assert_close

from liveportrait.training.regions import cut_regions, square_boxes


def test_box_is_the_scaled_square_around_the_points() -> None:
    landmarks = torch.tensor([[[9.0, 9.0], [-0.2, 0.1], [0.2, 0.3]]])
    assert_close(square_boxes(landmarks, (1, 2), scale=1.5), torch.tensor([[-0.3, -0.1, 0.3, 0.5]]))


def test_a_box_on_the_pixel_grid_cuts_exactly() -> None:
    image = torch.rand(2, 3, 16, 16)
    boxes = torch.tensor([[-1.0, -0.5, 0.0, 0.5], [0.0, 0.0, 1.0, 1.0]])
    cut = cut_regions(image, boxes, size_px=8)
    assert_close(cut[0], image[0, :, 4:12, 0:8])
    assert_close(cut[1], image[1, :, 8:16, 8:16])


def test_beyond_the_border_the_edge_is_repeated() -> None:
    image = torch.rand(1, 3, 8, 8)
    cut = cut_regions(image, torch.tensor([[-2.0, 0.0, -1.0, 1.0]]), size_px=4)
    assert_close(cut, image[:, :, 4:, :1].expand(1, 3, 4, 4))


def test_gradients_reach_the_cut_pixels_only() -> None:
    image = torch.rand(1, 3, 8, 8, requires_grad=True)
    cut_regions(image, torch.tensor([[-1.0, -1.0, 0.0, 0.0]]), size_px=4).sum().backward()
    assert image.grad is not None
    assert_close(image.grad[..., :4, :4], torch.ones(1, 3, 4, 4))
    assert image.grad[..., 4:, :].abs().sum() + image.grad[..., 4:].abs().sum() == 0


def test_boxes_carry_no_gradient() -> None:
    landmarks = torch.rand(1, 4, 2, requires_grad=True)
    assert not square_boxes(landmarks, (0, 1, 2), scale=1.0).requires_grad
