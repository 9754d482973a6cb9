"""This library's own models as a dataset's record names them."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import liveportrait
from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.checkpoints.catalogue import NAMED_MODELS, place_of, summarise_model, verify_model
from liveportrait.checkpoints.manifest import read_manifest, sha256_of
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.portrait_model import expression_space_file


def portrait_model_refs(model: str) -> tuple[ModelRef, ...]:
    """`mini`, `human`, `animal` or the path of a model: its networks, and what its sliders mean where that is
    a file of its own. All are hashed, half a second a gigabyte."""
    summary = summarise_model(model)
    licence = summary.provenance.licence
    is_named = model in NAMED_MODELS
    networks = ModelRef(
        id=f"liveportrait/{model if is_named else summary.preset}",
        revision=liveportrait.__version__ if is_named else None,
        sha256=joint_sha256([check.sha256 or "" for check in verify_model(model)]),
        licence=licence.spdx,
        restrictions=None if licence.commercial_use else "no commercial use",
    )
    space = expression_space_file(summary.preset, place_of(model).path)
    if space is None:
        return (networks,)
    return (networks, replace(networks, id=f"{networks.id}/{space.stem}", sha256=sha256_of(space)))


def face_analyser_ref() -> ModelRef:
    """What finds faces here, for crops as for measures: its bundled files together."""
    files = [known for known in read_manifest().bundled if known.path.startswith("face/")]
    return ModelRef(
        id="liveportrait/face-analyser",
        sha256=joint_sha256([sha256_of(bundled_weights_dir() / known.path) for known in files]),
        licence=" AND ".join(dict.fromkeys(known.licence.spdx for known in files)),
    )


def joint_sha256(hashes: Sequence[str]) -> str:
    """Of several files: the file's own where it is one, else that of the sorted hashes, one a line."""
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
