"""liveportrait: a portrait moves as another face does."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from liveportrait.animation.edited_pictures import edit_picture as edit_picture
    from liveportrait.animation.files import AnimationReport as AnimationReport
    from liveportrait.animation.files import Moment as Moment
    from liveportrait.animation.files import Watcher as Watcher
    from liveportrait.animation.files import animate_file as animate_file
    from liveportrait.animation.roles import roles_of as roles_of
    from liveportrait.animation.settings import FileSettings as FileSettings
    from liveportrait.animation.settings import Role as Role
    from liveportrait.animation.stream import Streamed as Streamed
    from liveportrait.animation.stream import animate_stream as animate_stream
    from liveportrait.animation.templates import template_of as template_of
    from liveportrait.animator import Animator as Animator
    from liveportrait.driving import DrivingSettings as DrivingSettings
    from liveportrait.engines.config import EngineConfig as EngineConfig
    from liveportrait.errors import CancelledError as CancelledError
    from liveportrait.errors import EngineUnavailableError as EngineUnavailableError
    from liveportrait.errors import LivePortraitError as LivePortraitError
    from liveportrait.errors import ManyFacesError as ManyFacesError
    from liveportrait.errors import MediaError as MediaError
    from liveportrait.errors import NoFaceError as NoFaceError
    from liveportrait.errors import SettingError as SettingError
    from liveportrait.errors import TemplateError as TemplateError
    from liveportrait.errors import WeightsError as WeightsError
    from liveportrait.face.cropping import CropConfig as CropConfig
    from liveportrait.face.opening import open_face_analyzer as open_face_analyzer
    from liveportrait.face.protocol import Face as Face
    from liveportrait.face.protocol import FaceAnalyzer as FaceAnalyzer
    from liveportrait.face.square import Square as Square
    from liveportrait.media.images import Still as Still
    from liveportrait.media.images import read_image as read_image
    from liveportrait.media.mark_reading import read_generated_mark as read_generated_mark
    from liveportrait.media.marks import GeneratedMark as GeneratedMark
    from liveportrait.media.opening import open_sink as open_sink
    from liveportrait.media.opening import open_source as open_source
    from liveportrait.media.picture_files import save_picture as save_picture
    from liveportrait.media.protocol import Frame as Frame
    from liveportrait.media.protocol import FrameSink as FrameSink
    from liveportrait.media.protocol import SeekableSource as SeekableSource
    from liveportrait.media.protocol import VideoInfo as VideoInfo
    from liveportrait.media.settings import H264Settings as H264Settings
    from liveportrait.media.settings import SinkSettings as SinkSettings
    from liveportrait.media.settings import Vp9Settings as Vp9Settings
    from liveportrait.motion.composition import DrivingFace as DrivingFace
    from liveportrait.motion.edit import Edit as Edit
    from liveportrait.motion.edit_file import load_edit as load_edit
    from liveportrait.motion.edit_file import save_edit as save_edit
    from liveportrait.motion.settings import TransferSettings as TransferSettings
    from liveportrait.motion.state import Motion as Motion
    from liveportrait.motion.template import MotionTemplate as MotionTemplate
    from liveportrait.motion.template_file import load_template as load_template
    from liveportrait.motion.template_file import save_template as save_template
    from liveportrait.portrait_model import PortraitModel as PortraitModel
    from liveportrait.portrait_model import load_portrait_model as load_portrait_model
    from liveportrait.stepping import AnimationSettings as AnimationSettings
    from liveportrait.stepping import AnimationState as AnimationState
    from liveportrait.stepping import Source as Source
    from liveportrait.stepping import Step as Step

__version__ = "0.1.0"

_HOMES = {
    "edit_picture": "animation.edited_pictures",
    "AnimationReport": "animation.files",
    "Moment": "animation.files",
    "Watcher": "animation.files",
    "animate_file": "animation.files",
    "roles_of": "animation.roles",
    "FileSettings": "animation.settings",
    "Role": "animation.settings",
    "Streamed": "animation.stream",
    "animate_stream": "animation.stream",
    "template_of": "animation.templates",
    "Animator": "animator",
    "DrivingSettings": "driving",
    "EngineConfig": "engines.config",
    "CancelledError": "errors",
    "EngineUnavailableError": "errors",
    "LivePortraitError": "errors",
    "ManyFacesError": "errors",
    "MediaError": "errors",
    "NoFaceError": "errors",
    "SettingError": "errors",
    "TemplateError": "errors",
    "WeightsError": "errors",
    "CropConfig": "face.cropping",
    "open_face_analyzer": "face.opening",
    "Face": "face.protocol",
    "FaceAnalyzer": "face.protocol",
    "Square": "face.square",
    "Still": "media.images",
    "read_image": "media.images",
    "read_generated_mark": "media.mark_reading",
    "GeneratedMark": "media.marks",
    "open_sink": "media.opening",
    "open_source": "media.opening",
    "save_picture": "media.picture_files",
    "Frame": "media.protocol",
    "FrameSink": "media.protocol",
    "SeekableSource": "media.protocol",
    "VideoInfo": "media.protocol",
    "H264Settings": "media.settings",
    "SinkSettings": "media.settings",
    "Vp9Settings": "media.settings",
    "DrivingFace": "motion.composition",
    "Edit": "motion.edit",
    "load_edit": "motion.edit_file",
    "save_edit": "motion.edit_file",
    "TransferSettings": "motion.settings",
    "Motion": "motion.state",
    "MotionTemplate": "motion.template",
    "load_template": "motion.template_file",
    "save_template": "motion.template_file",
    "PortraitModel": "portrait_model",
    "load_portrait_model": "portrait_model",
    "AnimationSettings": "stepping",
    "AnimationState": "stepping",
    "Source": "stepping",
    "Step": "stepping",
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
