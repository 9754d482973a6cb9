"""What a frame would take on a graphics card at best: computed from data sheets, never measured.

Every convolution and matrix product takes as long as its multiplications at the card's peak or
its bytes at the memory's full rate, whichever is longer; so does every sampling. All else is
taken to be joined to one of these and costs nothing. No program reaches this; half of it is good.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch

from liveportrait.benchmarking.cards import CARDS, Card
from liveportrait.benchmarking.traffic import Operation, record
from liveportrait.engines.signatures import EXACT_STAGES, StageName, make_stages
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import PortraitNetworks, Preset

Form = Literal["trained", "deployed"]
"""As in the paper, or with the exact rewrites of `networks.deployment`."""

FRAME: tuple[StageName, ...] = ("motion_extractor", "stitching_network", "renderer")
"""What runs for every driven frame: M+S+W+G."""

RENDERER: tuple[StageName, ...] = ("renderer",)
"""W+G, which others publish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """One scope of one model on one card."""

    model: str
    form: Form
    scope: str
    card: str
    gmacs: float
    computed_ms: float
    """Features in fp16 with sums in fp32, motion in fp32."""
    computed_ms_fp16_sums: float
    """The same with sums in fp16."""
    unfused_traffic_ms: float
    """What the bytes of all operations take, were none joined to another: what fusion can save."""

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def gpu_floors(preset: Preset, form: Form, *, cards: Sequence[Card] = CARDS) -> list[Floor]:
    """Both scopes on every card."""
    operations = stage_operations(preset, form)
    scopes = {"renderer only (W+G)": RENDERER, "a driven frame in the networks (M+S+W+G)": FRAME}
    return [
        _floor(preset.name, form, scope, card, [item for stage in stages for item in operations[stage]])
        for scope, stages in scopes.items()
        for card in cards
    ]


def stage_operations(preset: Preset, form: Form) -> dict[StageName, list[Operation]]:
    """What each stage does for one picture, with features in fp16 and coordinates in fp32."""
    with torch.device("meta"):
        networks = PortraitNetworks(preset).eval()
    if form == "deployed":
        networks = optimize(networks, feature_dtype=torch.float16)
    found: dict[StageName, list[Operation]] = {}
    for name, stage in make_stages(networks).items():
        feature_dtype = torch.float32
        if form == "trained" and name not in EXACT_STAGES:
            stage.module.half()
            feature_dtype = torch.float16
        inputs = [
            torch.empty(
                1, *spec.shape, device="meta", dtype=feature_dtype if len(spec.shape) > 2 else torch.float32
            )
            for spec in stage.signature.inputs
        ]
        found[name] = record(lambda module=stage.module, inputs=inputs: module(*inputs))
    return found


def _floor(model: str, form: Form, scope: str, card: Card, operations: Sequence[Operation]) -> Floor:
    bytes_per_ms = card.gbytes_per_second * 1e6
    return Floor(
        model=model,
        form=form,
        scope=scope,
        card=card.name,
        gmacs=sum(operation.macs for operation in operations) / 1e9,
        computed_ms=sum(_least_ms(operation, card, card.fp16_tflops) for operation in operations),
        computed_ms_fp16_sums=sum(
            _least_ms(operation, card, card.fp16_sums_tflops) for operation in operations
        ),
        unfused_traffic_ms=sum(operation.num_bytes for operation in operations) / bytes_per_ms,
    )


def _least_ms(operation: Operation, card: Card, fp16_tflops: float) -> float:
    if not operation.macs and not operation.is_irregular:
        return 0.0
    tflops = card.fp32_tflops if operation.dtype == torch.float32 else fp16_tflops
    computing = 2 * operation.macs / (tflops * 1e9)
    return max(computing, operation.num_bytes / (card.gbytes_per_second * 1e6))
