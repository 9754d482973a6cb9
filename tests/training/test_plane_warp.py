import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from liveportrait.training.plane_warp import PlaneWarp, random_plane_warp


def affine_warp(linear: list[list[float]], shift: list[float]) -> PlaneWarp:
    return PlaneWarp(
        linear=torch.tensor([linear]),
        shift=torch.tensor([shift]),
        centres=torch.zeros(1, 2),
        heights=torch.zeros(1, 1, 2),
    )


def warped_from_original(warp: PlaneWarp, points: torch.Tensor) -> torch.Tensor:
    """Where a point of the original lies in the warped picture: by iteration, as there is no formula."""
    inverse = torch.linalg.inv(warp.linear).mT
    found = torch.zeros_like(points)
    for _ in range(50):
        found = found + (points - warp.original_from_warped(found)) @ inverse
    return found


def blob(x: float, y: float, size: int = 64) -> torch.Tensor:
    """A soft spot centred at (x, y) in units of the image."""
    at = (torch.arange(size) + 0.5) * 2 / size - 1
    spot = torch.exp(-((at[None] - x) ** 2 + (at[:, None] - y) ** 2) / 0.02)
    return spot.expand(1, 3, size, size)


def centroid(image: torch.Tensor) -> torch.Tensor:
    size = image.shape[-1]
    at = (torch.arange(size) + 0.5) * 2 / size - 1
    weight = image[0, 0] / image[0, 0].sum()
    return torch.stack([(weight.sum(0) * at).sum(), (weight.sum(1) * at).sum()])


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_points_go_there_and_back(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    warp = random_plane_warp(2, generator)
    points = torch.rand(2, 30, 2, generator=generator) * 2 - 1
    assert_close(warp.original_from_warped(warped_from_original(warp, points)), points, atol=1e-5, rtol=0)
    assert_close(warped_from_original(warp, warp.original_from_warped(points)), points, atol=1e-5, rtol=0)


def test_an_affine_maps_points_by_its_matrix() -> None:
    warp = affine_warp([[2.0, 0.0], [0.0, 0.5]], [0.1, -0.1])
    points = torch.tensor([[[0.2, 0.4]]])
    assert_close(warp.original_from_warped(points), torch.tensor([[[0.5, 0.1]]]))
    assert_close(warped_from_original(warp, torch.tensor([[[0.5, 0.1]]])), points)


def test_the_picture_moves_with_the_points() -> None:
    warp = affine_warp([[0.9, -0.2], [0.2, 0.9]], [0.25, -0.1])
    seen = centroid(warp.warp_image(blob(0.3, -0.2)))
    expected = warped_from_original(warp, torch.tensor([[[0.3, -0.2]]]))[0, 0]
    assert_close(seen, expected, atol=2e-3, rtol=0)


def test_a_picture_of_its_own_coordinates_shows_where_every_pixel_came_from() -> None:
    warp = random_plane_warp(1, torch.Generator().manual_seed(3))
    at = (torch.arange(64) + 0.5) * 2 / 64 - 1
    pixels = torch.stack(torch.meshgrid(at, at, indexing="xy"), dim=-1)[None]
    shown = warp.warp_image(torch.nn.functional.pad(pixels.permute(0, 3, 1, 2), (0, 0, 0, 0, 0, 1)))
    expected = warp.original_from_warped(pixels.flatten(1, 2)).view(1, 64, 64, 2)
    inside = expected.abs().amax(dim=3) < 0.95
    assert_close(shown.permute(0, 2, 3, 1)[..., :2][inside], expected[inside], atol=1e-4, rtol=0)
    assert inside.float().mean() > 0.5
    assert (expected - pixels)[inside].abs().max() > 0.05


def test_no_strength_is_no_warp() -> None:
    warp = random_plane_warp(1, torch.Generator().manual_seed(0), affine_std=0.0, bump_std=0.0)
    image = torch.rand(1, 3, 16, 16)
    assert_close(warp.warp_image(image), image, atol=1e-5, rtol=0)


def test_the_same_seed_gives_the_same_warp() -> None:
    first, second = (random_plane_warp(2, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(first.heights, second.heights)
    assert torch.equal(first.linear, second.linear)
    assert not torch.equal(first.linear[0], first.linear[1])
