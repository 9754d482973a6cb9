"""Engines are tried in turn: what does not open, or does not compute what was trained, is passed over."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch

from liveportrait.engines.catalogue import EngineKind
from liveportrait.engines.protocol import Engine, ExportPrecision
from liveportrait.engines.self_test import self_test
from liveportrait.engines.signatures import EXACT_STAGES, Stage
from liveportrait.errors import EngineUnavailableError, LivePortraitError

logger = logging.getLogger(__name__)

_Name = TypeVar("_Name", bound=str)
_Engines = TypeVar("_Engines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One engine in one precision on one device."""

    kind: EngineKind
    precision: ExportPrecision
    device: torch.device
    num_threads: int | None

    def __str__(self) -> str:
        return f"{self.kind.name} in {self.precision} on {self.device}"


def open_first(
    choices: Sequence[Choice], open_with: Callable[[Choice], _Engines], *, what: str
) -> tuple[Choice, _Engines]:
    """The first choice that opens and passes its self-test; an only choice is not replaced."""
    refusals: list[str] = []
    for choice in choices:
        try:
            engines = open_with(choice)
        except EngineUnavailableError as fault:
            if len(choices) == 1:
                raise
            logger.warning("Engine passed over: %s", fault)
            logger.debug("It came of this:", exc_info=fault)
            refusals.append(str(fault))
            continue
        logger.info("Engine of %s: %s", what, choice)
        return choice, engines
    raise EngineUnavailableError("No engine works here: " + " ".join(refusals))


def open_all(
    openers: Mapping[_Name, Callable[[], Engine]], trained: Mapping[_Name, Stage], choice: Choice
) -> dict[_Name, Engine]:
    """All networks of a model on one choice, each compared with its trained form; or none stays open."""
    engines: dict[_Name, Engine] = {}
    try:
        for name, open_one in openers.items():
            with _faults_as_refusals(choice, trained[name].signature.name):
                engines[name] = open_one()
                _check(engines[name], trained[name], choice)
    except BaseException:
        for engine in engines.values():
            engine.close()
        raise
    return engines


@contextmanager
def _faults_as_refusals(choice: Choice, stage: str) -> Iterator[None]:
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


def _check(engine: Engine, trained: Stage, choice: Choice) -> None:
    precision = "fp32" if trained.signature.name in EXACT_STAGES else choice.precision
    if choice.kind.is_reference and precision == "fp32" and choice.device.type == "cpu":
        return
    fault = self_test(engine, trained.module, precision=precision)
    if fault is not None:
        raise EngineUnavailableError(
            f"{choice} computes wrongly on this machine: {fault}. Choose another precision or engine."
        )
