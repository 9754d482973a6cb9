"""How long it takes from nothing to the first frame, in processes of their own."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from liveportrait.benchmarking.scene import SceneFiles
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import SettingError

_PROGRAM = """
import json, sys, time
started, model, setting, source, driving = json.loads(sys.argv[1])
import torch
torch_at = time.time()
import liveportrait
from liveportrait import Animator, EngineConfig
import_at = time.time()
from pathlib import Path
from liveportrait.animation.roles import first_image
exported = setting.pop("exported")
engine = EngineConfig(**setting, exported=Path(exported) if exported else None)
animator = Animator.load(model, engine=engine)
loaded_at = time.time()
source = animator.prepare(first_image(Path(source)))
animator.step(source, first_image(Path(driving)), animator.start())
moments = [at - started for at in (torch_at, import_at, loaded_at, time.time())]
print(json.dumps([*moments, time.process_time()]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUp:
    """Seconds from the start of a process, the best of a few."""

    torch_imported: float
    package_imported: float
    model_loaded: float
    first_frame: float
    core_seconds: float
    """Of processor time until then; a busy machine stretches it least."""


def time_start_up(model: str, config: EngineConfig, files: SceneFiles, *, attempts: int = 3) -> StartUp:
    """Start Python, load the model and draw one frame; the first attempt fills the disk's cache."""
    moments = [_moments(model, config, files) for _ in range(attempts)]
    torch_imported, package_imported, model_loaded, first_frame, core = min(moments, key=lambda one: one[3])
    return StartUp(
        torch_imported=torch_imported,
        package_imported=package_imported,
        model_loaded=model_loaded,
        first_frame=first_frame,
        core_seconds=core,
    )


def _moments(model: str, config: EngineConfig, files: SceneFiles) -> list[float]:
    name = str(Path(model).resolve()) if Path(model).exists() else model
    paths = str(files.source.resolve()), str(files.driving.resolve())
    setting = {
        "engine": config.engine,
        "precision": config.precision,
        "device": config.device,
        "exported": str(config.exported.resolve()) if config.exported else None,
    }
    words = json.dumps([time.time(), name, setting, *paths])
    done = subprocess.run(  # noqa: S603 (our own program, and no shell)
        (sys.executable, "-c", _PROGRAM, words), check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SettingError(f"The start-up could not be timed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])
