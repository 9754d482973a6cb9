"""PuLID's networks in a size for tests, and the file that their publisher would have made of them."""

import torch
from torch import Tensor

from liveportrait.dataset.generators.pulid.eva_vision import EvaConfig, EvaVision
from liveportrait.dataset.generators.pulid.id_former import FaceFeatures, IdFormerConfig
from liveportrait.dataset.generators.pulid.loading import PulidNetworkConfig, PulidNetworks

SMALL = PulidNetworkConfig(
    id_former=IdFormerConfig(
        vector_width=12,
        scale_width=6,
        mapping_width=8,
        width=8,
        num_scales=2,
        layers_per_scale=1,
        num_heads=2,
        head_width=4,
        expansion=2,
        num_face_tokens=2,
        num_queries=3,
        output_width=10,
    ),
    num_attentions=4,
    image_width=32,
    num_heads=2,
    head_width=4,
)
"""For the tiny FLUX: identity enters after 2 of 3 double blocks and 2 of 5 single ones."""

_PUBLISHED = (
    ("id_former.queries", "pulid_encoder.latents"),
    ("id_former.output", "pulid_encoder.proj_out"),
    ("id_former.face_mapping", "pulid_encoder.id_embedding_mapping"),
    ("id_former.scale_mappings.", "pulid_encoder.mapping_"),
    ("id_former.layers", "pulid_encoder.layers"),
    (".context_norm.", ".0.norm1."),
    (".query_norm.", ".0.norm2."),
    (".feed_forward.", ".1."),
    ("attentions", "pulid_ca"),
    (".identity_norm.", ".norm1."),
    (".image_norm.", ".norm2."),
    (".to_query.", ".to_q."),
    (".to_key_value.", ".to_kv."),
    (".to_output.", ".to_out."),
)


_PUBLISHED_EVA = (
    ("class_token", "cls_token"),
    ("positions", "pos_embed"),
    ("patch_embedding.", "patch_embed.proj."),
    ("layers.", "blocks."),
    (".attention_norm.", ".norm1."),
    (".hidden_norm.", ".norm2."),
    (".to_query.bias", ".attn.q_bias"),
    (".to_value.bias", ".attn.v_bias"),
    (".to_query.", ".attn.q_proj."),
    (".to_key.", ".attn.k_proj."),
    (".to_value.", ".attn.v_proj."),
    (".attended_norm.", ".attn.inner_attn_ln."),
    (".to_output.", ".attn.proj."),
    (".gate.", ".mlp.w1."),
    (".expand.", ".mlp.w2."),
    (".expanded_norm.", ".mlp.ffn_ln."),
    (".project.", ".mlp.w3."),
)


def small_networks(*, seed: int = 0) -> PulidNetworks:
    """With random weights, ready to run."""
    torch.manual_seed(seed)
    return PulidNetworks(SMALL).eval().requires_grad_(requires_grad=False)


def random_face(*, seed: int) -> FaceFeatures:
    """Features of nobody."""
    generator = torch.Generator().manual_seed(seed)
    config = SMALL.id_former
    scales = tuple(
        torch.randn(1, 5, config.scale_width, generator=generator) for _ in range(config.num_scales)
    )
    return FaceFeatures(torch.randn(1, config.vector_width, generator=generator), scales)


def published_tensors(config: PulidNetworkConfig) -> dict[str, Tensor]:
    """Random weights under the published names."""
    torch.manual_seed(0)
    return {_published(name): value for name, value in PulidNetworks(config).state_dict().items()}


def published_eva(config: EvaConfig) -> dict[str, Tensor]:
    """The same for the picture half of EVA-CLIP."""
    torch.manual_seed(0)
    return {
        "visual." + _replaced(name, _PUBLISHED_EVA): value
        for name, value in EvaVision(config).state_dict().items()
    }


def _published(name: str) -> str:
    inside = ".attention." if name.startswith("attentions") else ".attention.to_"
    name = name.replace(inside, "." if name.startswith("attentions") else ".0.to_")
    return _replaced(name, _PUBLISHED)


def _replaced(name: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for ours, theirs in pairs:
        name = name.replace(ours, theirs)
    return name
