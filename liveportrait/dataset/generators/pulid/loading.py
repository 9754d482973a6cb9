"""PuLID's networks from the file of their publisher, all of it and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from liveportrait.checkpoints.reading import read_tensors
from liveportrait.dataset.generators.pulid.attention import IdentityAttention
from liveportrait.dataset.generators.pulid.id_former import IdFormer, IdFormerConfig
from liveportrait.dataset.generators.pulid.published_files import Rules, frozen, renamed_by

FILE_NAME = "pulid_flux_v0.9.1.safetensors"

_RULES: Rules = (
    (r"^pulid_encoder\.latents$", "id_former.queries"),
    (r"^pulid_encoder\.proj_out$", "id_former.output"),
    (r"^pulid_encoder\.id_embedding_mapping\.", "id_former.face_mapping."),
    (r"^pulid_encoder\.mapping_(\d+)\.", r"id_former.scale_mappings.\1."),
    (r"^pulid_encoder\.layers\.(\d+)\.0\.norm1\.", r"id_former.layers.\1.context_norm."),
    (r"^pulid_encoder\.layers\.(\d+)\.0\.norm2\.", r"id_former.layers.\1.query_norm."),
    (r"^pulid_encoder\.layers\.(\d+)\.0\.to_", r"id_former.layers.\1.attention.to_"),
    (r"^pulid_encoder\.layers\.(\d+)\.1\.", r"id_former.layers.\1.feed_forward."),
    (r"^pulid_ca\.(\d+)\.norm1\.", r"attentions.\1.identity_norm."),
    (r"^pulid_ca\.(\d+)\.norm2\.", r"attentions.\1.image_norm."),
    (r"^pulid_ca\.(\d+)\.to_", r"attentions.\1.attention.to_"),
    (r"\.to_q\.", ".to_query."),
    (r"\.to_kv\.", ".to_key_value."),
    (r"\.to_out\.", ".to_output."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulidNetworkConfig:
    """Sizes; the defaults are those of v0.9.1 for FLUX.1."""

    id_former: IdFormerConfig = IdFormerConfig()
    num_attentions: int = 20
    image_width: int = 3072
    num_heads: int = 16
    head_width: int = 128


class PulidNetworks(nn.Module):
    """What makes identity tokens, and what brings them into FLUX."""

    def __init__(self, config: PulidNetworkConfig) -> None:
        super().__init__()
        self.id_former = IdFormer(config.id_former)
        self.attentions = nn.ModuleList(
            IdentityAttention(
                image_width=config.image_width,
                identity_width=config.id_former.output_width,
                num_heads=config.num_heads,
                head_width=config.head_width,
            )
            for _ in range(config.num_attentions)
        )


def load_pulid(
    path: Path, *, config: PulidNetworkConfig | None = None, dtype: torch.dtype, device: torch.device
) -> PulidNetworks:
    """The networks with the weights of `pulid_flux_v0.9.1.safetensors`, frozen."""
    with torch.device("meta"):
        networks = PulidNetworks(config or PulidNetworkConfig())
    return frozen(networks, renamed(read_tensors(path)), path, dtype=dtype, device=device)


def renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under our names."""
    return {renamed_by(_RULES, name): tensor for name, tensor in tensors.items()}
