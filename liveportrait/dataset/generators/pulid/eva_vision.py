"""The picture half of EVA02-CLIP-L-14-336 (Fang et al. 2023, Sun et al. 2023), as PuLID looks into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from liveportrait.checkpoints.reading import read_tensors
from liveportrait.dataset.generators.pulid.published_files import Rules, frozen, renamed_by

_NORM_EPSILON = 1e-6
_ROTARY_BASE = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaConfig:
    """Sizes; the defaults are those of L-14-336."""

    image_size_px: int = 336
    patch_size_px: int = 14
    width: int = 1024
    num_heads: int = 16
    num_layers: int = 24
    hidden_width: int = 2730
    output_width: int = 768
    scale_layers: tuple[int, ...] = (4, 8, 12, 16, 20)
    """Before which layers PuLID takes tokens; counted from 0."""
    trained_patches: int = 16
    """Patches along a side when positions were learnt: later grids are shrunk to this length."""

    @property
    def patches(self) -> int:
        """Along a side."""
        return self.image_size_px // self.patch_size_px


class EvaPrediction(NamedTuple):
    """What the network makes of pictures."""

    pooled: Float[Tensor, "b out"]
    """The picture as one vector, of no fixed length."""
    scales: tuple[Float[Tensor, "b n width"], ...]
    """Tokens on their way, class token first."""


class EvaVision(nn.Module):
    """A vision transformer with rotary positions and gated feed-forward layers."""

    def __init__(self, config: EvaConfig) -> None:
        super().__init__()
        self.config = config
        width, num_patches = config.width, config.patches**2
        self.patch_embedding = nn.Conv2d(3, width, config.patch_size_px, config.patch_size_px)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.zeros(1, num_patches + 1, width))
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(width, eps=_NORM_EPSILON)
        self.head = nn.Linear(width, config.output_width)

    def forward(self, image: Float[Tensor, "b 3 side side"]) -> EvaPrediction:
        """Pictures come normalised as CLIP's, in the network's own size."""
        tokens = self.patch_embedding(image).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(len(tokens), -1, -1), tokens], dim=1) + self.positions
        rotation = rotary_angles(self.config).to(tokens.device)
        scales = []
        for number, layer in enumerate(self.layers):
            if number in self.config.scale_layers:
                scales.append(tokens)
            tokens = layer(tokens, rotation)
        return EvaPrediction(self.head(self.norm(tokens)[:, 0]), tuple(scales))


class _Layer(nn.Module):
    """Attention with a norm before and after, then a gated layer of its own."""

    def __init__(self, config: EvaConfig) -> None:
        super().__init__()
        width, hidden = config.width, config.hidden_width
        self.num_heads = config.num_heads
        self.attention_norm = nn.LayerNorm(width, eps=_NORM_EPSILON)
        self.to_query = nn.Linear(width, width)
        self.to_key = nn.Linear(width, width, bias=False)
        self.to_value = nn.Linear(width, width)
        self.attended_norm = nn.LayerNorm(width, eps=_NORM_EPSILON)
        self.to_output = nn.Linear(width, width)
        self.hidden_norm = nn.LayerNorm(width, eps=_NORM_EPSILON)
        self.gate = nn.Linear(width, hidden)
        self.expand = nn.Linear(width, hidden)
        self.expanded_norm = nn.LayerNorm(hidden, eps=_NORM_EPSILON)
        self.project = nn.Linear(hidden, width)

    def forward(
        self, tokens: Float[Tensor, "b n width"], rotation: Float[Tensor, "m head"]
    ) -> Float[Tensor, "b n width"]:
        tokens = tokens + self._attend(self.attention_norm(tokens), rotation)
        hidden = self.hidden_norm(tokens)
        hidden = self.expanded_norm(functional.silu(self.gate(hidden)) * self.expand(hidden))
        return tokens + self.project(hidden)

    def _attend(self, tokens: Tensor, rotation: Tensor) -> Tensor:
        query, key, value = (
            layer(tokens).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for layer in (self.to_query, self.to_key, self.to_value)
        )
        attended = functional.scaled_dot_product_attention(
            _rotated(query, rotation), _rotated(key, rotation), value
        )
        return self.to_output(self.attended_norm(attended.transpose(1, 2).flatten(2)))


def rotary_angles(config: EvaConfig) -> Float[Tensor, "m head"]:
    """The angle of each number of a head at each patch: first half by row, second by column, in pairs."""
    quarter = config.width // config.num_heads // 4
    speeds = _ROTARY_BASE ** -(torch.arange(quarter) / quarter)
    places = torch.arange(config.patches) * (config.trained_patches / config.patches)
    angles = (places[:, None] * speeds).repeat_interleave(2, dim=1)
    rows = angles[:, None].expand(-1, config.patches, -1)
    columns = angles[None].expand(config.patches, -1, -1)
    return torch.cat([rows, columns], dim=-1).flatten(0, 1)


def _rotated(
    heads: Float[Tensor, "b heads n width"], angles: Float[Tensor, "m width"]
) -> Float[Tensor, "b heads n width"]:
    """Each pair of numbers turned by its angle; the class token stands nowhere and stays."""
    first, patches = heads[:, :, :1], heads[:, :, 1:].float()
    even, odd = patches.unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack([-odd, even], dim=-1).flatten(-2)
    patches = patches * angles.cos() + turned * angles.sin()
    return torch.cat([first, patches.to(heads.dtype)], dim=2)


_RULES: Rules = (
    (r"^visual\.cls_token$", "class_token"),
    (r"^visual\.pos_embed$", "positions"),
    (r"^visual\.patch_embed\.proj\.", "patch_embedding."),
    (r"^visual\.(norm|head)\.", r"\1."),
    (r"^visual\.blocks\.(\d+)\.", r"layers.\1."),
    (r"\.norm1\.", ".attention_norm."),
    (r"\.norm2\.", ".hidden_norm."),
    (r"\.attn\.(q|v)_bias$", r".attn.\1_proj.bias"),
    (r"\.attn\.q_proj\.", ".to_query."),
    (r"\.attn\.k_proj\.", ".to_key."),
    (r"\.attn\.v_proj\.", ".to_value."),
    (r"\.attn\.inner_attn_ln\.", ".attended_norm."),
    (r"\.attn\.proj\.", ".to_output."),
    (r"\.mlp\.w1\.", ".gate."),
    (r"\.mlp\.w2\.", ".expand."),
    (r"\.mlp\.ffn_ln\.", ".expanded_norm."),
    (r"\.mlp\.w3\.", ".project."),
)


def load_eva(
    path: Path, *, config: EvaConfig | None = None, dtype: torch.dtype, device: torch.device
) -> EvaVision:
    """The network with the weights of `EVA02_CLIP_L_336_psz14_s6B.pt`, frozen; its text half is left out."""
    with torch.device("meta"):
        network = EvaVision(config or EvaConfig())
    return frozen(network, renamed(read_tensors(path)), path, dtype=dtype, device=device)


def renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The picture half's tensors under our names, without the tables of positions that are computed here."""
    chosen = {
        name: tensor
        for name, tensor in tensors.items()
        if name.startswith("visual.") and ".rope." not in name
    }
    return {renamed_by(_RULES, name): tensor for name, tensor in chosen.items()}
