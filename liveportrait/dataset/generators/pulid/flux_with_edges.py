"""FLUX.1 [dev] that takes edges beside its noise."""

from pathlib import Path

import torch

from liveportrait.checkpoints.reading import read_tensors
from liveportrait.dataset.generators.packages import Pipeline, import_diffusers
from liveportrait.dataset.generators.pulid.models import EDGE_ADAPTER
from liveportrait.errors import WeightsError


def load_flux_with_edges(folder: Path, *, edge_adapter: Path, dtype: torch.dtype) -> Pipeline:
    """FLUX.1 [dev] with its input widened for edges, on the CPU."""
    diffusers = import_diffusers()
    if not edge_adapter.is_file():
        raise WeightsError(
            f"{edge_adapter} is missing: expected {EDGE_ADAPTER.files[0]} of {EDGE_ADAPTER.id}."
        )
    # Read here: diffusers would unpickle a file that is called otherwise.
    adapter = read_tensors(edge_adapter)
    try:
        pipeline = diffusers.FluxControlPipeline.from_pretrained(folder, dtype=dtype, use_safetensors=True)
        num_inputs = pipeline.transformer.config.in_channels
        pipeline.load_lora_weights(adapter)
    except (OSError, ValueError, RuntimeError, LookupError) as fault:
        raise WeightsError(
            f"{folder} with {edge_adapter.name} makes no pipeline of FLUX with edges: {fault}"
        ) from fault
    if pipeline.transformer.config.in_channels != 2 * num_inputs:
        raise WeightsError(
            f"{edge_adapter} leaves FLUX with {pipeline.transformer.config.in_channels} inputs: expected "
            f"{2 * num_inputs}, for noise and edges side by side. Give {EDGE_ADAPTER.files[0]}."
        )
    return pipeline
