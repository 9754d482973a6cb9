"""From networks to engines: what may be tried, and in which order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import torch
from torch import nn

from liveportrait.engines.catalogue import ENGINE_KINDS, KINDS_ON_REQUEST, EngineKind, ranked
from liveportrait.engines.config import EngineConfig, devices_to_try
from liveportrait.engines.export_manifest import read_manifest
from liveportrait.engines.exported_networks import read_stage
from liveportrait.engines.protocol import Engine, EngineName, ExportPrecision, Signature
from liveportrait.engines.signatures import Stage, StageName, make_stages
from liveportrait.engines.trials import Choice, open_all, open_first
from liveportrait.errors import EngineUnavailableError, SettingError
from liveportrait.networks.presets import PortraitNetworks


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSet:
    """The stages of a model, each on its engine."""

    engine: EngineName
    precision: ExportPrecision
    """int8 and fp8 come with an export only."""
    device: torch.device
    stages: Mapping[StageName, Engine]

    def __getitem__(self, stage: StageName) -> Engine:
        return self.stages[stage]

    def close(self) -> None:
        for engine in self.stages.values():
            engine.close()


def open_engines(networks: PortraitNetworks, *, config: EngineConfig | None = None) -> EngineSet:
    """All stages of a model on the engine that was asked for, or on the best that works here."""
    config = config or EngineConfig()
    trained = make_stages(networks)
    if config.exported is not None:
        return _open_export(config.exported, trained, config, model=networks.preset.name)

    def open_stages(choice: Choice) -> dict[StageName, Engine]:
        assert choice.precision in ("fp32", "bf16", "fp16")
        prepared = make_stages(choice.kind.prepare(networks, choice.precision))
        openers: dict[StageName, Callable[[], Engine]] = {
            name: partial(
                choice.kind.open,
                stage.module,
                stage.signature,
                device=choice.device,
                num_threads=choice.num_threads,
            )
            for name, stage in prepared.items()
        }
        return open_all(openers, trained, choice)

    return _engine_set(*open_first(_choices(config), open_stages, what=networks.preset.name))


def open_module_engine(
    module: nn.Module, signature: Signature, *, config: EngineConfig | None = None
) -> Engine:
    """A small network on an engine, in fp32; the module's tensors have the order of the signature.

    It gets one core of a CPU unless the configuration says more: a second one would save a quarter of
    three milliseconds, cost as much again, and be missed by the networks that draw.
    """
    config = config or EngineConfig()
    if config.precision not in ("auto", "fp32"):
        raise SettingError(f"The {signature.name} runs in fp32, not in {config.precision}; say auto or fp32.")
    stages = {signature.name: Stage(signature=signature, module=module)}
    fp32 = replace(config, precision="fp32", exported=None)

    def open_alone(choice: Choice) -> dict[str, Engine]:
        alone = 1 if choice.kind.has_own_threads else None
        num_threads = choice.num_threads or alone
        opener = partial(choice.kind.open, module, signature, device=choice.device, num_threads=num_threads)
        return open_all({signature.name: opener}, stages, choice)

    _, engines = open_first(_choices(fp32), open_alone, what=signature.name)
    return engines[signature.name]


def _open_export(
    folder: Path, trained: Mapping[StageName, Stage], config: EngineConfig, *, model: str
) -> EngineSet:
    """The graphs of an export in place of networks; they pass the same self-test, or are refused."""
    manifest = read_manifest(folder)
    written = {name: stage.signature for name, stage in manifest.stages.items() if name in trained}
    if written != {name: stage.signature for name, stage in trained.items()}:
        raise SettingError(
            f"{folder} holds {', '.join(manifest.stages)} of {manifest.model}; to run {model}, all its "
            "stages are needed as this version has them. Export it again, with --stages left out."
        )

    def open_graphs(choice: Choice) -> dict[StageName, Engine]:
        open_graph = choice.kind.open_graph
        assert open_graph is not None

        def open_stage(name: StageName) -> Engine:
            graph = read_stage(folder, manifest, name)
            return open_graph(graph, device=choice.device, num_threads=choice.num_threads)

        return open_all({name: partial(open_stage, name) for name in trained}, trained, choice)

    choices = _choices_of_graphs(config, manifest.precision)
    return _engine_set(*open_first(choices, open_graphs, what=model))


def _engine_set(choice: Choice, stages: Mapping[StageName, Engine]) -> EngineSet:
    return EngineSet(engine=choice.kind.name, precision=choice.precision, device=choice.device, stages=stages)


def _choices(config: EngineConfig) -> list[Choice]:
    """What may be tried, the best first; never empty."""
    kinds = _kinds(config)
    choices = [
        Choice(kind=kind, precision=precision, device=device, num_threads=config.num_threads)
        for device in devices_to_try(config.device)
        for kind, precision in ranked(kinds, device)
        if config.precision in ("auto", precision)
    ]
    return choices or _refuse(kinds, config)


def _choices_of_graphs(config: EngineConfig, precision: ExportPrecision) -> list[Choice]:
    """The same for an export, whose precision is in its graphs."""
    kinds = [kind for kind in _kinds(config) if kind.open_graph is not None]
    if not kinds:
        readers = ", ".join(kind.name for kind in ENGINE_KINDS if kind.open_graph is not None)
        raise SettingError(f"{config.engine} reads no exported graphs; choose auto or one of {readers}.")
    choices = [
        Choice(kind=kind, precision=precision, device=device, num_threads=config.num_threads)
        for device in devices_to_try(config.device)
        for kind in kinds
        if kind.why_not(device) is None
    ]
    return choices or _refuse(kinds, config)


def _kinds(config: EngineConfig) -> Sequence[EngineKind]:
    if config.engine == "auto":
        return ENGINE_KINDS
    return [kind for kind in (*ENGINE_KINDS, *KINDS_ON_REQUEST) if kind.name == config.engine]


def _refuse(kinds: Sequence[EngineKind], config: EngineConfig) -> NoReturn:
    devices = devices_to_try(config.device)
    raise EngineUnavailableError(" ".join(_why_none(kinds, config, device) for device in devices))


def _why_none(kinds: Sequence[EngineKind], config: EngineConfig, device: torch.device) -> str:
    reasons = [f"{kind.name}: {_why_not(kind, config, device)}" for kind in kinds]
    return f"{config.engine} in {config.precision} on {device} cannot be had. " + " ".join(reasons)


def _why_not(kind: EngineKind, config: EngineConfig, device: torch.device) -> str:
    return kind.why_not(device) or (
        f"it computes in {' or '.join(kind.precisions(device))} here, not in {config.precision}; "
        "choose one of these, or auto."
    )
