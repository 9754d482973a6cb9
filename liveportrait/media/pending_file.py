"""Nothing half-written ever stands where a result is expected."""

import errno
import os
import secrets
import shutil
import stat
import weakref
from contextlib import suppress
from pathlib import Path

from liveportrait.errors import MediaError

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class PendingFile:
    """A file, or a folder, that is written beside its target and takes the place of it when complete.

    It lies in the same folder, so that the last step is one rename, which other programs see as
    a whole or not at all. Whatever was not committed goes with this object, at the latest when the process
    ends: Ctrl-C may come before anybody holds it. Only one that is killed outright leaves
    `.liveportrait-*.part` behind.
    """

    def __init__(self, target: Path) -> None:
        self._place = Path(os.path.realpath(target))
        """Through a symbolic link to what it names: a result replaces the file and not the link."""
        self.path = self._place.with_name(f".liveportrait-{secrets.token_hex(6)}.part")
        self._mode: int | None = None
        weakref.finalize(self, _discard_as, os.getpid(), self.path)

    def make(self) -> None:
        """An empty file with the rights that new files have here."""
        self.path.touch(exist_ok=False)
        self._mode = stat.S_IMODE(self.path.stat().st_mode)

    def commit(self) -> None:
        """Put it in place of the target; the bytes are on the disk before the name is."""
        if self.path.is_file():
            with self.path.open("rb+") as file:
                os.fsync(file.fileno())
            if self._mode is not None:
                self.path.chmod(self._mode)  # some writers (safetensors) leave a file to its owner alone
        elif self._place.is_dir():
            self._place.rmdir()
        self.path.replace(self._place)

    def discard(self) -> None:
        """Remove it; the target stays as it was."""
        _discard(self.path)


def pending_file(target: Path) -> PendingFile:
    """A new empty file for `target`; raises at once where none can be made."""
    try:
        if target.exists() and not target.is_file():
            raise MediaError(f"{target}: expected the name of a file to write, found a folder or a device.")
        pending = PendingFile(target)
        pending.make()
    except (OSError, ValueError) as error:
        raise write_error(target, error) from error
    return pending


def write_bytes(target: Path, data: bytes) -> None:
    """Put `data` into the file, whole or not at all."""
    pending = pending_file(target)
    try:
        pending.path.write_bytes(data)
        pending.commit()
    except OSError as error:
        pending.discard()
        raise write_error(target, error) from error


def make_folder(folder: Path) -> None:
    """Make it, and those above it, where they are not there yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error


def check_file(target: Path) -> None:
    """Raise now what writing the file after long work would raise."""
    pending_file(target).discard()


def pending_folder(target: Path) -> PendingFile:
    """A new empty folder for `target`, which must not hold anything yet: results are not mixed."""
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise MediaError(
                f"{target}: expected a new or empty folder for the pictures; this one is in use."
            )
        pending = PendingFile(target)
        pending.path.mkdir()
    except (OSError, ValueError) as error:
        raise write_error(target, error) from error
    return pending


def _discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _discard_as(process_id: int, path: Path) -> None:
    """Not in a child that was forked and has a copy of the object; what was never made needs no removal."""
    if os.getpid() == process_id:
        with suppress(OSError):
            _discard(path)


def write_error(target: Path, error: Exception) -> MediaError:
    """Say in words why nothing could be written at `target`."""
    number = getattr(error, "errno", None)
    if number in NO_SPACE:
        return MediaError(f"{target}: no space left to write it; free some or choose another place.")
    if number == errno.ENOENT:
        return MediaError(f"{target}: the folder {target.parent} does not exist; make it first.")
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return MediaError(f"{target}: no permission to write in {target.parent}; choose another place.")
    return MediaError(f"{target}: it cannot be written: {error}")
