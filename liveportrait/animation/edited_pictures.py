"""A picture in, an edited picture out."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Literal

from liveportrait.animation.naming import naming
from liveportrait.animation.roles import SourceFaces, check_in_picture
from liveportrait.animation.settings import SourceFaceChoice
from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.choices import check_choice
from liveportrait.errors import NoFaceError, SettingError
from liveportrait.face.protocol import Face
from liveportrait.media.alpha import as_seen
from liveportrait.media.opening import open_sink, open_source
from liveportrait.media.outputs import check_outputs
from liveportrait.media.paths import AnyPath
from liveportrait.media.protocol import Frame
from liveportrait.media.settings import SinkSettings
from liveportrait.motion.edit import Edit


def edit_picture(
    animator: Animator,
    source: AnyPath,
    edit: Edit,
    output: AnyPath,
    *,
    faces: SourceFaces = "largest",
    result: Literal["frame", "crop"] = "frame",
    settings: SinkSettings | None = None,
) -> None:
    """Apply an edit to one face of a picture, or to all of them, and write the result."""
    check_choice("result", result, Literal["frame", "crop"])
    source, output = Path(source), Path(output)
    check_outputs([output], inputs=[source])
    with open_source(source) as opened:
        frames = list(islice(opened, 2))
        if len(frames) != 1:
            raise SettingError(
                f"{source}: an edit takes one picture, and this one moves; animate it instead."
            )
        settings = settings or SinkSettings()
        seen = as_seen(frames[0], background_rgb=settings.background_rgb)
        if isinstance(faces, Face):
            check_in_picture(faces.bbox_xyxy, seen, source)
        with naming(source):
            edited = _edited(animator, frames[0], seen, edit, faces=faces, result=result)
        with open_sink(output, like=opened.info, settings=settings) as sink:
            sink.write(edited)


def _edited(
    animator: Animator,
    frame: Frame,
    seen: FrameRGB,
    edit: Edit,
    *,
    faces: SourceFaces,
    result: Literal["frame", "crop"],
) -> Frame:
    if isinstance(faces, str) and faces == "all":
        chosen: Sequence[SourceFaceChoice] = animator.analyzer.detect(seen)
    else:
        chosen = [faces]
    if not chosen:
        raise NoFaceError("No face was found in the picture, so there is none to edit.")
    if len(chosen) > 1 and result == "crop":
        raise SettingError(f"A result of the crop alone takes one face; {len(chosen)} were found.")
    image, crop = frame.image, seen
    for face in chosen:
        step = animator.step(animator.prepare(seen, face=face), edit, animator.start(), onto=image)
        image, crop = step.frame, step.crop
    return replace(frame, image=image) if result == "frame" else replace(frame, image=crop, alpha=None)
