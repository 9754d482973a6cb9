"""Method `e`: the document itself, animated by this library."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias, get_args

import torch

from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.dataset.generators.model_refs import portrait_model_refs
from liveportrait.dataset.generators.protocol import GeneratedImage, LiveMethod, LiveRequest
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.dataset.schema.parameters import Composition
from liveportrait.driving import openings_of
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import ManyFacesError, NoFaceError, SettingError
from liveportrait.face.protocol import Face
from liveportrait.face.square import Square
from liveportrait.motion.edit import Edit
from liveportrait.motion.editing import edited_keypoints, edited_keypoints_turned_along
from liveportrait.stepping import Source
from liveportrait.tensors import Keypoints

ManyFaces: TypeAlias = Literal["refuse", "largest"]

FLUXSYNID_CROP_SCALE = 2.0
"""Side of FLUXSynID's crop over the longer side of the face's box; its detector's box has a forehead too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationConfig:
    """Animate the document, and paste the face back: clothes and background stay the document's own."""

    model: str = "mini"
    """mini, human, animal, or the path of a folder or file of weights."""
    many_faces: ManyFaces = "refuse"
    """What happens to a document that shows several faces."""
    engine: EngineConfig = field(default_factory=EngineConfig)

    @property
    def method(self) -> LiveMethod:
        return "e"

    def open(self) -> "AnimationGenerator":
        return AnimationGenerator(Animator.load(self.model, engine=self.engine), self)


class AnimationGenerator:
    """A `LiveGenerator` over an animator; a document is prepared once, however many images it sits for."""

    def __init__(self, animator: Animator, config: AnimationConfig) -> None:
        self.method: LiveMethod = config.method
        self.animator = animator
        self._many_faces: ManyFaces = config.many_faces
        self._models = portrait_model_refs(config.model)

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return self._models

    def prepare(self, document: FrameRGB) -> "AnimatedSitter":
        face = only_face(self.animator.analyzer.detect(document), many_faces=self._many_faces)
        return AnimatedSitter(self.animator, document, face)

    def close(self) -> None:
        self.animator.model.close()


class AnimatedSitter:
    """The person on one document, cropped and read once for each composition that is asked for."""

    def __init__(self, animator: Animator, document: FrameRGB, face: Face) -> None:
        self._animator = animator
        self._document = document
        self._face = face
        self._sources: dict[Composition, Source] = {}

    def draw(self, requests: Sequence[LiveRequest]) -> list[GeneratedImage]:
        """One pass through the networks for the requests of each composition."""
        drawn: dict[int, GeneratedImage] = {}
        compositions = [_composition_of(request) for request in requests]
        for composition in COMPOSITIONS:
            chosen = [index for index, own in enumerate(compositions) if own == composition]
            if not chosen:
                continue
            pictures = self._draw_composed([requests[index] for index in chosen], composition)
            drawn |= dict(zip(chosen, pictures, strict=True))
        return [drawn[index] for index in range(len(requests))]

    def _draw_composed(
        self, requests: Sequence[LiveRequest], composition: Composition
    ) -> list[GeneratedImage]:
        source = self._source(composition)
        kp_driving = torch.cat([self._placed(source, request, composition) for request in requests])
        return [
            GeneratedImage(frame=step.frame, redrawn_xyxy=step.box_xyxy)
            for step in self._animator.draw_many(source, kp_driving)
        ]

    def _source(self, composition: Composition) -> Source:
        if composition not in self._sources:
            self._sources[composition] = self._prepared(composition)
        return self._sources[composition]

    def _prepared(self, composition: Composition) -> Source:
        if composition == "library":
            return self._animator.prepare(self._document, face=self._face)
        return self._animator.prepare_at(
            self._document,
            fluxsynid_square(self._face),
            openings=openings_of(self._face.landmarks),
            kind="image",
        )

    @torch.inference_mode()
    def _placed(self, source: Source, request: LiveRequest, composition: Composition) -> Keypoints:
        assert request.parameters is not None
        model, place = self._animator.model, _PLACES[composition]
        edit = Edit(**asdict(request.parameters))
        kp_edited = place(source.head.motion, edit, source.head.openings, space=model.space, retargeter=model)
        return model.stitch(source.keypoints, kp_edited)


def only_face(faces: Sequence[Face], *, many_faces: ManyFaces) -> Face:
    """The face of a document."""
    if not faces:
        raise NoFaceError("Expected a document with a face; none was found.")
    if len(faces) > 1 and many_faces == "refuse":
        raise ManyFacesError(
            f"Expected a document with one face; found {len(faces)}. Cut the others off, or set "
            "many_faces to 'largest'."
        )
    return faces[0]


def fluxsynid_square(face: Face) -> Square:
    """Upright in the frame, around the middle of the face's box."""
    left, top, right, bottom = (float(side) for side in face.bbox_xyxy)
    return Square(
        centre_xy=((left + right) / 2, (top + bottom) / 2),
        side_px=FLUXSYNID_CROP_SCALE * max(right - left, bottom - top),
    )


_PLACES = {"library": edited_keypoints, "fluxsynid": edited_keypoints_turned_along}

COMPOSITIONS: tuple[Composition, ...] = get_args(Composition)


def _composition_of(request: LiveRequest) -> Composition:
    if request.parameters is None or request.composition is None:
        raise SettingError(
            f"The live image {request.image_id} was planned without animation parameters, which method e "
            "needs; plan it with a preset of animations."
        )
    return request.composition
