"""From file to file, and from nothing to the first frame: what `mini` needs to be live on a CPU.

    python benchmarks/end_to_end.py [--seconds 120] [--json FILE]

The bundled clip, looped, drives the bundled portrait at 512 px, in one pass as live; then in turns with
eager PyTorch, chunk by chunk; then as `liveportrait animate` does it, which takes three passes; then both
stand in 1080p frames. All but the networks is timed with x264's lightest preset too, since a third of it
is encoding.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import torch
from long_video import in_the_middle, make_clip

from liveportrait.animation.roles import first_image
from liveportrait.benchmarking.bars import Bar
from liveportrait.benchmarking.benchmark import weights_of
from liveportrait.benchmarking.contestants import Contestant, open_chosen
from liveportrait.benchmarking.file_row import FileRow, time_animate
from liveportrait.benchmarking.pipeline import ALL_BUT_NETWORKS, WHOLE, PipelineRow, time_pipeline
from liveportrait.benchmarking.pipeline_turns import time_in_turns
from liveportrait.benchmarking.report import BenchmarkReport, save_report
from liveportrait.benchmarking.scene import SceneFiles
from liveportrait.benchmarking.start_up import StartUp, time_start_up
from liveportrait.engines.config import EngineConfig
from liveportrait.machine import this_machine
from liveportrait.media.pending_file import check_file
from liveportrait.media.picture_files import save_picture
from liveportrait.media.settings import H264Settings, SinkSettings

SQUARE_WH = (512, 512)
FULL_HD_WH = (1920, 1080)


def main() -> int:
    """Measure, say what was reached, and fail where a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="mini")
    parser.add_argument("--seconds", type=float, default=120.0, help="of video at 512 px")
    parser.add_argument("--short-seconds", type=float, default=8.0, help="for eager PyTorch and for 1080p")
    parser.add_argument("--num-threads", type=int)
    parser.add_argument("--preset", default=H264Settings().preset, help="of x264, at the usual quality")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.json is not None:
        check_file(arguments.json)
    report = measure(arguments)
    for row in report.pipelines:
        print(_sentence(row))
    for row in report.animations:
        print(_sentence_of_file(row))
    print(report.start_up)
    for line in (*report.warnings, *report.bars):
        print(line)
    if arguments.json is not None:
        save_report(report, arguments.json)
    return int(not all(bar.is_met for bar in report.bars))


def measure(arguments: argparse.Namespace) -> BenchmarkReport:
    """The chosen engine for long, then against eager PyTorch, then files, then 1080p, then the start."""
    machine, config = this_machine(), EngineConfig(num_threads=arguments.num_threads)
    field = open_chosen(arguments.model, config)
    sink = SinkSettings(h264=H264Settings(preset=arguments.preset))

    def timed(contestant: Contestant, files: SceneFiles, seconds: float) -> list[PipelineRow]:
        return time_pipeline(contestant, files, seconds=seconds, num_threads=arguments.num_threads, sink=sink)

    ours = timed(field.chosen, SceneFiles(), arguments.seconds)
    light = time_pipeline(
        field.chosen,
        SceneFiles(),
        seconds=arguments.seconds,
        num_threads=arguments.num_threads,
        sink=SinkSettings(h264=H264Settings(preset="ultrafast")),
        scopes=(ALL_BUT_NETWORKS,),
    )
    turns = time_in_turns(
        [field.reference, field.chosen],
        SceneFiles(),
        seconds=arguments.short_seconds,
        num_threads=arguments.num_threads,
        sink=sink,
        scopes=(WHOLE,),
    )
    with tempfile.TemporaryDirectory() as folder:
        clip = make_clip(Path(folder), seconds=arguments.short_seconds, size_wh=SQUARE_WH)
        animation = time_animate(
            field.chosen, SceneFiles(driving=clip), num_threads=arguments.num_threads, sink=sink
        )
        files = _in_full_hd(Path(folder), seconds=arguments.short_seconds)
        large = timed(field.chosen, files, arguments.short_seconds)
    start = time_start_up(arguments.model, config, SceneFiles())
    return BenchmarkReport(
        model=Path(arguments.model).name,
        weights=weights_of(arguments.model),
        machine=machine,
        num_threads=torch.get_num_threads(),
        end_to_end=ours[0],
        pipelines=(*ours, *light, *turns, *large),
        animations=(animation,),
        start_up=start,
        bars=_bars([*ours, *light], turns[-1], start),
    )


def _bars(ours: list[PipelineRow], in_turns: PipelineRow, start: StartUp) -> tuple[Bar, ...]:
    whole, rest, light = ours
    return (
        Bar(what="frames a second, whole pipeline at 512 px", found=whole.frames_per_second, least=25.0),
        Bar(what="p95 of a frame in ms", found=whole.frame.p95_ms, most=60.0),
        Bar(
            what="times as fast as eager PyTorch in fp32, in turns",
            found=in_turns.times_reference or 0.0,
            least=2.5,
        ),
        Bar(
            what="times less core time than eager PyTorch in fp32, in turns",
            found=in_turns.times_reference_core or 0.0,
            least=2.5,
        ),
        Bar(
            what=f"core ms a frame without the networks, x264 {rest.h264_preset}",
            found=rest.frame.core_ms,
            most=12.0,
        ),
        Bar(
            what=f"core ms a frame without the networks, x264 {light.h264_preset}",
            found=light.frame.core_ms,
            most=12.0,
        ),
        Bar(what="SSIM after encoding", found=min(row.ssim_after_encoding for row in ours), least=0.98),
        Bar(
            what="seconds to import the package, beyond torch",
            found=start.package_imported - start.torch_imported,
            most=0.3,
        ),
        Bar(what="seconds from the start of Python to the first frame", found=start.first_frame, most=3.0),
    )


def _in_full_hd(folder: Path, *, seconds: float) -> SceneFiles:
    source = folder / "source.png"
    save_picture(in_the_middle(first_image(SceneFiles().source), FULL_HD_WH), source)
    return SceneFiles(source=source, driving=make_clip(folder, seconds=seconds, size_wh=FULL_HD_WH))


def _sentence(row: PipelineRow) -> str:
    return (
        f"{row.size_wh[0]} x {row.size_wh[1]}, {row.scope}: {row.engine} {row.precision}: "
        f"{row.frames_per_second:.1f} frames a second over {row.seconds:.0f} s, "
        f"median {row.frame.median_ms:.1f} and p95 {row.frame.p95_ms:.1f} ms, "
        f"{row.frame.core_ms:.1f} core ms, H.264 {row.h264_preset} "
        f"crf {row.h264_crf}, SSIM {row.ssim_after_encoding:.3f}"
    )


def _sentence_of_file(row: FileRow) -> str:
    passes = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in row.seconds_by_pass.items())
    return (
        f"{row.scope}: {row.engine} {row.precision}: {row.num_frames} frames in {row.seconds:.1f} s "
        f"({passes}), {row.frames_per_second:.1f} frames a second, {row.core_ms:.1f} core ms a frame"
    )


if __name__ == "__main__":
    sys.exit(main())
