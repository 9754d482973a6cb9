"""Make the driving clip of the demo: a rendered head that talks, blinks, smiles and looks around.

    python examples/make_driving.py ict_facekit.npz examples/driving.mp4

The .npz holds ICT-FaceKit (MIT licence) as arrays: neutral (V, 3), ids (N, V, 3), exp (M, V, 3), names (M,)
and tri (T, 3).
"""

import argparse
from fractions import Fraction
from pathlib import Path

from rendered_head.camera import photograph
from rendered_head.mesh import Head
from rendered_head.paint import stencils
from rendered_head.performance import FRAMES_PER_SECOND, SECONDS, talking

from liveportrait.media.opening import open_sink
from liveportrait.media.protocol import Frame, VideoInfo
from liveportrait.media.settings import H264Settings, SinkSettings

IDENTITY = {0: 0.6, 1: -0.5, 3: 0.4, 5: 0.5}
"""A person who does not exist: weights of ICT-FaceKit's identity shapes."""
SIZE_PX = 512


def main() -> None:
    """Render it, some two core seconds a frame."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kit", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()

    head, masks = Head.load(arguments.kit, identity=IDENTITY), stencils()
    num_frames = round(SECONDS * FRAMES_PER_SECOND)
    step = Fraction(1, FRAMES_PER_SECOND)
    info = VideoInfo(
        size_wh=(SIZE_PX, SIZE_PX), fps=Fraction(FRAMES_PER_SECOND), time_base=step, num_frames=num_frames
    )
    # Drawn, not made by a trained model: the mark would be wrong.
    settings = SinkSettings(h264=H264Settings(crf=22, preset="veryslow"), mark="none")
    with open_sink(arguments.output, like=info, settings=settings) as sink:
        for index in range(num_frames):
            moment = talking(float(index * step))
            image = photograph(head, masks, expression=moment.expression, pose=moment.pose, size_px=SIZE_PX)
            sink.write(Frame(image=image, index=index, pts_seconds=index * step, duration_seconds=step))


if __name__ == "__main__":
    main()
