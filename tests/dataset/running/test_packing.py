"""Images of a shard in one tar file, wherever the packing is killed."""

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running import packing
from liveportrait.dataset.running.config import PictureSettings
from liveportrait.dataset.running.ledger import Ledger
from liveportrait.dataset.running.verification import verify
from liveportrait.media.pending_file import PendingFile
from tests.dataset.running.fakes import ONE_WORKER, RECIPE, FakeLiveConfig
from tests.dataset.running.plans import plan_of_prompts
from tests.dataset.running.runs import bytes_of_results, records, run_here

TAR = replace(
    RECIPE, pictures=PictureSettings(storage="tar"), live=(FakeLiveConfig(failure_rate=0.6),), most_attempts=1
)
"""Images that fail, so that later ones come between those that are packed already."""
AGAIN = replace(ONE_WORKER, retry_failed=True)


class KilledError(Exception):
    """Stands for SIGKILL."""


def killed(*_: object, **__: object) -> None:
    raise KilledError


def kill_within_the_line(self: Ledger, content: bytes) -> None:
    """A part of the lines is on the disk: some images have their new place, some the former."""
    self._file.write(content[: len(content) // 2])
    raise KilledError


def packed_twice(root: Path) -> DatasetFolder:
    """Undisturbed: packed, then packed anew with what was made in between."""
    folder = plan_of_prompts(root, num_identities=4)
    run_here(folder, TAR)
    run_here(folder, TAR, AGAIN)
    return folder


@pytest.mark.parametrize(
    ("place", "name", "fault"),
    [
        (packing, "_write", killed),
        (PendingFile, "commit", killed),
        (packing, "_moved", killed),
        (Ledger, "_write", kill_within_the_line),
        (packing, "_remove_single_file", killed),
    ],
)
def test_killed_anywhere_a_packed_shard_is_packed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: object, name: str, fault: object
) -> None:
    calm, fire = packed_twice(tmp_path / "calm"), plan_of_prompts(tmp_path / "fire", num_identities=4)
    run_here(fire, TAR)
    pack = packing.pack

    def pack_and_die(ledger: Ledger, *arguments: object, **options: object) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, fault)
            pack(ledger, *arguments, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("liveportrait.dataset.running.shard_worker.pack", pack_and_die)
        with pytest.raises(KilledError):
            run_here(fire, TAR, AGAIN)
    run_here(fire, TAR)

    assert bytes_of_results(fire) == bytes_of_results(calm)
    assert not verify(fire, shard_identities=TAR.shard_identities).reopened
    assert sum(record.stored is not None for record in records(fire)) > 5


def test_offsets_are_those_of_the_tar_file(tmp_path: Path) -> None:
    folder = packed_twice(tmp_path)
    for record in records(folder):
        if record.stored is not None:
            with tarfile.open(tmp_path / record.stored.path) as tar:
                name = f"{record.planned.image_id}.{'png' if record.planned.role == 'doc' else 'jpg'}"
                assert tar.getmember(name).offset_data == record.stored.offset
