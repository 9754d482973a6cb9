"""A model on each engine that is compared, the plain reference among them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from liveportrait.engines.catalogue import ENGINE_KINDS, KINDS_ON_REQUEST, EngineKind, ranked
from liveportrait.engines.config import EngineConfig, find_device
from liveportrait.engines.protocol import EngineName, ExportPrecision
from liveportrait.errors import EngineUnavailableError
from liveportrait.portrait_model import PortraitModel, load_portrait_model


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contestant:
    """One model on one engine."""

    model: PortraitModel
    is_reference: bool = False
    label: str | None = None
    """What it is called where that is not its engine."""

    @property
    def engine(self) -> str:
        return self.label or self.model.engines.engine

    @property
    def precision(self) -> ExportPrecision:
        return self.model.engines.precision

    @property
    def device(self) -> torch.device:
        return self.model.device

    def face_engine(self, num_threads: int | None) -> EngineConfig:
        """What runs the face networks beside it: the same, in fp32."""
        name = self.model.engines.engine
        return EngineConfig(engine=name, device=str(self.device), num_threads=num_threads)

    def __str__(self) -> str:
        return f"{self.engine} {self.precision}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """All who are timed; the reference comes first and is always among them."""

    contestants: tuple[Contestant, ...]
    refusals: tuple[str, ...] = ()
    """Why others could not be had."""

    @property
    def reference(self) -> Contestant:
        return self.contestants[0]

    @property
    def chosen(self) -> Contestant:
        """What the user asked for: the last."""
        return self.contestants[-1]


def open_reference(model: str, config: EngineConfig) -> Contestant:
    """Eager PyTorch in fp32: what the others are measured against, in speed and in what they compute."""
    plain = replace(config, engine="torch", precision="fp32", exported=None)
    return Contestant(model=load_portrait_model(model, engine=plain), is_reference=True)


def open_chosen(model: str, config: EngineConfig) -> Field:
    """The reference and what was asked for."""
    reference, chosen = open_reference(model, config), load_portrait_model(model, engine=config)
    if (chosen.engines.engine, chosen.engines.precision) == ("torch", "fp32"):
        return Field(contestants=(reference,))
    return Field(contestants=(reference, Contestant(model=chosen)))


def open_all(model: str, config: EngineConfig, *, also: Sequence[EngineName] = ()) -> Field:
    """The reference and every engine in every precision that it has here; the fastest by rank comes last.

    An export that was named is compared too, on the engine that was named. `also` names engines that
    are opened by name only.
    """
    reference, device = open_reference(model, config), find_device(config.device)
    kinds = (*ENGINE_KINDS, *(kind for kind in KINDS_ON_REQUEST if kind.name in also))
    contestants = [reference]
    refusals = [f"{kind.name}: {why}" for kind in kinds if (why := kind.why_not(device)) is not None]
    for one in [*_exported(config), *_of_every_engine(kinds, config, device)]:
        try:
            opened = load_portrait_model(model, engine=one)
        except EngineUnavailableError as error:
            refusals.append(f"{one.engine} {one.exported or one.precision}: {error}")
        else:
            contestants.append(Contestant(model=opened))
    return Field(contestants=tuple(contestants), refusals=tuple(refusals))


def _exported(config: EngineConfig) -> list[EngineConfig]:
    return [config] if config.exported is not None else []


def _of_every_engine(
    kinds: Sequence[EngineKind], config: EngineConfig, device: torch.device
) -> list[EngineConfig]:
    """The slowest by rank first; the reference is not among them."""
    return [
        replace(config, engine=kind.name, precision=precision, exported=None)
        for kind, precision in reversed(ranked(kinds, device))
        if (kind.name, precision) != ("torch", "fp32")
    ]
