"""The benchmark, on a tiny model."""

import json
import statistics
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from liveportrait.benchmarking import contestants
from liveportrait.benchmarking.benchmark import BenchmarkConfig, run_benchmark
from liveportrait.benchmarking.contestants import Contestant, Field, open_chosen
from liveportrait.benchmarking.counting import count_macs
from liveportrait.benchmarking.file_row import time_animate
from liveportrait.benchmarking.network_rows import psnr_over_range_db, time_networks
from liveportrait.benchmarking.pipeline import WHOLE, Run
from liveportrait.benchmarking.pipeline_turns import time_in_turns
from liveportrait.benchmarking.report import BenchmarkReport, save_report
from liveportrait.benchmarking.scene import SceneFiles, make_scene
from liveportrait.benchmarking.start_up import time_start_up
from liveportrait.benchmarking.timing import Stopwatch, TimingConfig, percentile, timing_of
from liveportrait.cli.main import main
from liveportrait.engines.catalogue import KINDS_ON_REQUEST
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.protocol import EngineName, ExportPrecision
from liveportrait.errors import SettingError
from liveportrait.export.parity import count_rendering_macs
from liveportrait.machine import gpu_facts, this_machine
from liveportrait.media.settings import H264Settings
from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import TINY
from liveportrait.portrait_model import PortraitModel
from tests.portraits import portrait, swaying, write_picture, write_video
from tests.random_networks import random_networks

PLAIN = EngineConfig(engine="torch", precision="fp32", device="cpu")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> SceneFiles:
    folder = tmp_path_factory.mktemp("scene")
    source = write_picture(folder / "source.png", portrait())
    return SceneFiles(source=source, driving=write_video(folder / "driving.mp4", swaying(6)))


class TestTiming:
    def test_percentiles_are_values_that_occurred(self) -> None:
        values = [float(value) for value in range(1, 101)]
        assert percentile(values, 0.95) == 95
        assert percentile(values, 0.99) == 99
        assert percentile([3.0, 1.0, 2.0], 0.95) == 3
        assert percentile([7.0], 0.5) == 7

    def test_a_summary_of_known_times(self) -> None:
        timing = timing_of([4.0, 1.0, 2.0], core_ms=5.0, warm_up=2)
        assert (timing.median_ms, timing.least_ms, timing.mean_ms) == (2, 1, pytest.approx(7 / 3))
        assert (timing.num_calls, timing.warm_up, timing.core_ms) == (3, 2, 5)
        assert timing.mean_uncertainty_ms == pytest.approx(1.96 * (7 / 3) ** 0.5 / 3**0.5)
        assert timing.first_ms is None
        assert timing_of([4.0], core_ms=5.0, warm_up=0).mean_uncertainty_ms is None

    def test_warm_up_calls_do_not_count(self) -> None:
        calls: list[int] = []
        watch = Stopwatch(lambda: calls.append(1), device=torch.device("cpu"))
        watch.warm_up(3)
        watch.measure(4)
        assert len(calls) == 7
        assert watch.timing().num_calls == 4
        assert watch.timing().warm_up == 3

    def test_the_first_call_is_told_by_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where an engine compiles for 5 s; the warm-up keeps it out of the rest."""
        calls: list[int] = []
        clock = SimpleNamespace(
            perf_counter=lambda: 5.0 * bool(calls) + 0.03 * len(calls), process_time=lambda: 0.0
        )
        monkeypatch.setattr("liveportrait.benchmarking.timing.time", clock)
        watch = Stopwatch(lambda: calls.append(1), device=torch.device("cpu"))
        watch.warm_up(2)
        watch.measure(3)
        assert watch.timing().first_ms == pytest.approx(5030)
        assert watch.timing().mean_ms == pytest.approx(30)

    def test_core_time_counts_work_and_not_waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of calls that wait for 28 ms and work for 2, by clocks that stand still otherwise."""
        calls: list[int] = []
        clocks = SimpleNamespace(
            perf_counter=lambda: 0.030 * len(calls), process_time=lambda: 0.002 * len(calls)
        )
        monkeypatch.setattr("liveportrait.benchmarking.timing.time", clocks)
        watch = Stopwatch(lambda: calls.append(1), device=torch.device("cpu"))
        watch.measure(3)
        assert watch.timing().median_ms == pytest.approx(30)
        assert watch.timing().core_ms == pytest.approx(2)

    @pytest.mark.parametrize(("warm_up", "repeats"), [(-1, 5), (0, 0)])
    def test_impossible_settings_are_refused(self, warm_up: int, repeats: int) -> None:
        with pytest.raises(SettingError):
            TimingConfig(warm_up=warm_up, repeats=repeats)


def test_macs_are_those_of_the_arithmetic() -> None:
    """The eye network's layers are linear: their sizes multiply."""
    networks = random_networks(TINY)
    macs = count_macs(TINY, engine="torch", precision="fp32")
    layers = [m for m in networks.eye_network.modules() if isinstance(m, torch.nn.Linear)]
    assert macs["eye_network"] == sum(layer.in_features * layer.out_features for layer in layers)
    assert macs["renderer"] > 100 * macs["eye_network"]


def test_macs_are_those_of_the_form_that_an_engine_runs() -> None:
    """PyTorch in fp32 runs the networks as they were trained, every other engine their rewritten form."""
    plain = count_macs(TINY, engine="torch", precision="fp32")
    rewritten: tuple[tuple[EngineName, ExportPrecision], ...] = (
        ("openvino", "bf16"),
        ("openvino", "fp32"),
        ("onnxruntime", "fp32"),
        ("torch-compiled", "fp32"),
        ("openvino", "int8"),
    )
    for engine, precision in rewritten:
        macs = count_macs(TINY, engine=engine, precision=precision)
        assert macs["renderer"] == count_rendering_macs(optimize(random_networks(TINY)))
        assert macs["renderer"] < plain["renderer"]
        assert macs["motion_extractor"] == plain["motion_extractor"]


def test_psnr_over_the_range_of_the_truth() -> None:
    true = torch.tensor([0.0, 2.0])
    assert psnr_over_range_db(true, true) == 150
    assert psnr_over_range_db(true + 0.02, true) == pytest.approx(40.0)
    assert psnr_over_range_db(torch.tensor([float("nan"), 0.0]), true) != psnr_over_range_db(true, true)


def test_the_machine_is_described() -> None:
    machine = this_machine()
    assert machine.num_cores >= 1
    assert machine.memory_gib > 0.1
    assert machine.packages["torch"] == torch.__version__
    busy, idle = replace(machine, load_average=64.0), replace(machine, load_average=0.0)
    assert idle.warning is None
    assert busy.warning is not None and "busy" in busy.warning


def test_a_card_is_described_by_its_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    told = "NVIDIA L4, 8.9, 580.95, 23034 MiB, 72.00 W, 2040 MHz, 6251 MHz"
    tool.write_text(
        f"#!/bin/sh\ntest \"$2\" = --format=csv,noheader && echo '{told}' && echo 'NVIDIA B, 9.0'\n"
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    facts = gpu_facts()
    assert (facts["name"], facts["compute_cap"], facts["clocks.sm"]) == ("NVIDIA L4", "8.9", "2040 MHz")
    assert this_machine().gpu == facts
    tool.write_text("#!/bin/sh\necho 'no devices were found'; exit 6\n")
    assert gpu_facts() == {}
    tool.unlink()
    assert gpu_facts() == {}


def test_rows_name_scope_engine_and_correctness(tiny_model: Path, files: SceneFiles) -> None:
    """A second contestant that is the reference again computes the same, to the last bit."""
    alone = open_chosen(str(tiny_model), PLAIN)
    assert len(alone.contestants) == 1
    twin = Contestant(model=alone.reference.model)
    field = Field(contestants=(alone.reference, twin))
    scene = make_scene(files, alone.reference.model)
    rows = time_networks(field, scene, timing=TimingConfig(warm_up=1, repeats=3))
    scopes = [row.scope for row in rows[::2]]
    assert any("W+G" in scope for scope in scopes)
    assert any("M+S+W+G" in scope for scope in scopes)
    for reference, other in zip(rows[::2], rows[1::2], strict=True):
        assert reference.scope == other.scope
        assert reference.psnr_db is None
        assert other.psnr_db == 150
        assert other.is_correct
        assert reference.times_reference_core == 1
        assert other.times_reference_core == reference.timing.core_ms / other.timing.core_ms
        assert other.share_of_roof is not None and 0 < other.share_of_roof < 2
        assert other.timing.num_calls == 3
        assert other.calls_per_second == pytest.approx(1000 / other.timing.median_ms)


def test_a_model_that_computes_otherwise_is_marked(
    tiny_model: Path, files: SceneFiles, tmp_path: Path
) -> None:
    from tests.tiny_model import write_tiny_model

    other = write_tiny_model(tmp_path / "other", seed=1)
    right = open_chosen(str(tiny_model), PLAIN).reference
    wrong = Contestant(model=open_chosen(str(other), PLAIN).reference.model)
    scene = make_scene(files, right.model)
    field = Field(contestants=(right, wrong))
    rows = time_networks(field, scene, timing=TimingConfig(warm_up=0, repeats=1))
    assert not any(row.is_correct for row in rows[1::2] if "W+G" in row.scope)
    report = BenchmarkReport(model="x", weights="y", machine=this_machine(), num_threads=1, rows=tuple(rows))
    assert any("W+G" in warning and "off" in warning for warning in report.warnings)


def test_the_pipeline_is_measured_whole(tiny_model: Path, files: SceneFiles) -> None:
    config = BenchmarkConfig(
        model=str(tiny_model), parts=("pipeline",), seconds=1.0, engine=PLAIN, files=files
    )
    report = run_benchmark(config)
    assert report.end_to_end is not None
    assert report.end_to_end.scope.startswith("whole pipeline")
    assert len(report.pipelines) == 2
    for row in report.pipelines:
        assert (row.turns, row.times_reference) == (1, 1.0)
        assert row.frame.num_calls == 25
        assert row.frames_per_second == pytest.approx(25 / row.seconds)
        assert row.size_wh == (160, 160)
        assert row.ssim_after_encoding > 0.9
        assert row.frame.core_ms > 0


def test_a_file_is_animated_as_the_command_does_it(tiny_model: Path, files: SceneFiles) -> None:
    row = time_animate(open_chosen(str(tiny_model), PLAIN).reference, files)
    assert list(row.seconds_by_pass) == ["finding the driver", "reading the driver", "animating"]
    assert row.scope.startswith("liveportrait animate, 3 passes")
    assert 0 < sum(row.seconds_by_pass.values()) <= row.seconds
    assert row.num_frames == 6
    assert row.frames_per_second == pytest.approx(6 / row.seconds)
    assert row.core_ms > 0


def test_turns_are_taken_and_compared_over_all_of_them(
    tiny_model: Path, files: SceneFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that gets slower turn by turn hits both, so it changes no ratio."""
    plain = open_chosen(str(tiny_model), PLAIN).reference
    ours = Contestant(model=plain.model, label="ours")
    calls: list[str] = []

    def run(scope: str, name: str, *_: object, seconds: float, **__: object) -> Run:
        assert (scope, seconds) == (WHOLE, 2.0)
        slowness = (1 + len(calls) // 2) * (3 if name == "torch" else 1)
        calls.append(name)
        return Run(
            between_ms=[float(slowness)] * 9 + [100.0 * len(calls)],
            seconds=slowness * seconds,
            core_seconds=0.02 * slowness,
            driving_size_wh=(1, 1),
            size_wh=(1, 1),
            h264=H264Settings(),
            num_bytes=2000,
            ssim=1 - 0.1 * len(calls),
        )

    turns = "liveportrait.benchmarking.pipeline_turns"
    monkeypatch.setattr(f"{turns}.open_animator", lambda one, *_, **__: one.engine)
    monkeypatch.setattr(f"{turns}.run_once", run)
    reference, mine = time_in_turns([plain, ours], files, seconds=8.0, scopes=(WHOLE,))
    assert calls == ["torch", "ours"] * 4
    assert [reference.engine, mine.engine] == ["torch", "ours"]
    assert mine.times_reference == pytest.approx(3.0)
    assert mine.times_reference_core == pytest.approx(3.0)
    assert (reference.times_reference, reference.times_reference_core) == (1.0, 1.0)
    assert (mine.turns, mine.frame.num_calls, mine.frame.warm_up) == (4, 40, 40)
    assert mine.seconds == pytest.approx(2.0 * (1 + 2 + 3 + 4))
    assert mine.frame.p99_ms == 800.0
    assert mine.frame.core_ms == pytest.approx(20 * (1 + 2 + 3 + 4) / 40)
    assert mine.bytes_per_frame == pytest.approx(8000 / 80)
    assert mine.ssim_after_encoding == pytest.approx(1 - 0.1 * (2 + 4 + 6 + 8) / 4)


def test_the_start_is_timed_in_order(tiny_model: Path, files: SceneFiles) -> None:
    start = time_start_up(str(tiny_model), PLAIN, files, attempts=1)
    moments = [start.torch_imported, start.package_imported, start.model_loaded, start.first_frame]
    assert moments == sorted(moments)
    assert start.core_seconds > 0.5
    assert moments[0] > 0


def test_the_command_writes_json_with_the_end_to_end_figure(
    tiny_model: Path, files: SceneFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "bench.json"
    words = ["bench", "--model", tiny_model, "--engine", "torch", "--precision", "fp32", "--json", target]
    words += ["--source", files.source, "--driving", files.driving, "--seconds", "1", "--repeats", "2"]
    words += ["--warm-up", "1", "--parts", "networks", "pipeline", "--device", "cpu"]
    assert main([str(word) for word in words]) == 0
    figures = json.loads(target.read_text())
    assert figures["end_to_end"]["frames_per_second"] > 0
    assert {"scope", "engine", "precision", "timing", "macs"} <= figures["rows"][0].keys()
    assert figures["machine"]["cpu"]
    assert figures["num_threads"] == torch.get_num_threads()
    assert "whole pipeline" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(_: BenchmarkConfig) -> BenchmarkReport:
        raise AssertionError("measured for a file that cannot be written")

    monkeypatch.setattr("liveportrait.cli.bench.run_benchmark", measured)
    assert main(["bench", "--json", str(tmp_path / "missing" / "bench.json")]) == 1
    assert "make it first" in capsys.readouterr().err


def test_without_examples_it_says_what_to_name(tiny_model: Path, tmp_path: Path) -> None:
    files = SceneFiles(source=tmp_path / "missing.jpg", driving=tmp_path / "missing.mp4")
    with pytest.raises(SettingError, match="--source"):
        run_benchmark(BenchmarkConfig(model=str(tiny_model), engine=PLAIN, files=files))


def test_comparison_times_every_engine_that_is_here(tiny_model: Path, files: SceneFiles) -> None:
    config = BenchmarkConfig(
        model=str(tiny_model),
        compare=True,
        parts=("networks",),
        engine=replace(PLAIN, engine="auto", precision="auto"),
        files=files,
        timing=TimingConfig(warm_up=0, repeats=1),
    )
    report = run_benchmark(config)
    seen = {(row.engine, row.precision) for row in report.rows}
    assert ("torch", "fp32") in seen
    assert len(report.rows) == 5 * len(seen)
    assert statistics.fmean(row.calls_per_second for row in report.rows) > 0


def test_engines_that_auto_leaves_alone_are_compared_on_request(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the reference and before all others, so that the fastest stays the last."""
    asked: list[tuple[object, object]] = []
    model = open_chosen(str(tiny_model), PLAIN).reference.model

    def load(_model: str, *, engine: EngineConfig) -> PortraitModel:
        asked.append((engine.engine, engine.precision))
        return model

    (compiler,) = (kind for kind in KINDS_ON_REQUEST if kind.name == "torch-compiled")
    monkeypatch.setattr(contestants, "KINDS_ON_REQUEST", (replace(compiler, why_not=lambda _device: None),))
    monkeypatch.setattr(contestants, "load_portrait_model", load)
    contestants.open_all("any", PLAIN)
    usual = asked.copy()
    asked.clear()
    contestants.open_all("any", PLAIN, also=("torch-compiled",))
    added = len(asked) - len(usual)
    assert ("torch-compiled", "fp32") in asked[1 : 1 + added]
    assert asked[:1] + asked[1 + added :] == usual


def test_what_is_compared_too_needs_a_comparison() -> None:
    with pytest.raises(SettingError, match="--compare"):
        run_benchmark(BenchmarkConfig(also=("torch-compiled",)))


def test_a_report_is_whole_or_absent(tmp_path: Path) -> None:
    report = BenchmarkReport(model="x", weights="y", machine=this_machine(), num_threads=1)
    save_report(report, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["format"].startswith("liveportrait-benchmark/")
