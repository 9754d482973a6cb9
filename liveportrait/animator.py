"""The whole flow: crop, extract, transfer, retarget, stitch, warp, generate, paste back."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import torch

from liveportrait.arrays import FrameRGB
from liveportrait.choices import check_choice
from liveportrait.driving import DrivingReader, openings_of
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import NoFaceError, SettingError
from liveportrait.face.choice import FaceChoice, choose_face
from liveportrait.face.cropping import Crop, CropConfig, crop_square, face_square
from liveportrait.face.opening import LandmarkSet, open_face_analyzer
from liveportrait.face.paste_back import PastePlace, paste_place
from liveportrait.face.paste_drawn import paste_drawn
from liveportrait.face.protocol import Face, FaceAnalyzer
from liveportrait.face.square import Square
from liveportrait.frames import check_frame
from liveportrait.media.paths import AnyPath
from liveportrait.motion.anchor import anchor_of_still
from liveportrait.motion.composition import DrivingFace, SourceFace, drive
from liveportrait.motion.edit import Edit
from liveportrait.motion.editing import edited_keypoints
from liveportrait.motion.one_euro import MotionSmoother
from liveportrait.motion.openings import Openings
from liveportrait.motion.regions import SourceKind
from liveportrait.motion.state import Motion
from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.pixels import image_from_frame
from liveportrait.portrait_model import PortraitModel, load_portrait_model
from liveportrait.stepping import AnimationSettings, AnimationState, Source, Step
from liveportrait.tensors import ImageBatch, Keypoints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Animator:
    """A model and a face analyser at work.

    A portrait is prepared once and driven by any number of frames:

        animator = Animator.load()
        source, state = animator.prepare(portrait), animator.start()
        frames = [animator.step(source, frame, state).frame for frame in driving]

    On a CPU several threads may step at once, each with a state of its own; on a GPU one at a time.
    """

    model: PortraitModel
    analyzer: FaceAnalyzer
    settings: AnimationSettings = field(default_factory=AnimationSettings)

    @classmethod
    def load(
        cls,
        model: str | Path = "mini",
        *,
        engine: EngineConfig | None = None,
        settings: AnimationSettings | None = None,
        landmark_set: LandmarkSet = "mesh",
        landmark_network: AnyPath | None = None,
    ) -> "Animator":
        """The model and a face analyser; see `load_portrait_model` and `open_face_analyzer`.

        Raises:
            WeightsError: when weights are missing, damaged, or not of this model.
            EngineUnavailableError: when an engine, device, precision or package cannot be had here.
        """
        loaded = load_portrait_model(model, engine=engine)
        try:
            analyzer = open_face_analyzer(landmark_set, engine=engine, landmark_network=landmark_network)
        except BaseException:
            loaded.close()
            raise
        return cls(model=loaded, analyzer=analyzer, settings=settings or AnimationSettings())

    def __enter__(self) -> "Animator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the model and the analyser, and so of every animator that shares them."""
        self.model.close()
        self.analyzer.close()

    @property
    def source_crop(self) -> CropConfig:
        """Where this model wants a source face cut out."""
        return CropConfig(scale=self.model.preset.crop_scale)

    def cut(self, frame: FrameRGB, square: Square) -> Crop:
        """A square of the frame as this model draws it."""
        preset = self.model.preset
        return crop_square(frame, square, size_px=preset.output_px, beyond=preset.crop_beyond)

    def prepare(
        self,
        frame: FrameRGB,
        *,
        face: Face | FaceChoice = "largest",
        kind: SourceKind = "image",
        crop: CropConfig | None = None,
    ) -> Source:
        """Crop the face and extract what it looks like and how it is placed.

        Raises:
            NoFaceError: when no face is found, or not the chosen one.
            SettingError: when the frame is none.
        """
        check_frame(frame)
        if not isinstance(face, Face):
            height, width = frame.shape[:2]
            face = choose_face(self.analyzer.detect(frame), face, frame_size_wh=(width, height))
        square = face_square(face.landmarks, config=crop or self.source_crop)
        openings = openings_of(face.landmarks)
        return self.prepare_at(frame, square, openings=openings, kind=kind)

    @torch.inference_mode()
    def prepare_at(
        self,
        frame: FrameRGB,
        square: Square,
        *,
        motion: Motion | None = None,
        openings: Openings | None = None,
        kind: SourceKind = "video",
    ) -> Source:
        """The same where it is known where the crop lies, and the motion if that is known too."""
        check_frame(frame)
        check_choice("kind", kind, SourceKind)
        cut = self.cut(frame, square)
        view = cut.network_input(size_px=self.model.preset.input_px)
        image = image_from_frame(view, device=self.model.device)
        return Source(
            frame=frame,
            crop=cut,
            appearance=self.model.appearance(image),
            head=SourceFace(
                motion=self.model.motion(image) if motion is None else motion,
                kind=kind,
                openings=None if openings is None else openings.to(self.model.device),
            ),
            place=_place(cut, frame),
        )

    def start(self, *, anchor: Motion | None = None, square: Square | None = None) -> AnimationState:
        """A state for one stream of driving frames; `square` fixes where their motion is read from."""
        return AnimationState(
            reader=DrivingReader(self.model, self.analyzer, self.settings.driving, square=square),
            smoother=MotionSmoother() if self.settings.smoothing == "live" else None,
            anchor=anchor,
        )

    @torch.inference_mode()
    def step(
        self,
        source: Source,
        driving: FrameRGB | Motion | DrivingFace | Edit | None,
        state: AnimationState,
        *,
        pts_seconds: Fraction | float | None = None,
        onto: FrameRGB | None = None,
    ) -> Step:
        """One frame: the source as the driver has it.

        Args:
            driving: A frame, what was read off one before, an edit of the source, or None for a
                frame in which no face was seen.
            pts_seconds: When the frame appears; live smoothing needs it, and takes 25 frames a
                second without.
            onto: The frame to paste into instead of the source's own, for several faces.

        Raises:
            NoFaceError: when no face is seen and the policy is to raise.
            SettingError: when a frame is none, or `onto` has not the size of the source's; when `pts_seconds`
                is no number, or under live smoothing not above that of the frame before.
        """
        base = _base(source, onto)
        if isinstance(driving, Edit):
            return self._drawn(source, self._edited(source, driving), None, base)
        motion = self._read(driving, state, pts_seconds)
        if motion is None:
            return self._without_face(source, state, base)
        kp_driving = self._driven(source, motion, state)
        state.last_shift, state.frames_without_face = kp_driving - source.keypoints, 0
        return self._drawn(source, kp_driving, motion.motion, base)

    def edit(self, source: Source, edit: Edit) -> Step:
        """The source with an edit, without a driver."""
        return self.step(source, edit, self.start())

    @torch.inference_mode()
    def draw(self, source: Source, kp_driving: Keypoints, *, onto: FrameRGB | None = None) -> Step:
        """The source with its keypoints where they are wanted."""
        return self._drawn(source, kp_driving, None, _base(source, onto))

    @torch.inference_mode()
    def draw_many(self, source: Source, kp_driving: Keypoints) -> list[Step]:
        """The source once for every item of `kp_driving`; the networks run on all of them at once."""
        num = len(kp_driving)
        appearance = Appearance(
            source.appearance.volume.expand(num, -1, -1, -1, -1),
            tuple(detail.expand(num, -1, -1, -1) for detail in source.appearance.details),
        )
        images = self.model.render(appearance, kp_driving, source.keypoints.expand(num, -1, -1))
        return [
            _step(source, image, keypoints, None, source.frame)
            for image, keypoints in zip(images.split(1), kp_driving.split(1), strict=True)
        ]

    def still_anchor(self, driving: Motion, *, source_kind: SourceKind = "image") -> Motion:
        """The anchor of a driver who is one picture: its expression counts from the model's neutral one."""
        check_choice("source_kind", source_kind, SourceKind)
        region = self.settings.transfer.region
        return anchor_of_still(driving, region=region, source_kind=source_kind, space=self.model.space)

    def with_settings(self, change: Callable[[AnimationSettings], AnimationSettings]) -> "Animator":
        """The same model at work otherwise."""
        return replace(self, settings=change(self.settings))

    def _read(
        self,
        driving: FrameRGB | Motion | DrivingFace | None,
        state: AnimationState,
        pts_seconds: Fraction | float | None,
    ) -> DrivingFace | None:
        match driving:
            case None:
                return None
            case Motion():
                read: DrivingFace | None = DrivingFace(motion=driving)
            case DrivingFace():
                read = driving
            case _:
                check_frame(driving, name="driving")
                read = state.reader.read(driving)
        seconds = None if pts_seconds is None else float(pts_seconds)
        return read and replace(read, motion=state.smooth(read.motion, seconds))

    def _driven(self, source: Source, driving: DrivingFace, state: AnimationState) -> Keypoints:
        state.anchor = driving.motion if state.anchor is None else state.anchor
        return drive(
            state.steadied(source.head),
            driving,
            state.anchor,
            settings=self.settings.transfer,
            space=self.model.space,
            retargeter=self.model,
        )

    def _edited(self, source: Source, edit: Edit) -> Keypoints:
        head = source.head
        kp_edited = edited_keypoints(
            head.motion, edit, head.openings, space=self.model.space, retargeter=self.model
        )
        return (
            self.model.stitch(source.keypoints, kp_edited) if self.settings.transfer.stitching else kp_edited
        )

    def _without_face(self, source: Source, state: AnimationState, base: FrameRGB) -> Step:
        state.frames_without_face += 1
        shift = torch.zeros_like(source.keypoints) if state.last_shift is None else state.last_shift
        match self.settings.no_face:
            case "raise":
                raise NoFaceError(
                    "No face is seen in a driving frame; choose what then happens by no_face "
                    "(hold, fade or pass_through), or which face leads."
                )
            case "pass_through":
                return Step(
                    frame=base.copy(),
                    crop=source.crop.image,
                    box_xyxy=source.box_xyxy,
                    motion=None,
                    kp_driving=source.keypoints,
                )
            case "fade":
                shift = shift * max(0.0, 1 - state.frames_without_face / self.settings.fade_frames)
            case "hold":
                pass
        return self._drawn(source, source.keypoints + shift, None, base)

    def _drawn(self, source: Source, kp_driving: Keypoints, motion: Motion | None, base: FrameRGB) -> Step:
        image = self.model.render(source.appearance, kp_driving, source.keypoints)
        return _step(source, image, kp_driving, motion, base)


def _base(source: Source, onto: FrameRGB | None) -> FrameRGB:
    """What the face is pasted into."""
    if onto is None:
        return source.frame
    check_frame(onto, name="onto")
    if onto.shape != source.frame.shape:
        sizes = [f"{width} x {height}" for height, width, _ in (source.frame.shape, onto.shape)]
        raise SettingError(f"onto: expected a frame of the source's size, {sizes[0]}; got {sizes[1]}.")
    return onto


def _step(
    source: Source, image: ImageBatch, kp_driving: Keypoints, motion: Motion | None, base: FrameRGB
) -> Step:
    frame, crop = paste_drawn(base, image, source.place)
    return Step(
        frame=frame,
        crop=crop,
        box_xyxy=source.box_xyxy,
        motion=motion,
        kp_driving=kp_driving,
    )


def _place(crop: Crop, frame: FrameRGB) -> PastePlace:
    height, width = frame.shape[:2]
    return paste_place(crop.frame_from_crop, crop_size_px=crop.image.shape[0], frame_size_wh=(width, height))
