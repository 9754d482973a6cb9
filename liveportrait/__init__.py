"""liveportrait: a portrait moves as another face does."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liveportrait.animation.files import AnimationReport as AnimationReport
    from liveportrait.animation.files import animate_file as animate_file
    from liveportrait.animation.settings import FileSettings as FileSettings
    from liveportrait.animation.settings import Role as Role
    from liveportrait.animation.templates import template_of as template_of
    from liveportrait.animator import Animator as Animator
    from liveportrait.driving import DrivingSettings as DrivingSettings
    from liveportrait.engines.config import EngineConfig as EngineConfig
    from liveportrait.errors import LivePortraitError as LivePortraitError
    from liveportrait.media.images import read_image as read_image
    from liveportrait.media.opening import open_sink as open_sink
    from liveportrait.media.opening import open_source as open_source
    from liveportrait.media.picture_files import save_picture as save_picture
    from liveportrait.motion.edit import Edit as Edit
    from liveportrait.motion.edit_file import load_edit as load_edit
    from liveportrait.motion.edit_file import save_edit as save_edit
    from liveportrait.motion.settings import TransferSettings as TransferSettings
    from liveportrait.motion.template import MotionTemplate as MotionTemplate
    from liveportrait.motion.template_file import load_template as load_template
    from liveportrait.motion.template_file import save_template as save_template
    from liveportrait.portrait_model import load_portrait_model as load_portrait_model
    from liveportrait.stepping import AnimationSettings as AnimationSettings
    from liveportrait.stepping import AnimationState as AnimationState
    from liveportrait.stepping import Source as Source
    from liveportrait.stepping import Step as Step

__version__ = "0.1.0"

_HOMES = {
    "AnimationReport": "animation.files",
    "animate_file": "animation.files",
    "FileSettings": "animation.settings",
    "Role": "animation.settings",
    "template_of": "animation.templates",
    "AnimationSettings": "stepping",
    "AnimationState": "stepping",
    "Animator": "animator",
    "Source": "stepping",
    "Step": "stepping",
    "DrivingSettings": "driving",
    "EngineConfig": "engines.config",
    "LivePortraitError": "errors",
    "read_image": "media.images",
    "open_sink": "media.opening",
    "open_source": "media.opening",
    "save_picture": "media.picture_files",
    "Edit": "motion.edit",
    "load_edit": "motion.edit_file",
    "save_edit": "motion.edit_file",
    "TransferSettings": "motion.settings",
    "MotionTemplate": "motion.template",
    "load_template": "motion.template_file",
    "save_template": "motion.template_file",
    "load_portrait_model": "portrait_model",
}
"""Where each public name lives; it is imported when it is first asked for, so that importing is light."""

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 (names, from the one list)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'liveportrait' has no attribute {name!r}")
    value = getattr(import_module(f"liveportrait.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
