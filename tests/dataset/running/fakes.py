"""Generators and measurers that draw a few pixels in no time, and fail when they are told to."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.embeddings import Recogniser
from liveportrait.dataset.generators.protocol import (
    DocumentRequest,
    GeneratedImage,
    GenerationError,
    LiveMethod,
    LiveRequest,
)
from liveportrait.dataset.ids import unit_draw
from liveportrait.dataset.measuring.protocol import Measurement, PersonVector
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.schema.images import FaceFigures, ModelRef
from liveportrait.errors import NoFaceError

SIZE_PX = 24
FAKE_MODEL = ModelRef(id="fake", sha256="00" * 32, licence="MIT")
FACELESS = 7
"""A document whose first pixel has this level of red shows no face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeDocumentsConfig:
    """Noise from the seed."""

    faceless_rate: float = 0.0
    failure_rate: float = 0.0
    """Of attempts."""

    def open(self) -> "FakeDocuments":
        return FakeDocuments(self)


@dataclass(frozen=True, slots=True)
class FakeDocuments:
    config: FakeDocumentsConfig

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (FAKE_MODEL,)

    def draw(self, request: DocumentRequest) -> GeneratedImage:
        if unit_draw(request.seed, "fail") < self.config.failure_rate:
            raise GenerationError("the fake was told to fail")
        frame = noise(request.seed)
        is_faceless = unit_draw(request.seed, "faceless") < self.config.faceless_rate
        frame[0, 0, 0] = FACELESS if is_faceless else 200
        return GeneratedImage(frame=frame)

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeLiveConfig:
    """The document with a little noise."""

    name: LiveMethod = "e"
    seconds: float = 0.0
    """That each image takes."""
    failure_rate: float = 0.0
    """Of attempts."""
    crash_rate: float = 0.0
    """Of attempts; with an error that is none of ours."""
    breaks_batches: bool = False
    model: ModelRef = FAKE_MODEL
    weights: Path | None = None
    gate: Path | None = None
    """A file that each image waits for."""

    @property
    def method(self) -> LiveMethod:
        return self.name

    def open(self) -> "FakeLive":
        return FakeLive(self)


class FakeLive:
    def __init__(self, config: FakeLiveConfig) -> None:
        self.config = config
        self.method: LiveMethod = config.method

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return (self.config.model,)

    def prepare(self, document: FrameRGB) -> "FakeSitter":
        if document[0, 0, 0] == FACELESS:
            raise NoFaceError("the fake sees no face")
        return FakeSitter(document, self.config)

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class FakeSitter:
    document: FrameRGB
    config: FakeLiveConfig

    def draw(self, requests: Sequence[LiveRequest]) -> list[GeneratedImage]:
        if len(requests) > 1 and self.config.breaks_batches:
            raise RuntimeError("out of memory")
        return [self._draw(request) for request in requests]

    def _draw(self, request: LiveRequest) -> GeneratedImage:
        time.sleep(self.config.seconds)
        _wait_for(self.config.gate)
        if unit_draw(request.seed, "fail") < self.config.failure_rate:
            raise GenerationError("the fake was told to fail")
        if unit_draw(request.seed, "crash") < self.config.crash_rate:
            raise ZeroDivisionError("the fake was told to crash")
        base = self.document if request.guide is None else request.guide
        return GeneratedImage(frame=(base // 2 + noise(request.seed) // 4).astype(np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeMeasuringConfig:
    """Four numbers of the picture as the person."""

    num_faces: int = 1

    @property
    def vectors_by(self) -> Recogniser | None:
        return Recogniser(name="fake", weights_sha256="00" * 32, licence="MIT")

    def open(self) -> "FakeMeasurer":
        return FakeMeasurer(self)


class FakeMeasurer:
    def __init__(self, config: FakeMeasuringConfig) -> None:
        self._config = config

    models: tuple[ModelRef, ...] = ()

    def measure(self, frame: FrameRGB, *, document: PersonVector | None) -> Measurement:
        if frame[0, 0, 0] == FACELESS:
            return Measurement(figures=FaceFigures(num_faces=0), person=None)
        person = frame[:2, :2].astype(np.float32).mean(axis=2).ravel() + 1
        person /= np.linalg.norm(person)
        same = None if document is None else float(person @ document)
        return Measurement(
            figures=FaceFigures(num_faces=self._config.num_faces, identity_cosine=same), person=person
        )


def _wait_for(gate: Path | None) -> None:
    deadline = time.monotonic() + 120
    while gate is not None and not gate.exists():
        time.sleep(0.01)
        if time.monotonic() > deadline:
            raise SystemExit(f"nobody opened {gate}")


def noise(seed: int) -> FrameRGB:
    return np.random.default_rng(seed).integers(0, 256, (SIZE_PX, SIZE_PX, 3), dtype=np.uint8)


RECIPE = Recipe(
    documents=FakeDocumentsConfig(),
    live=(FakeLiveConfig(),),
    measuring=FakeMeasuringConfig(),
    shard_identities=4,
)
ONE_WORKER = Execution(num_workers=1, num_threads=1, max_failure_rate=1.0)
TWO_WORKERS = replace(ONE_WORKER, num_workers=2)
