"""Every slider of the released editor, and its lip retargeting of videos."""

from typing import Any

import torch

from liveportrait.motion.edit import Edit
from liveportrait.motion.editing import edited_keypoints
from liveportrait.motion.released_spaces import human_space
from liveportrait.motion.video_lips import open_lips, silence_lips
from tests.motion.synthetic_retargeter import oracle_retargeter
from tests.motion.test_parity_transfer import motion_of, openings_of
from tests.oracle import golden

RELEASED_ENDS = {
    "eyeball_direction_x": ("gaze_x", 30, -30),
    "eyeball_direction_y": ("gaze_y", 63, -63),
    "eyebrow": ("brow", 30, -30),
    "lip_variation_zero": ("pout", 0.09, -0.09),
    "lip_variation_one": ("purse", 15, -20),
    "lip_variation_two": ("grin", 15, -15),
    "lip_variation_three": ("mouth_open", 120, -90),
    "smile": ("smile", 1.3, -0.3),
    "wink": ("wink", 39, -39),
}


def edit_of(g: Any, config: dict[str, Any]) -> Edit:
    """Our edit for the released sliders, whose openings start at the source's own, rounded."""
    sliders = {}
    for theirs, (ours, most, least) in RELEASED_ENDS.items():
        value = config[theirs]
        sliders[ours] = value / most if value > 0 else -value / least
    eyes, lips = float(g["init/source_eye_ratio"]), float(g["init/source_lip_ratio"])
    return Edit(
        pitch_deg=config["pitch"],
        yaw_deg=config["yaw"],
        roll_deg=config["roll"],
        shift_x=-config["mov_x"],
        shift_y=config["mov_y"],
        zoom=config["mov_z"],
        eye_open_ratio=None if config["input_eye_ratio"] == eyes else config["input_eye_ratio"],
        lip_open_ratio=None if config["input_lip_ratio"] == lips else config["input_lip_ratio"],
        **sliders,
    )


def test_parity_of_all_sliders() -> None:
    g = golden("sliders")
    retargeter, space = oracle_retargeter(g.seed), human_space()
    source = motion_of(g, "src")[0]
    openings = openings_of(torch.from_numpy(g.input("src_lmk")))[0]
    kp_source = source.keypoints()
    wrong = []
    for index, config in enumerate(g.meta["image_configs"]):
        edit = edit_of(g, config)
        kp_driving = edited_keypoints(source, edit, openings, space=space, retargeter=retargeter)
        if config["stitching"]:
            kp_driving = retargeter.stitch(kp_source, kp_driving)
        reports = [g.report(f"img{index:03d}/x_s", kp_source), g.report(f"img{index:03d}/x_d", kp_driving)]
        wrong += [(report["name"], report["why"], edit) for report in reports if not report["ok"]]
    assert len(g.meta["image_configs"]) >= 68
    assert not wrong


def test_parity_of_initial_openings() -> None:
    g = golden("sliders")
    openings = openings_of(torch.from_numpy(g.input("src_lmk")))[0]
    named = Edit().with_openings(openings)
    assert round(named.eye_open_ratio or 0, 2) == float(g["init/source_eye_ratio"])
    assert round(named.lip_open_ratio or 0, 2) == float(g["init/source_lip_ratio"])


def test_parity_of_video_lips() -> None:
    g = golden("sliders")
    retargeter, source = oracle_retargeter(g.seed), motion_of(g, "src")
    openings = openings_of(torch.from_numpy(g.input("src_lmk")))
    for index, config in enumerate(g.meta["video_configs"]):
        if config["silence"]:
            kp_driving = silence_lips(source, space=human_space(), retargeter=retargeter)
        else:
            variance = config["variance"]
            kp_driving = open_lips(
                source, openings, config["lip_ratio"], retargeter=retargeter, observation_variance=variance
            )
        g.check(f"vid{index}/x_s", source.keypoints())
        g.check(f"vid{index}/x_d", kp_driving)
