import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.networks.detail_decoder import FIRST_KEEP_LOGIT, MOST_KEPT, DetailDecoder, pixel_norm


def decoder() -> DetailDecoder:
    torch.manual_seed(0)
    return DetailDecoder(12, detail_channels=(6, 5, 3), width=8)


def features_and_details() -> tuple[Tensor, tuple[Tensor, ...]]:
    generator = torch.Generator().manual_seed(1)
    sizes = ((12, 8), (6, 8), (5, 16), (3, 32))
    features, *details = (
        torch.rand(2, channels, size, size, generator=generator) for channels, size in sizes
    )
    return features, tuple(details)


def test_an_untrained_decoder_shows_the_source_and_some_grey() -> None:
    features, details = features_and_details()
    for network, most in ((decoder(), MOST_KEPT), (decoder().eval(), 1.0)):
        kept = most * torch.tensor(FIRST_KEEP_LOGIT).sigmoid()
        assert_close(network(features, details), kept * details[-1] + (1 - kept) * 0.5)


def test_the_first_step_reaches_colours_and_what_is_kept() -> None:
    network, (features, details) = decoder(), features_and_details()
    (network(features, details) - 0.1).square().mean().backward()
    gradient = network.output.weight.grad
    assert gradient is not None
    by_channel = gradient.view(4, 4, -1).abs().amax(dim=(1, 2))
    assert (by_channel > 0).all()


def test_colours_are_learned_where_all_is_kept() -> None:
    network, (features, details) = decoder(), features_and_details()
    bias = network.output.get_parameter("bias")
    with torch.no_grad():
        bias.view(4, 4)[3] = 100.0
    network(features, details).mean().backward()
    assert bias.grad is not None
    of_colours = bias.grad.view(4, 4)[:3].sum()
    assert_close(of_colours, torch.tensor((1 - MOST_KEPT) * 0.25))  # a sigmoid's slope at 0


def test_the_size_of_features_does_not_matter() -> None:
    network, (features, details) = decoder(), features_and_details()
    torch.nn.init.normal_(network.output.weight)
    assert_close(network(1000 * features, details), network(features, details))


def test_pixel_norm_leaves_the_direction() -> None:
    features = features_and_details()[0] - 0.5
    normalised = pixel_norm(features)
    assert_close(normalised.square().mean(1), torch.ones(2, 8, 8))
    assert_close(torch.cosine_similarity(normalised, features), torch.ones(2, 8, 8))


def test_pixel_norm_in_half_precision_stands_large_features() -> None:
    features = torch.full((1, 4, 1, 1), 40_000.0, dtype=torch.float16)
    assert_close(pixel_norm(features), torch.ones_like(features))


def test_half_precision_ends_at_the_colours() -> None:
    network, (features, details) = decoder().half(), features_and_details()
    halves = tuple(detail.half() for detail in details)
    picture = network(features.half(), halves)
    assert picture.dtype == torch.float32
    assert_close(picture, decoder()(features, details), rtol=0, atol=2e-3)


def test_every_detail_changes_the_picture() -> None:
    network = decoder()
    torch.nn.init.normal_(network.output.weight)
    features, details = features_and_details()
    plain = network(features, details)
    assert plain.shape == (2, 3, 32, 32)
    for index, detail in enumerate(details):
        changed = (*details[:index], 1 - detail, *details[index + 1 :])
        assert not network(features, changed).equal(plain)
