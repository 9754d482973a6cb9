"""Memory, frames, rate and sound of a long video against those of a short one.

    python benchmarks/long_video.py --model DIR [--seconds 600] [--json FILE]

Each length is animated in a process of its own: a looped 720p driving video with sound moves the
bundled portrait, and a 720p source video follows it. Networks of the preset `tiny` will do (DIR).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from liveportrait import Animator, EngineConfig, FileSettings, Role, animate_file, open_sink, open_source
from liveportrait.machine import this_machine
from liveportrait.media.extension import extended
from liveportrait.media.pending_file import check_file
from liveportrait.media.protocol import Frame, VideoInfo

EXAMPLES = Path(__file__).parents[1] / "examples"
SHORT_SECONDS = 10.0
MOST_GROWTH_MIB = 200.0
RATE = 44100


def main() -> int:
    """Measure both lengths; fail if the long one takes much more memory or loses anything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--short-seconds", type=float, default=SHORT_SECONDS)
    parser.add_argument("--source", choices=("picture", "video"), default="picture")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--alone", action="store_true", help="this length only, in this process")
    arguments = parser.parse_args()
    if arguments.alone:
        print(json.dumps(measure(arguments)))
        return 0
    if arguments.json is not None:
        check_file(arguments.json)
    short, long = (
        _in_a_process(arguments, seconds) for seconds in (arguments.short_seconds, arguments.seconds)
    )
    growth = long["peak_memory_mib"] - short["peak_memory_mib"]
    facts = {"short": short, "long": long, "growth_mib": growth, "machine": this_machine().facts()}
    print(json.dumps(facts, indent=1))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(facts, indent=1) + "\n")
    return int(growth > MOST_GROWTH_MIB or not (short["is_complete"] and long["is_complete"]))


def measure(arguments: argparse.Namespace) -> dict[str, float | int | str | bool]:
    """Animate one length here and say what came of it."""
    width, height = map(int, arguments.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        driving = make_clip(Path(folder), seconds=arguments.seconds, size_wh=(width, height))
        source = EXAMPLES / "astronaut.jpg" if arguments.source == "picture" else driving
        result = Path(folder) / "result.mp4"
        animator = Animator.load(arguments.model, engine=EngineConfig(engine="torch", precision="fp32"))
        # One crop of the driver is enough here, and saves a pass.
        settings = FileSettings(driving_square="first")
        report = animate_file(animator, source, [Role(driving=driving)], result, settings=settings)
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        asked, made = what_is_in(driving), what_is_in(result)
    return {
        "seconds": arguments.seconds,
        "num_frames": report.num_frames,
        "fps": made[1],
        "audio_seconds": made[2],
        "peak_memory_mib": peak_mib,
        "is_complete": asked[:2] == made[:2] and abs(asked[2] - made[2]) < 0.05,
    }


def make_clip(folder: Path, *, seconds: float, size_wh: tuple[int, int]) -> Path:
    """The bundled driving clip, looped, in the middle of a larger picture, with a tone."""
    clip, fps = folder / "driving.mp4", Fraction(30000, 1001)
    num_frames = round(seconds * fps)
    tone = make_tone(folder / "tone.m4a", seconds=float(num_frames / fps))
    info = VideoInfo(size_wh=size_wh, fps=fps, time_base=1 / fps, num_frames=num_frames)
    with (
        open_source(EXAMPLES / "driving.mp4") as bundled,
        open_sink(clip, like=info, audio_from=tone) as sink,
    ):
        for frame in extended(bundled, num_frames=num_frames, policy="loop"):
            picture = in_the_middle(frame.image, size_wh)
            sink.write(
                Frame(
                    image=picture, index=frame.index, pts_seconds=frame.index / fps, duration_seconds=1 / fps
                )
            )
    return clip


def in_the_middle(image: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """The image as high as the canvas."""
    width, height = size_wh
    canvas = np.full((height, width, 3), 100, np.uint8)
    left = (width - height) // 2
    canvas[:, left : left + height] = cv2.resize(image, (height, height), interpolation=cv2.INTER_LINEAR)
    return canvas


def make_tone(path: Path, *, seconds: float) -> Path:
    """A sine in AAC, written second by second."""
    total = round(seconds * RATE)
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=RATE, layout="mono")
        for start in range(0, total, RATE):
            count = min(RATE, total - start)
            wave = 0.1 * np.sin(2 * np.pi * 440 * np.arange(start, start + count) / RATE)
            frame = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def what_is_in(path: Path) -> tuple[int, str, float]:
    """Number of frames, rate, and how long the sound is, by the packets of the file."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        num_frames = sum(packet.size > 0 for packet in container.demux(video))
        container.seek(0)
        sound = [packet for packet in container.demux(audio) if packet.size]
        end = max(packet.pts + packet.duration for packet in sound) * audio.time_base
        return num_frames, str(video.average_rate), float(end)


def _in_a_process(arguments: argparse.Namespace, seconds: float) -> dict[str, float]:
    words = ["--model", arguments.model, "--seconds", str(seconds), "--size", arguments.size]
    words += ["--source", arguments.source, "--alone"]
    done = subprocess.run([sys.executable, __file__, *words], check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
