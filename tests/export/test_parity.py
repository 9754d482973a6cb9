"""The report finds what is wrong with an engine, and says it in every form."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import cv2
import pytest
import torch
from torch import Tensor

from liveportrait.engines.protocol import Engine, Signature
from liveportrait.engines.signatures import make_stages
from liveportrait.engines.torch_engine import TorchEngine
from liveportrait.errors import EngineUnavailableError
from liveportrait.export.parity import (
    Candidate,
    ParityReport,
    compare,
    count_rendering_macs,
    engine_candidates,
    exported_candidate,
    psnr_db,
    spot_error,
)
from liveportrait.export.parity_report import parity_table, save_parity
from liveportrait.export.recording import Recording
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import PortraitNetworks

CPU = torch.device("cpu")


class Faulty:
    """Adds an error to one output in one call."""

    def __init__(self, engine: Engine, output: str, *, error: float, in_call: int) -> None:
        self._engine, self._output, self._error, self._left = engine, output, error, in_call

    @property
    def signature(self) -> Signature:
        return self._engine.signature

    @property
    def device(self) -> torch.device:
        return self._engine.device

    def __call__(
        self, inputs: Mapping[str, Tensor], *, outputs: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        results = self._engine(inputs)
        self._left -= 1
        if self._left == -1:
            results[self._output] = results[self._output] + self._error
        return results

    def close(self) -> None: ...


def candidate_of(networks: PortraitNetworks, **faulty: tuple[str, float, int]) -> Candidate:
    """PyTorch itself, with faults: stage=(output, error, in which call)."""

    def open_stages() -> dict[str, Engine]:
        engines: dict[str, Engine] = {
            name: TorchEngine(stage.module, stage.signature, device=CPU)
            for name, stage in make_stages(networks).items()
        }
        for stage, (output, error, call) in faulty.items():
            engines[stage] = Faulty(engines[stage], output, error=error, in_call=call)
        return engines

    return Candidate(label="a candidate", precision="fp32", open=open_stages, macs=1)


def absent() -> dict[str, Engine]:
    raise EngineUnavailableError("it is not here")


@pytest.fixture(scope="module")
def report(networks: PortraitNetworks, recording: Recording) -> ParityReport:
    candidates = [
        candidate_of(networks),
        candidate_of(networks, renderer=("image", 0.01, 1)),
        candidate_of(networks, motion_extractor=("expression", 0.01, 2)),
        candidate_of(networks, renderer=("image", math.nan, 1), motion_extractor=("expression", math.nan, 2)),
        Candidate(label="absent", precision="fp32", open=absent, macs=1),
    ]
    return compare(networks, recording, candidates)


def test_the_network_equals_itself(report: ParityReport) -> None:
    sound = report.rows[0]
    assert sound.is_correct
    assert (sound.keypoint_error, sound.worst_psnr_db) == (0.0, 150.0)
    assert set(sound.stages.values()) == {0.0}


def test_the_worst_frame_is_found(report: ParityReport) -> None:
    faulty = report.rows[1]
    assert not faulty.is_correct
    assert faulty.worst_frame == 1
    assert faulty.worst_psnr_db == pytest.approx(40, abs=0.1)
    assert (faulty.worst_picture - faulty.true_picture).abs().max() == pytest.approx(0.01, abs=1e-5)
    assert faulty.psnr_db > faulty.worst_psnr_db


def test_what_is_no_number_is_never_correct(report: ParityReport) -> None:
    """Neither in the first frame nor later: a maximum passes over NaN, and `min(150.0, nan)` is 150."""
    faulty = report.rows[3]
    assert faulty.worst_frame == 1
    assert faulty.worst_psnr_db < 0
    assert min(faulty.spot_error, faulty.keypoint_error, *faulty.stages.values()) >= 0
    assert faulty.spot_error > 100 and faulty.keypoint_error > 100
    assert faulty.stages["renderer"] > 100
    assert not faulty.is_correct


def test_keypoints_that_are_off_are_found_whatever_the_picture(report: ParityReport) -> None:
    faulty = report.rows[2]
    assert faulty.worst_psnr_db == 150.0
    assert faulty.keypoint_error > 0.01
    assert not faulty.is_correct


def test_what_cannot_be_opened_is_told(report: ParityReport) -> None:
    assert report.refusals == ("absent: it is not here",)


def test_the_report_is_written_in_three_forms(report: ParityReport, tmp_path: Path) -> None:
    save_parity(report, tmp_path / "new")
    facts = json.loads((tmp_path / "new" / "parity.json").read_text())
    assert [row["is_correct"] for row in facts["rows"]] == [True, False, False, False]
    table = (tmp_path / "new" / "parity.md").read_text()
    assert table == parity_table(report)
    assert "40.0 (frame 1)" in table and "it is not here" in table
    picture = cv2.imread(str(tmp_path / "new" / "parity.png"))
    assert picture is not None and picture.shape == (4 * (256 + 20), 3 * 256, 3)


def test_an_export_is_compared_as_engines_are(
    networks: PortraitNetworks, recording: Recording, plain_export: Path
) -> None:
    (row,) = compare(networks, recording, [exported_candidate(plain_export, num_threads=1)]).rows
    assert row.is_correct
    assert "animated_frame" in row.stages and row.stages["animated_frame"] < 1e-3


def test_every_engine_here_is_a_candidate(networks: PortraitNetworks) -> None:
    labels = [candidate.label for candidate in engine_candidates(networks)]
    assert "torch fp32" in labels and "onnxruntime fp32" in labels


def test_macs_are_those_of_the_form_that_runs(networks: PortraitNetworks) -> None:
    assert count_rendering_macs(optimize(networks)) < count_rendering_macs(networks)


def test_a_spot_is_seen_in_a_picture_that_is_right_elsewhere() -> None:
    true = torch.zeros(1, 3, 256, 256)
    found = true.clone()
    found[..., 100:108, 50:58] = 0.2
    assert psnr_db(found, true) > 40
    assert spot_error(found, true) == pytest.approx(0.2)


def test_psnr_of_known_errors() -> None:
    black = torch.zeros(1, 3, 4, 4)
    assert psnr_db(black + 0.1, black) == pytest.approx(20)
    assert psnr_db(black, black) == 150.0
    assert psnr_db(black + 0.1, black, peak=10.0) == pytest.approx(40)
