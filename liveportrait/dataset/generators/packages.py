"""The heavy packages that draw pictures: imported where they are used, asked for by the extra's name."""

from importlib import import_module
from typing import Any, TypeAlias

from liveportrait.errors import EngineUnavailableError

Pipeline: TypeAlias = Any
"""A pipeline of diffusers, as are networks and tokenizers of both libraries `Any` here: their annotations
do not say what calls return."""


def import_diffusers() -> Any:
    """The package, with what it needs for the adapters of FLUX."""
    _import("peft")
    return _import("diffusers")


def import_transformers() -> Any:
    """The package."""
    return _import("transformers")


def import_huggingface_hub() -> Any:
    """The package."""
    return _import("huggingface_hub")


def _import(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as fault:
        raise EngineUnavailableError(
            f"Drawing pictures and writing prompts with models needs {name} ({fault}): "
            "pip install 'liveportrait[generators]'. Documents from a folder, live images of method e and "
            "prompts from templates need none of it."
        ) from fault
