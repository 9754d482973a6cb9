"""What is kept on disk is right, whole, and never necessary."""

from pathlib import Path

import pytest
import torch
from torch import nn

from liveportrait.engines.artifact_cache import artifact_key, cache_dir, load_or_make


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEPORTRAIT_CACHE", str(tmp_path / "with space and ü"))


def write(text: str, folder: Path) -> None:
    (folder / "text").write_text(text)


def read(folder: Path) -> str:
    return (folder / "text").read_text()


def get(text: str, *, name: str = "artifact") -> str:
    return load_or_make(name, load=read, make=lambda: text, save=write)


def test_made_once_then_loaded() -> None:
    assert [get("first"), get("second"), get("third", name="other")] == ["first", "first", "third"]


def test_a_failed_save_leaves_nothing_and_is_said(caplog: pytest.LogCaptureFixture) -> None:
    def fail(text: str, folder: Path) -> None:
        write(text, folder)
        raise OSError(28, "No space left on device")

    assert load_or_make("artifact", load=read, make=lambda: "made", save=fail) == "made"
    assert list(cache_dir().iterdir()) == []
    assert "cannot be kept" in caplog.text
    assert get("again") == "again"


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LIVEPORTRAIT_CACHE", str(tmp_path / "file"))
    assert get("made") == "made"


def test_a_damaged_artifact_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    get("whole")
    (cache_dir() / "artifact" / "text").write_bytes(b"\xff\xff")
    assert get("again") == "again"
    assert "is damaged" in caplog.text
    assert get("later") == "again"


def test_two_makers_at_once_agree_on_the_first() -> None:
    def make() -> str:
        assert get("theirs") == "theirs"
        return "ours"

    assert load_or_make("artifact", load=read, make=make, save=write) == "ours"
    assert get("later") == "theirs"


def test_the_key_sees_every_difference() -> None:
    def key(
        *, weight: float = 0.5, dtype: torch.dtype = torch.float32, bias: bool = True, fact: str = ""
    ) -> str:
        layer = nn.Linear(1, 1, bias=bias)
        nn.init.constant_(layer.weight, weight)
        if bias:
            nn.init.zeros_(layer.bias)
        return artifact_key(layer.to(dtype), fact)

    keys = [key(), key(weight=0.25), key(dtype=torch.bfloat16), key(bias=False), key(fact="openvino 1")]
    assert len(set(keys)) == len(keys)
    assert key() == keys[0]


def test_the_key_sees_a_constant_in_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    from liveportrait.engines import artifact_cache

    layer = nn.Linear(1, 1)
    before = artifact_key(layer)
    monkeypatch.setattr(artifact_cache, "_code_digest", lambda: "another version of the networks")
    assert artifact_key(layer) != before
