"""Identity into a FLUX transformer of diffusers, which knows nothing of it, and out again."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.errors import WeightsError

FluxTransformer: TypeAlias = Any
"""A `FluxTransformer2DModel` of diffusers."""
TextAndImage: TypeAlias = tuple[Tensor, Tensor]
ForwardHook: TypeAlias = Callable[[nn.Module, object, TextAndImage], TextAndImage]

DOUBLE_STEP = 2
SINGLE_STEP = 4
"""Identity enters after every second double block and every fourth single one, the first of each included."""


@contextmanager
def identity_in(
    transformer: FluxTransformer,
    attentions: nn.ModuleList,
    identity_tokens: Float[Tensor, "1 m deep"],
    *,
    weight: float,
) -> Iterator[None]:
    """While this is open, the transformer draws that person; afterwards it is as before, whatever happened.

    The attentions are those of `PulidNetworks`, one for each place.
    """
    places = injection_places(transformer)
    if len(places) != len(attentions):
        raise WeightsError(
            f"The PuLID weights are for {len(attentions)} places of a FLUX transformer, and this one has "
            f"{len(places)}. They belong to FLUX.1 [dev]."
        )
    with ExitStack() as hooks:
        for place, attention in zip(places, attentions, strict=True):
            handle = place.register_forward_hook(_adding(attention, identity_tokens, weight))
            hooks.callback(handle.remove)
        yield


def injection_places(transformer: FluxTransformer) -> list[nn.Module]:
    """The blocks after which identity enters, in the order of the attentions: 20 in FLUX.1."""
    return [
        *list(transformer.transformer_blocks)[::DOUBLE_STEP],
        *list(transformer.single_transformer_blocks)[::SINGLE_STEP],
    ]


def _adding(attention: nn.Module, identity_tokens: Tensor, weight: float) -> ForwardHook:
    """A hook that adds to the image tokens of a block's output; the text tokens stay."""

    def add(_block: nn.Module, _inputs: object, output: TextAndImage) -> TextAndImage:
        text, image = output
        seen = attention(image, identity_tokens.expand(image.shape[0], -1, -1))
        return text, image + weight * seen

    return add
