"""Google's blendshape network: face points to 52 expression coefficients (an MLP-Mixer)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

NUM_INPUT_POINTS = 146
NUM_BLENDSHAPES = 52

_NUM_TOKENS, _CHANNELS = 96, 64
_TOKEN_HIDDEN, _CHANNEL_HIDDEN = 384, 256
_NUM_BLOCKS = 4


class LearnedToken(nn.Module):
    """Puts one learned token before the others; its output is what the head reads."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, channels))

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.cat([self.token.expand(tokens.shape[0], -1, -1), tokens], dim=1)


class MixerBlock(nn.Module):
    """Mix over tokens, then over channels, each with a shortcut."""

    def __init__(self, num_tokens: int, channels: int) -> None:
        super().__init__()
        self.token_norm = nn.LayerNorm(channels, eps=1e-6, bias=False)
        self.token_mlp = _mlp(num_tokens, _TOKEN_HIDDEN)
        self.channel_norm = nn.LayerNorm(channels, eps=1e-6, bias=False)
        self.channel_mlp = _mlp(channels, _CHANNEL_HIDDEN)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.token_mlp(self.token_norm(tokens).transpose(1, 2)).transpose(1, 2)
        return tokens + self.channel_mlp(self.channel_norm(tokens))


class FaceBlendshapeNetwork(nn.Module):
    """Points in any unit and place, upright, to coefficients in 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens_from_points = nn.Linear(NUM_INPUT_POINTS, _NUM_TOKENS)
        self.channels_from_xy = nn.Linear(2, _CHANNELS)
        self.learned_token = LearnedToken(_CHANNELS)
        self.blocks = nn.Sequential(*(MixerBlock(_NUM_TOKENS + 1, _CHANNELS) for _ in range(_NUM_BLOCKS)))
        self.head = nn.Linear(_CHANNELS, NUM_BLENDSHAPES)

    def forward(self, points: Float[Tensor, "b 146 2"]) -> Float[Tensor, "b 52"]:
        tokens = self.tokens_from_points(0.5 * _normalised(points).transpose(1, 2)).transpose(1, 2)
        tokens = self.blocks(self.learned_token(self.channels_from_xy(tokens)))
        return torch.sigmoid(self.head(tokens[:, 0]))


def _normalised(points: Tensor) -> Tensor:
    """Centred, and at a mean distance of 1 from the centre."""
    centred = points - points.mean(dim=1, keepdim=True)
    distance = centred.square().sum(dim=-1, keepdim=True).sqrt()
    return centred / distance.mean(dim=1, keepdim=True)


def _mlp(channels: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))
