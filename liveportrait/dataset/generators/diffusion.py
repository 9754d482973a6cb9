"""What every pipeline of diffusers needs here: a device and a precision, and frames out of what it draws."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.generators.packages import Pipeline
from liveportrait.dataset.generators.protocol import GenerationError
from liveportrait.engines.config import find_device
from liveportrait.errors import SettingError
from liveportrait.pixels import frame_from_image

WeightPrecision: TypeAlias = Literal["fp32", "fp16", "bf16"]
Residence: TypeAlias = Literal["device", "model-offload", "layer-offload"]
"""All weights on the device; one network at a time; one layer at a time, which needs least memory and is
slowest. The offloads are accelerate's, for GPUs."""

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionRuntime:
    """Where a pipeline runs. Another one may give other pictures for the same seed, alike but not equal."""

    device: str = "auto"
    """cpu, cuda, cuda:1, mps; auto takes a GPU where there is one."""
    precision: WeightPrecision | None = None
    """None takes what the model was published in on a GPU, and fp32 on the CPU."""
    residence: Residence = "device"

    def found_device(self) -> torch.device:
        """The device, if this machine has it."""
        device = find_device(self.device)
        if self.residence != "device" and device.type == "cpu":
            raise SettingError(
                f"residence {self.residence} moves weights to a GPU when they are needed; device is cpu. "
                "Leave it at device."
            )
        return device

    def dtype(self, *, published: WeightPrecision) -> torch.dtype:
        """The precision of weights and noise."""
        return dtype_on(self.found_device(), precision=self.precision, published=published)


def dtype_on(
    device: torch.device, *, precision: WeightPrecision | None, published: WeightPrecision
) -> torch.dtype:
    """The precision that was asked for, or the published one on a GPU and fp32 on the CPU."""
    if precision is not None:
        return _DTYPES[precision]
    return torch.float32 if device.type == "cpu" else _DTYPES[published]


def place(pipeline: Pipeline, runtime: DiffusionRuntime) -> None:
    """Put the pipeline where it runs; afterwards it draws no progress bar."""
    device = runtime.found_device()
    match runtime.residence:
        case "device":
            pipeline.to(device)
        case "model-offload":
            pipeline.enable_model_cpu_offload(device=device)
        case "layer-offload":
            pipeline.enable_sequential_cpu_offload(device=device)
    pipeline.set_progress_bar_config(disable=True)


def frames_of(images: Float[Tensor, "b 3 h w"]) -> list[FrameRGB]:
    """What a pipeline drew, 0..1, as frames; numbers that are none mean that the draw failed."""
    if not bool(torch.isfinite(images).all()):
        raise GenerationError(
            "The pipeline drew no picture but numbers that are none. Another seed may do; where many fail, "
            "give precision bf16 or fp32."
        )
    return [frame_from_image(image[None]) for image in images]
