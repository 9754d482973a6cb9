"""Arc2Face's two networks from the files of their publisher, in a plain Stable Diffusion pipeline.

Expected below the folder: `arc2face/config.json` and `diffusion_pytorch_model.safetensors`,
`encoder/config.json` and `pytorch_model.bin`. The latter is read as tensors alone: nothing in it is
run.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from liveportrait.checkpoints.reading import read_tensors
from liveportrait.checkpoints.strict import check_fit
from liveportrait.dataset.generators.face_vectors import VECTOR_WIDTH
from liveportrait.dataset.generators.hub_models import HubModel, require_files
from liveportrait.dataset.generators.packages import Pipeline, import_diffusers, import_transformers
from liveportrait.errors import WeightsError

ARC2FACE = HubModel(
    id="FoivosPar/Arc2Face",
    revision="321709b2e9697ea2a5bd06c8a51b340592333e1e",
    licence="LicenseRef-Arc2Face",
    restrictions=(
        "its page says MIT, but it was trained on WebFace42M, is built on Stable Diffusion 1.5 and is fed by "
        "recognition networks for non-commercial research: take its pictures as for research only."
    ),
    terms="https://huggingface.co/FoivosPar/Arc2Face and https://github.com/foivospar/Arc2Face",
    files=("arc2face/*", "encoder/*"),
)
STABLE_DIFFUSION = HubModel(
    id="stable-diffusion-v1-5/stable-diffusion-v1-5",
    revision="451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
    licence="LicenseRef-CreativeML-OpenRAIL-M",
    restrictions=(
        "attachment A lists uses that are forbidden, among them harming or harassing people, deciding on "
        "their rights automatically, and exploiting what is weak in a group of them."
    ),
    terms="https://huggingface.co/spaces/CompVis/stable-diffusion-license",
    files=("vae/config.json", "vae/diffusion_pytorch_model.safetensors", "tokenizer/*", "scheduler/*"),
)

UNET_FILES = ("arc2face/config.json", "arc2face/diffusion_pytorch_model.safetensors")
ENCODER_FILES = ("encoder/config.json", "encoder/pytorch_model.bin")
BASE_FILES = (
    "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors",
    "tokenizer/vocab.json",
    "tokenizer/merges.txt",
    "scheduler/scheduler_config.json",
)


def load_pipeline(folder: Path, *, base: Path, dtype: torch.dtype) -> Pipeline:
    """Arc2Face from `folder`, all else of Stable Diffusion 1.5 from `base`; on the CPU, no safety checker."""
    require_files(folder, (*UNET_FILES, *ENCODER_FILES), model=ARC2FACE)
    require_files(base, BASE_FILES, model=STABLE_DIFFUSION)
    diffusers, transformers = import_diffusers(), import_transformers()
    unet, text_encoder = load_unet(folder), load_text_encoder(folder)
    _check_widths(text_encoder.config.hidden_size, unet.config.cross_attention_dim, folder)
    return diffusers.StableDiffusionPipeline(
        vae=diffusers.AutoencoderKL.from_pretrained(base / "vae", dtype=dtype, use_safetensors=True),
        text_encoder=text_encoder.to(dtype),
        tokenizer=transformers.CLIPTokenizer.from_pretrained(base / "tokenizer"),
        unet=unet.to(dtype),
        # By its defaults DPM-Solver++ of second order, on the noise of Stable Diffusion.
        scheduler=diffusers.DPMSolverMultistepScheduler.from_pretrained(base / "scheduler"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def load_unet(folder: Path) -> Any:
    """The denoising network, all tensors there and no other."""
    config, weights = (folder / name for name in UNET_FILES)
    unet = import_diffusers().UNet2DConditionModel.from_config(_read_config(config))
    return _filled(unet, read_tensors(weights), weights)


def load_text_encoder(folder: Path) -> Any:
    """The encoder that takes faces for words; from names of older transformers as well."""
    transformers = import_transformers()
    config_path, weights = (folder / name for name in ENCODER_FILES)
    config = transformers.CLIPTextConfig(**_read_config(config_path))
    return _filled(transformers.CLIPTextModel(config), encoder_tensors(read_tensors(weights)), weights)


def encoder_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the prefix that transformers had before 5, and without the counted-out positions."""
    renamed = {re.sub(r"^text_model\.", "", name): tensor for name, tensor in tensors.items()}
    return {name: tensor for name, tensor in renamed.items() if name != "embeddings.position_ids"}


def _check_widths(words: int, taken: int, folder: Path) -> None:
    if words != taken or words < VECTOR_WIDTH:
        raise WeightsError(
            f"{folder}: the encoder makes words of {words} numbers, the UNet takes {taken}, and a face needs "
            f"{VECTOR_WIDTH} or more. Expected both networks of one model; fetch them again."
        )


def _filled(network: Any, tensors: Mapping[str, Tensor], path: Path) -> Any:
    check_fit(network.state_dict(), tensors, path)
    network.load_state_dict(tensors)
    return network.eval().requires_grad_(requires_grad=False)


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise WeightsError(f"{path} is damaged: expected a network's settings as JSON ({fault}).") from fault
    if not isinstance(config, dict):
        raise WeightsError(f"{path} is damaged: expected a JSON object with a network's settings.")
    return config
