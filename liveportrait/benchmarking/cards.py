"""Peak rates of graphics cards, as their vendor states them: dense, at boost clock. Nothing is measured."""

from dataclasses import dataclass

_ADA = "NVIDIA Ada GPU architecture whitepaper, appendix A"
_AMPERE = "NVIDIA Ampere GA102 GPU architecture whitepaper, tables 2 and 3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card could do at best."""

    name: str
    capability: str
    """Compute capability: the generation that code is compiled for."""
    fp16_tflops: float
    """Tensor cores on fp16 with sums in fp32: PyTorch's and cuDNN's convolutions."""
    fp16_sums_tflops: float
    """The same with sums in fp16, as TensorRT may choose; twice as fast on GeForce cards only."""
    fp32_tflops: float
    """Without tensor cores, which would round to ten bits."""
    gbytes_per_second: float
    source: str


CARDS: tuple[Card, ...] = (
    Card(
        name="RTX 3060 12GB",
        capability="8.6",
        fp16_tflops=25.5,
        fp16_sums_tflops=51.0,
        fp32_tflops=12.7,
        gbytes_per_second=360.0,
        source=f"28 SMs at 1777 MHz (NVIDIA's product page), operations an SM and clock: {_AMPERE}",
    ),
    Card(
        name="RTX 3090",
        capability="8.6",
        fp16_tflops=71.0,
        fp16_sums_tflops=142.0,
        fp32_tflops=35.6,
        gbytes_per_second=936.0,
        source=_AMPERE,
    ),
    Card(
        name="RTX 4090",
        capability="8.9",
        fp16_tflops=165.2,
        fp16_sums_tflops=330.3,
        fp32_tflops=82.6,
        gbytes_per_second=1008.0,
        source=_ADA,
    ),
    Card(
        name="RTX 5090",
        capability="12.0",
        fp16_tflops=209.5,
        fp16_sums_tflops=419.0,
        fp32_tflops=104.8,
        gbytes_per_second=1792.0,
        source="NVIDIA RTX Blackwell GPU architecture whitepaper, appendix A",
    ),
    Card(
        name="L4",
        capability="8.9",
        fp16_tflops=121.0,
        fp16_sums_tflops=121.0,
        fp32_tflops=30.3,
        gbytes_per_second=300.0,
        source="NVIDIA L4 data sheet (half of the figure with sparsity)",
    ),
    Card(
        name="A100 SXM 80GB",
        capability="8.0",
        fp16_tflops=312.0,
        fp16_sums_tflops=312.0,
        fp32_tflops=19.5,
        gbytes_per_second=2039.0,
        source="NVIDIA A100 data sheet",
    ),
    Card(
        name="H100 SXM",
        capability="9.0",
        fp16_tflops=989.0,
        fp16_sums_tflops=989.0,
        fp32_tflops=67.0,
        gbytes_per_second=3350.0,
        source="NVIDIA H100 data sheet (half of the figure with sparsity)",
    ),
)
