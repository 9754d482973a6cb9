from math import cos, sin

import torch
from torch.testing import assert_close

from liveportrait.judges.face_alignment import align_faces, similarity

TEMPLATE_PX = torch.tensor(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def units(points_px: torch.Tensor, size_px: int) -> torch.Tensor:
    return (points_px + 0.5) * 2 / size_px - 1


def test_similarity_finds_a_known_turn_scale_and_shift() -> None:
    turn = 1.3 * torch.tensor([[cos(0.4), -sin(0.4)], [sin(0.4), cos(0.4)]])
    points = torch.rand(2, 5, 2)
    for item in range(2):
        wanted = points[item] @ turn.T + torch.tensor([3.0, -2.0])
        found_turn, found_shift = similarity(points, wanted)
        assert_close(found_turn[item], turn)
        assert_close(found_shift[item], torch.tensor([3.0, -2.0]))


def test_a_face_that_already_lies_on_the_template_is_left_alone() -> None:
    image = torch.rand(1, 3, 112, 112)
    aligned = align_faces(image, units(TEMPLATE_PX, 112)[None])
    assert_close(aligned, image, atol=1e-4, rtol=0)


def test_a_face_half_as_large_elsewhere_is_brought_to_the_template() -> None:
    """Pixel (x, y) of the aligned face shows (x / 2 + 20, y / 2 + 10) of the picture."""
    size = 128
    at = torch.arange(size) / size
    image = torch.stack([at.expand(size, size), at[:, None].expand(size, size), torch.zeros(size, size)])[
        None
    ]
    points = units(TEMPLATE_PX / 2 + torch.tensor([20.0, 10.0]), size)[None]
    aligned = align_faces(image, points)
    assert_close(aligned[0, 0, 30, 40] * size, torch.tensor(40.0), atol=1e-3, rtol=0)
    assert_close(aligned[0, 1, 30, 40] * size, torch.tensor(25.0), atol=1e-3, rtol=0)


def test_gradients_reach_picture_and_points() -> None:
    image = torch.rand(1, 3, 64, 64, requires_grad=True)
    points = units(TEMPLATE_PX / 2, 64)[None].requires_grad_()
    align_faces(image, points).square().sum().backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
    assert points.grad is not None and points.grad.abs().sum() > 0
