"""How PuLID's two networks look at an identity (Guo et al. 2024, section 3.2; FLUX weights v0.9.1)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional


class MultiHeadAttention(nn.Module):
    """Queries of one width look at tokens of another; no biases, no positions."""

    def __init__(self, *, query_width: int, context_width: int, num_heads: int, head_width: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        inner_width = num_heads * head_width
        self.to_query = nn.Linear(query_width, inner_width, bias=False)
        self.to_key_value = nn.Linear(context_width, 2 * inner_width, bias=False)
        self.to_output = nn.Linear(inner_width, query_width, bias=False)

    def forward(
        self, queries: Float[Tensor, "b n wide"], context: Float[Tensor, "b m deep"]
    ) -> Float[Tensor, "b n wide"]:
        key, value = self.to_key_value(context).chunk(2, dim=-1)
        attended = functional.scaled_dot_product_attention(
            self._split(self.to_query(queries)), self._split(key), self._split(value)
        )
        return self.to_output(attended.transpose(1, 2).flatten(2))

    def _split(self, tokens: Float[Tensor, "b n inner"]) -> Float[Tensor, "b heads n width"]:
        return tokens.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)


class IdentityAttention(nn.Module):
    """What a place in FLUX adds to its image tokens, having looked at the identity."""

    def __init__(
        self,
        *,
        image_width: int = 3072,
        identity_width: int = 2048,
        num_heads: int = 16,
        head_width: int = 128,
    ) -> None:
        super().__init__()
        self.identity_norm = nn.LayerNorm(identity_width)
        self.image_norm = nn.LayerNorm(image_width)
        self.attention = MultiHeadAttention(
            query_width=image_width,
            context_width=identity_width,
            num_heads=num_heads,
            head_width=head_width,
        )

    def forward(
        self, image_tokens: Float[Tensor, "b n wide"], identity_tokens: Float[Tensor, "b m deep"]
    ) -> Float[Tensor, "b n wide"]:
        return self.attention(self.image_norm(image_tokens), self.identity_norm(identity_tokens))


class ResamplerLayer(nn.Module):
    """Queries look at a context and at each other, then each thinks for itself."""

    def __init__(self, *, width: int, num_heads: int, head_width: int, expansion: int) -> None:
        super().__init__()
        self.context_norm = nn.LayerNorm(width)
        self.query_norm = nn.LayerNorm(width)
        self.attention = MultiHeadAttention(
            query_width=width, context_width=width, num_heads=num_heads, head_width=head_width
        )
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, expansion * width, bias=False),
            nn.GELU(),
            nn.Linear(expansion * width, width, bias=False),
        )

    def forward(
        self, queries: Float[Tensor, "b n width"], context: Float[Tensor, "b m width"]
    ) -> Float[Tensor, "b n width"]:
        asking = self.query_norm(queries)
        seen = torch.cat([self.context_norm(context), asking], dim=1)
        queries = queries + self.attention(asking, seen)
        return queries + self.feed_forward(queries)
