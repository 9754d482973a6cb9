"""The network that turns a face into identity tokens."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.dataset.generators.pulid.attention import ResamplerLayer


class FaceFeatures(NamedTuple):
    """What the identity network is told of a face."""

    vector: Float[Tensor, "b wide"]
    """The ArcFace vector as it comes (512), then the EVA-CLIP one of length 1 (768)."""
    scales: tuple[Float[Tensor, "b n deep"], ...]
    """Tokens from several depths of EVA-CLIP, shallow ones first, class token included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdFormerConfig:
    """Sizes; the defaults are those of v0.9.1."""

    vector_width: int = 1280
    scale_width: int = 1024
    mapping_width: int = 1024
    """Of the hidden layers between the face and the tokens."""
    width: int = 1024
    num_scales: int = 5
    layers_per_scale: int = 2
    num_heads: int = 16
    head_width: int = 64
    expansion: int = 4
    num_face_tokens: int = 5
    """As how many tokens the vector enters."""
    num_queries: int = 32
    """How many tokens an identity has in the end."""
    output_width: int = 2048


class IdFormer(nn.Module):
    """Learnt queries, with the face's vector among them, look at one scale after another."""

    def __init__(self, config: IdFormerConfig) -> None:
        super().__init__()
        self.config = config
        self.queries = nn.Parameter(torch.randn(1, config.num_queries, config.width) * config.width**-0.5)
        self.output = nn.Parameter(torch.randn(config.width, config.output_width) * config.width**-0.5)
        self.face_mapping = _mapping(
            config.vector_width, config.mapping_width, config.num_face_tokens * config.width
        )
        self.scale_mappings = nn.ModuleList(
            _mapping(config.scale_width, config.mapping_width, config.width) for _ in range(config.num_scales)
        )
        self.layers = nn.ModuleList(
            ResamplerLayer(
                width=config.width,
                num_heads=config.num_heads,
                head_width=config.head_width,
                expansion=config.expansion,
            )
            for _ in range(config.num_scales * config.layers_per_scale)
        )

    def forward(self, face: FaceFeatures) -> Float[Tensor, "b queries out"]:
        batch = face.vector.shape[0]
        face_tokens = self.face_mapping(face.vector).unflatten(1, (self.config.num_face_tokens, -1))
        queries = torch.cat([self.queries.expand(batch, -1, -1), face_tokens], dim=1)
        for number, (scale, mapping) in enumerate(zip(face.scales, self.scale_mappings, strict=True)):
            context = torch.cat([face_tokens, mapping(scale)], dim=1)
            first = number * self.config.layers_per_scale
            for layer in self.layers[first : first + self.config.layers_per_scale]:
                queries = layer(queries, context)
        return queries[:, : self.config.num_queries] @ self.output


def _mapping(num_in: int, width: int, num_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(num_in, width),
        nn.LayerNorm(width),
        nn.LeakyReLU(),
        nn.Linear(width, width),
        nn.LayerNorm(width),
        nn.LeakyReLU(),
        nn.Linear(width, num_out),
    )
