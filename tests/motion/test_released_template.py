"""Released templates come in as they were written; whatever else a pickle does is refused and not done."""

import contextlib
import io
import os
import pickle
import pickletools
import struct
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from liveportrait.errors import LivePortraitError, TemplateError
from liveportrait.motion.released_template import load_released_template
from liveportrait.motion.state import Motion
from tests.motion.samples import random_motion

NUM_FRAMES = 3


def frame_of(motion: Motion) -> dict[str, Any]:
    return {
        "scale": motion.scale.numpy(),
        "R": motion.rotation.numpy(),
        "exp": motion.expression.numpy(),
        "t": motion.translation.numpy(),
        "kp": motion.canonical_keypoints.numpy(),
        "x_s": motion.keypoints().numpy(),
    }


def released_content() -> dict[str, Any]:
    """A template as the released code builds it."""
    return {
        "n_frames": NUM_FRAMES,
        "output_fps": 25,
        "motion": [frame_of(frame) for frame in random_motion(seed=0, num_frames=NUM_FRAMES)],
        "c_eyes_lst": [np.full((1, 2), 0.3, np.float32) for _ in range(NUM_FRAMES)],
        "c_lip_lst": [np.full((1, 1), 0.1, np.float32) for _ in range(NUM_FRAMES)],
    }


def written(path: Path, content: Any, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", range(6))
def test_the_template_comes_in_as_it_was_written(tmp_path: Path, protocol: int) -> None:
    template = load_released_template(written(tmp_path / "d0.pkl", released_content(), protocol))
    expected = random_motion(seed=0, num_frames=NUM_FRAMES)
    assert template.model_id == "human" and template.fps == 25
    assert torch.equal(template.motion.rotation, expected.rotation)
    assert torch.equal(template.motion.keypoints(), expected.keypoints())
    assert template.openings is not None and torch.equal(
        template.openings.eyes, torch.full((NUM_FRAMES, 2), 0.3)
    )


def test_names_of_numpy_1_are_understood(tmp_path: Path) -> None:
    path = written(tmp_path / "d0.pkl", released_content(), protocol=2)
    new, old = b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"
    assert new in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(new, old))
    assert load_released_template(path).num_frames == NUM_FRAMES


def test_old_names_and_a_missing_kp_are_understood(tmp_path: Path) -> None:
    content = released_content()
    for frame in content["motion"]:
        frame["R_d"] = frame.pop("R")
        del frame["kp"], frame["x_s"]
    content["c_d_eyes_lst"] = content.pop("c_eyes_lst")
    content["c_d_lip_lst"] = content.pop("c_lip_lst")
    template = load_released_template(written(tmp_path / "old.pkl", content))
    assert torch.equal(template.motion.rotation, random_motion(seed=0, num_frames=NUM_FRAMES).rotation)
    assert not template.motion.canonical_keypoints.any()


def test_animals_have_no_openings(tmp_path: Path) -> None:
    content = {"n_frames": 1, "output_fps": 30, "motion": [frame_of(random_motion(seed=0))]}
    template = load_released_template(written(tmp_path / "wink.pkl", content))
    assert template.model_id == "animal" and template.openings is None


def test_byte_order_memory_order_and_width_do_not_matter(tmp_path: Path) -> None:
    content = released_content()
    content["motion"][0]["exp"] = content["motion"][0]["exp"].astype(">f8")
    content["motion"][1]["exp"] = np.asfortranarray(content["motion"][1]["exp"])
    content["output_fps"] = np.int64(25)
    template = load_released_template(written(tmp_path / "odd.pkl", content))
    assert template.fps == 25
    assert torch.equal(template.motion.expression, random_motion(seed=0, num_frames=NUM_FRAMES).expression)


class Call:
    """Pickles as a call of whatever it is given."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


class Smuggler:
    """Pickles as itself, with state."""

    def __setstate__(self, state: Any) -> None:
        Path(state).write_text("executed")


def attacks(trap: Path) -> dict[str, Any]:
    """Pickles that write the file `trap` when they are run, or reach for something that could."""
    smuggler = Smuggler()
    smuggler.__dict__["trap"] = str(trap)
    return {
        "os.system": Call(os.system, f"touch {trap}"),
        "eval": Call(eval, f"open({str(trap)!r}, 'w')"),
        "exec": Call(exec, f"open({str(trap)!r}, 'w')"),
        "open": Call(open, str(trap), "w"),
        "getattr": Call(getattr, Call(__import__, "os"), "system"),
        "import": Call(__import__, "this"),
        "object array": np.array([Call(os.system, f"touch {trap}")], dtype=object),
        "in a dict": {"motion": [{"R": Call(os.system, f"touch {trap}")}]},
        "as a key": {"n_frames": 1, "motion": [Call(os.system, f"touch {trap}")]},
        "state": smuggler,
        "ordered dict": OrderedDict(a=1),
        "numpy load": Call(np.load, str(trap), None, True),
        "numpy memmap": Call(np.memmap, str(trap), "u1", "w+", 0, 1),
        "torch tensor": torch.zeros(1),
        "path": Path("x"),
        "set": {1, 2},
        "record array": np.zeros(1, dtype=[("a", "f4")]),
        "text array": np.array(["text"]),
    }


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("attack", attacks(Path("trap")).keys())
def test_a_malicious_pickle_raises_and_does_not_run(tmp_path: Path, attack: str, protocol: int) -> None:
    trap = tmp_path / "trap"
    path = written(tmp_path / "evil.pkl", attacks(trap)[attack], protocol)
    with pytest.raises(TemplateError, match="nothing of it was run"):
        load_released_template(path)
    assert not trap.exists()


def text(value: str) -> bytes:
    """The instruction that pushes a short text."""
    return b"\x8c" + bytes([len(value)]) + value.encode()


def test_a_call_through_a_dotted_name_is_refused(tmp_path: Path) -> None:
    """Names may contain dots, by which `pickle` walks from an allowed module to any other."""
    trap, path = tmp_path / "trap", tmp_path / "dots.pkl"
    name = b"\x80\x04" + text("numpy") + text("lib.npyio.os.system") + b"\x93"
    path.write_bytes(name + text(f"touch {trap}"[:255]) + b"\x85R.")
    with pytest.raises(TemplateError, match="nothing of it was run"):
        load_released_template(path)
    assert not trap.exists()


def huge_programs() -> dict[str, bytes]:
    """Few bytes that ask for much memory or a deep stack."""
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR"
    kind = b"cnumpy\ndtype\n(X\x02\x00\x00\x00f4I00\nI01\ntR"
    return {
        "memo index": b"\x80\x02Nr\xff\xff\xff\xff.",
        "bytes length": b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"short.",
        "bytearray length": b"\x80\x05\x96" + struct.pack("<Q", 2**60) + b"short.",
        "frame length": b"\x80\x04\x95" + struct.pack("<Q", 2**60) + b"N.",
        "array shape": b"\x80\x02"
        + array
        + b"(K\x01(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ft"
        + kind
        + b"I00\nC\x00tb.",
        "long": b"I" + b"9" * 100_000 + b"\n.",
        "nested lists": b"\x80\x02" + b"(" * 20_000 + b"l" * 20_000 + b".",
        "nested keys": b"\x80\x02})" + b"\x85" * 20_000 + b"Ns.",
        "empty stack": b"\x80\x02R.",
        "marks": b"\x80\x02t.",
        "no end": b"\x80\x02N",
        "nothing": b"\x80\x02.",
        "persistent id": b"\x80\x02NQ.",
        "extension": b"\x80\x02\x82\x01.",
    }


@pytest.mark.parametrize("program", huge_programs().values(), ids=huge_programs().keys())
def test_a_small_file_cannot_take_much(tmp_path: Path, program: bytes) -> None:
    path = tmp_path / "huge.pkl"
    path.write_bytes(program)
    with pytest.raises(TemplateError):
        load_released_template(path)


def test_a_deep_key_is_refused_before_it_is_hashed(tmp_path: Path) -> None:
    """Hashing a tuple walks down it in C; some 100,000 levels end the process."""
    path = tmp_path / "deep.pkl"
    path.write_bytes(b"\x80\x02})" + b"\x85" * 10 + b"Ns.")
    with pytest.raises(TemplateError, match="named entries of a dict"):
        load_released_template(path)


def test_one_text_made_into_bytes_over_and_over_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liveportrait.motion.pickle_machine.MAX_BYTES", 10_000)
    long_text = b"\x80\x04X" + struct.pack("<I", 1000) + b"a" * 1000 + b"\x94"
    encode_it = b"c_codecs\nencode\nh\x00" + text("latin1") + b"\x86R"
    path = tmp_path / "bomb.pkl"
    path.write_bytes(long_text + 20 * encode_it + b".")
    with pytest.raises(TemplateError, match="more bytes than it has"):
        load_released_template(path)


def test_too_many_instructions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveportrait.motion.pickle_machine.MAX_INSTRUCTIONS", 100)
    with pytest.raises(TemplateError, match="instructions"):
        load_released_template(written(tmp_path / "long.pkl", released_content()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("motion"), "no list 'motion'"),
        (lambda content: content.update(n_frames=7), "7 frames"),
        (lambda content: content.pop("output_fps"), "output_fps"),
        (lambda content: content["motion"][1].pop("exp"), "no exp"),
        (lambda content: content["motion"][1].update(exp=np.zeros((1, 20, 3), np.float32)), "shape"),
        (lambda content: content["motion"][1].update(exp=3.0), "float"),
        (lambda content: content["motion"][1].update(R=np.zeros((1, 3, 3), np.float32)), "rotations"),
        (lambda content: content["motion"][1]["t"].fill(np.nan), "finite"),
        (lambda content: content["c_lip_lst"].pop(), "ratio"),
        (lambda content: content.pop("c_lip_lst"), "ratio"),
        (lambda content: content.update(motion=[], n_frames=0, c_eyes_lst=[], c_lip_lst=[]), "at least one"),
        (lambda content: content.update(motion=[1, 2, 3]), "no exp"),
    ],
)
def test_a_damaged_template_is_named(tmp_path: Path, change: Callable[[Any], Any], message: str) -> None:
    content = released_content()
    change(content)
    path = written(tmp_path / "damaged.pkl", content)
    with pytest.raises(TemplateError, match=message) as failure:
        load_released_template(path)
    assert str(failure.value).count(str(path)) == 1


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_never_runs_or_crashes(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    data = bytearray(pickle.dumps(released_content(), protocol=4))
    data[at % len(data)] = byte
    path = tmp_path_factory.getbasetemp() / "changed.pkl"
    path.write_bytes(data)
    with contextlib.suppress(LivePortraitError):
        load_released_template(path)


@given(st.binary(max_size=60))
def test_random_programs_never_run_or_crash(tmp_path_factory: pytest.TempPathFactory, program: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random.pkl"
    path.write_bytes(b"\x80\x04" + program + b".")
    with pytest.raises(LivePortraitError):
        load_released_template(path)


def test_the_attacks_are_real(tmp_path: Path) -> None:
    """What the tests above refuse does run in Python's own unpickler."""
    trap = tmp_path / "trap"
    pickle.load(io.BytesIO(pickle.dumps(attacks(trap)["os.system"])))
    assert trap.exists()
    assert any(
        instruction.name == "REDUCE"
        for instruction, _, _ in pickletools.genops(pickle.dumps(attacks(trap)["eval"]))
    )
