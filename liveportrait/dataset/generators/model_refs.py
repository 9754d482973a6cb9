"""This library's own models as a dataset's record names them."""

import hashlib
from collections.abc import Sequence

import liveportrait
from liveportrait.checkpoints.catalogue import NAMED_MODELS, summarise_model, verify_model
from liveportrait.dataset.schema.images import ModelRef


def portrait_model_ref(model: str) -> ModelRef:
    """`mini`, `human`, `animal` or the path of a model; its files are hashed, half a second a gigabyte."""
    summary = summarise_model(model)
    licence = summary.provenance.licence
    is_named = model in NAMED_MODELS
    return ModelRef(
        id=f"liveportrait/{model if is_named else summary.preset}",
        revision=liveportrait.__version__ if is_named else None,
        sha256=joint_sha256([check.sha256 or "" for check in verify_model(model)]),
        licence=licence.spdx,
        restrictions=None if licence.commercial_use else "no commercial use",
    )


def joint_sha256(hashes: Sequence[str]) -> str:
    """Of several files: the file's own where it is one, else that of the sorted hashes, one a line."""
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
