"""What can go wrong for a user. Each message says what was expected, what came and what to do."""


class LivePortraitError(Exception):
    """A fault that the user can understand and mend; everything else is ours."""


class NoFaceError(LivePortraitError):
    """No face was found where one is needed."""


class ManyFacesError(LivePortraitError):
    """Several faces were found where exactly one is needed."""


class WeightsError(LivePortraitError):
    """A weights file is missing, damaged, unsafe, or not what it should be."""


class TemplateError(LivePortraitError):
    """A motion template or an edit file is damaged, unsafe, or made for another model."""


class MediaError(LivePortraitError):
    """A picture or a video cannot be read or written."""


class EngineUnavailableError(LivePortraitError):
    """An engine, device or precision that was asked for cannot be had here."""


class SettingError(LivePortraitError):
    """A setting cannot be honoured."""


class CancelledError(LivePortraitError):
    """The work was cancelled by its caller."""
