"""Documents that exist already: files of a folder, which anybody may have put there."""

from dataclasses import dataclass

from liveportrait.dataset.generators.protocol import DocumentRequest, GeneratedImage
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import SettingError
from liveportrait.media.alpha import over_background
from liveportrait.media.images import read_image
from liveportrait.media.settings import SinkSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderConfig:
    """Take each document from the file that the plan names."""

    background_rgb: tuple[int, int, int] = SinkSettings().background_rgb
    """What stands behind transparent pixels."""

    def open(self) -> "FolderDocuments":
        return FolderDocuments(self)


@dataclass(frozen=True, slots=True)
class FolderDocuments:
    """A `DocumentGenerator` that draws nothing: upright, as sRGB, without the file's metadata."""

    config: FolderConfig

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return ()

    def draw(self, request: DocumentRequest) -> GeneratedImage:
        if request.path is None:
            raise SettingError(
                f"The identity {request.identity_id} has no document file: it was drawn from attributes. "
                "Choose a generator of documents instead of the folder."
            )
        still = read_image(request.path)
        frame = over_background(still.image, still.alpha, background_rgb=self.config.background_rgb)
        return GeneratedImage(frame=frame)

    def close(self) -> None:
        """Nothing is held."""
