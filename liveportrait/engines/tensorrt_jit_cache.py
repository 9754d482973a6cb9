"""What TensorRT-RTX compiles on the card at the first run, kept on disk for the next process."""

import logging
from pathlib import Path
from typing import Any

from liveportrait.engines.tensorrt_package import TensorRt
from liveportrait.errors import LivePortraitError
from liveportrait.media.pending_file import pending_file

logger = logging.getLogger(__name__)


class JitCache:
    """The compiled kernels of one engine, and the configuration that makes contexts use them."""

    def __init__(self, engine: Any, trt: TensorRt, file: Path | None) -> None:
        self._file = file
        self.config = engine.create_runtime_config()
        self.config.cuda_graph_strategy = trt.module.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
        self._cache = self.config.create_runtime_cache()
        self._known = b""
        if file is not None and file.is_file():
            self._load(file)
        self.config.set_runtime_cache(self._cache)

    def save(self) -> None:
        """Keep what was compiled since; a folder that cannot be written costs time at the next start."""
        content = bytes(self._cache.serialize() or b"")
        if self._file is None or content in (b"", self._known):
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            pending = pending_file(self._file)
            try:
                pending.path.write_bytes(content)
                pending.commit()
            finally:
                pending.discard()
        except (OSError, LivePortraitError) as fault:
            logger.warning("%s cannot be kept (%s), so the next start takes longer.", self._file, fault)
            self._file = None
        else:
            self._known = content

    def _load(self, file: Path) -> None:
        content = file.read_bytes()
        if self._cache.deserialize(content):  # refused where card, driver or version changed
            self._known = content
        else:
            logger.info("%s is of another card or driver; kernels are compiled anew.", file)
