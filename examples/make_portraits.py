"""Make the portraits of the dataset demo: rendered people who do not exist, as on identity documents.

    python examples/make_portraits.py ict_facekit.npz liveportrait/dataset/demonstration/portraits

The .npz is that of `make_driving.py`. People differ by ICT-FaceKit's identity shapes and by the light.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rendered_head.camera import photograph
from rendered_head.mesh import Head, HeadPose
from rendered_head.paint import stencils

from liveportrait.media.picture_files import save_picture
from liveportrait.media.settings import SinkSettings

PEOPLE: Mapping[str, Mapping[int, float]] = {
    "ada": {0: 1.4, 1: 0.9, 2: -0.6, 4: 0.5, 6: -0.7},
    "ben": {0: -1.3, 1: -0.9, 3: -0.8, 5: 0.7, 7: 0.6},
    "cleo": {0: 0.3, 1: 1.5, 2: 1.0, 3: 0.7, 8: -0.8},
    "dan": {0: -0.6, 1: 0.8, 2: -1.3, 4: -1.0, 5: -0.7},
}
LIGHT = {
    "ada": (1.06, 1.0, 0.94),
    "ben": (0.86, 0.84, 0.82),
    "cleo": (0.78, 0.72, 0.68),
    "dan": (1.0, 1.02, 1.06),
}
"""Gain of red, green and blue: people stood before other cameras."""
SIZE_PX = 512


def main() -> None:
    """Render them, some two core seconds each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kit", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    for number, (name, identity) in enumerate(PEOPLE.items()):
        head, masks = Head.load(arguments.kit, identity=identity), stencils(seed=number)
        picture = photograph(head, masks, expression={}, pose=HeadPose(), size_px=SIZE_PX)
        # Drawn, not made by a trained model: the mark would be wrong.
        settings = SinkSettings(quality=90, mark="none")
        save_picture(lit(picture, LIGHT[name]), arguments.output / f"{name}.jpg", settings=settings)


def lit(picture: NDArray[np.uint8], gains: tuple[float, float, float]) -> NDArray[np.uint8]:
    """The picture under another light."""
    return np.clip(picture * np.array(gains), 0, 255).round().astype(np.uint8)


if __name__ == "__main__":
    main()
