"""What the user may say about an export."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch

from liveportrait.engines.export_manifest import Sampling
from liveportrait.engines.protocol import ExportPrecision
from liveportrait.engines.signatures import StageName
from liveportrait.errors import SettingError

ExportStageName = StageName | Literal["animated_frame"]

EXPORT_STAGES: tuple[ExportStageName, ...] = (*get_args(StageName), "animated_frame")

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfig:
    """What is written, and in which form."""

    precision: ExportPrecision = "fp32"
    """Of features and weights; coordinates, norms and softmax are fp32 whatever is chosen."""
    unquantized: Literal["fp32", "fp16"] = "fp16"
    """What int8 and fp8 leave of the rendering: fp16 for GPUs, fp32 for CPUs."""
    sampling: Sampling = "native"
    """Of volumes; atlas is for engines without 3D GridSample, such as OpenVINO."""
    batch_size: int = 1
    """Fixed: engines choose their kernels for it. 1 has the least delay."""
    stages: tuple[ExportStageName, ...] = EXPORT_STAGES
    """Which parts; animated_frame is motion, stitching and rendering in one."""

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise SettingError(f"batch_size is {self.batch_size}; give 1 or more.")
        if self.is_quantized and self.batch_size > 1:
            raise SettingError(
                f"batch_size is {self.batch_size}; {self.precision} is calibrated picture by picture: give 1."
            )
        if not self.stages or len(set(self.stages)) < len(self.stages):
            raise SettingError(f"stages are {self.stages}; name at least one, and each once.")

    @property
    def feature_dtype(self) -> torch.dtype:
        """Of what is not quantised."""
        return _DTYPES[self.unquantized if self.is_quantized else self.precision]

    @property
    def is_quantized(self) -> bool:
        return self.precision in ("int8", "fp8")
