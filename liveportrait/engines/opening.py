"""From networks to engines: the choice, its self-test, and what is said about it."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import nn

from liveportrait.engines.catalogue import ENGINE_KINDS, KINDS_ON_REQUEST, EngineKind, ranked
from liveportrait.engines.config import EngineConfig, devices_to_try
from liveportrait.engines.protocol import Engine, EngineName, Precision, Signature
from liveportrait.engines.self_test import self_test
from liveportrait.engines.signatures import EXACT_STAGES, Stage, StageName, make_stages
from liveportrait.errors import EngineUnavailableError, LivePortraitError, SettingError
from liveportrait.networks.presets import PortraitNetworks

log = logging.getLogger(__name__)

_Name = TypeVar("_Name", bound=str)
_Engines = TypeVar("_Engines")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSet:
    """The stages of a model, each on its engine."""

    engine: EngineName
    precision: Precision
    device: torch.device
    stages: Mapping[StageName, Engine]

    def __getitem__(self, stage: StageName) -> Engine:
        return self.stages[stage]

    def close(self) -> None:
        for engine in self.stages.values():
            engine.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    kind: EngineKind
    precision: Precision
    device: torch.device
    num_threads: int | None

    def __str__(self) -> str:
        return f"{self.kind.name} in {self.precision} on {self.device}"


def open_engines(networks: PortraitNetworks, *, config: EngineConfig | None = None) -> EngineSet:
    """All stages of a model on the engine that was asked for, or on the best that works here."""
    trained = make_stages(networks)

    def open_stages(choice: _Choice) -> dict[StageName, Engine]:
        prepared = make_stages(choice.kind.prepare(networks, choice.precision))
        return _open_all(prepared, trained, choice)

    choice, engines = _open_first(open_stages, config or EngineConfig(), what=networks.preset.name)
    return EngineSet(
        engine=choice.kind.name, precision=choice.precision, device=choice.device, stages=engines
    )


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
    fp32 = replace(config, precision="fp32")

    def open_alone(choice: _Choice) -> dict[str, Engine]:
        alone = 1 if choice.kind.has_own_threads else None
        return _open_all(stages, stages, replace(choice, num_threads=choice.num_threads or alone))

    _, engines = _open_first(open_alone, fp32, what=signature.name)
    return engines[signature.name]


def _open_first(
    open_with: Callable[[_Choice], _Engines], config: EngineConfig, *, what: str
) -> tuple[_Choice, _Engines]:
    """The first choice that opens and passes its self-test; what was asked for is not replaced."""
    choices = _choices(config)
    refusals: list[str] = []
    for choice in choices:
        try:
            engines = open_with(choice)
        except EngineUnavailableError as fault:
            if len(choices) == 1:
                raise
            log.warning("Engine passed over: %s", fault)
            log.debug("It came of this:", exc_info=fault)
            refusals.append(str(fault))
            continue
        log.info("Engine of %s: %s", what, choice)
        return choice, engines
    raise EngineUnavailableError("No engine works here: " + " ".join(refusals))


def _open_all(
    stages: Mapping[_Name, Stage], trained: Mapping[_Name, Stage], choice: _Choice
) -> dict[_Name, Engine]:
    engines: dict[_Name, Engine] = {}
    try:
        for name, stage in stages.items():
            with _faults_as_refusals(choice, stage.signature.name):
                engines[name] = choice.kind.open(
                    stage.module, stage.signature, device=choice.device, num_threads=choice.num_threads
                )
                _check(engines[name], trained[name], choice)
    except BaseException:
        for engine in engines.values():
            engine.close()
        raise
    return engines


@contextmanager
def _faults_as_refusals(choice: _Choice, stage: str) -> Iterator[None]:
    """What a library raises while it converts, compiles or first runs a network, as a refusal.

    Compilers, exporters, drivers and full memories have no exception in common. What is raised on purpose
    here, and our own `assert`s, pass through.
    """
    try:
        yield
    except (LivePortraitError, AssertionError):
        raise
    except Exception as fault:
        reason, *_ = [*str(fault).strip().splitlines(), "it gives no reason"]
        raise EngineUnavailableError(
            f"{choice} cannot run the {stage} on this machine ({type(fault).__name__}: {reason}). "
            "Choose another engine, precision or device."
        ) from fault


def _check(engine: Engine, trained: Stage, choice: _Choice) -> None:
    precision = "fp32" if trained.signature.name in EXACT_STAGES else choice.precision
    if choice.kind.is_reference and precision == "fp32" and choice.device.type == "cpu":
        return
    fault = self_test(engine, trained.module, precision=precision)
    if fault is not None:
        raise EngineUnavailableError(
            f"{choice} computes wrongly on this machine: {fault}. Choose another precision or engine."
        )


def _choices(config: EngineConfig) -> list[_Choice]:
    """What may be tried, the best first; never empty."""
    devices = devices_to_try(config.device)
    kinds = _kinds(config)
    choices = [
        _Choice(kind=kind, precision=precision, device=device, num_threads=config.num_threads)
        for device in devices
        for kind, precision in ranked(kinds, device)
        if config.precision in ("auto", precision)
    ]
    if not choices:
        raise EngineUnavailableError(" ".join(_why_none(kinds, config, device) for device in devices))
    return choices


def _kinds(config: EngineConfig) -> Sequence[EngineKind]:
    if config.engine == "auto":
        return ENGINE_KINDS
    return [kind for kind in (*ENGINE_KINDS, *KINDS_ON_REQUEST) if kind.name == config.engine]


def _why_none(kinds: Sequence[EngineKind], config: EngineConfig, device: torch.device) -> str:
    reasons = [f"{kind.name}: {_why_not(kind, config, device)}" for kind in kinds]
    return f"{config.engine} in {config.precision} on {device} cannot be had. " + " ".join(reasons)


def _why_not(kind: EngineKind, config: EngineConfig, device: torch.device) -> str:
    return kind.why_not(device) or (
        f"it computes in {' or '.join(kind.precisions(device))} here, not in {config.precision}; "
        "choose one of these, or auto."
    )
