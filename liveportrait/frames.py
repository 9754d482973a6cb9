"""What callers hand in as a frame, looked at before anything is done with it."""

import numpy as np
from numpy import ndarray

from liveportrait.errors import SettingError


def check_frame(frame: object, *, name: str = "frame") -> None:
    """Refuse what is no RGB frame; `name` is what the caller knows it by.

    Raises:
        SettingError: with what came, and how it becomes one.
    """
    if not isinstance(frame, ndarray) or (frame.dtype, frame.ndim) != (np.uint8, 3):
        raise _refusal(frame, name)
    if frame.shape[2] != 3 or frame.size == 0:
        raise _refusal(frame, name)


def _refusal(frame: object, name: str) -> SettingError:
    kind = type(frame)
    shape, dtype = getattr(frame, "shape", None), getattr(frame, "dtype", None)
    came = f"{kind.__module__}.{kind.__qualname__}"
    if shape is not None and dtype is not None:
        came += f" of {dtype} with shape {tuple(shape)}"
    return SettingError(
        f"{name}: expected an RGB frame, a NumPy array of uint8 with shape (height, width, 3); got {came}. "
        + _advice(frame)
    )


def _advice(frame: object) -> str:
    if isinstance(frame, ndarray):
        return _advice_on_array(frame)
    match type(frame).__module__.partition(".")[0]:
        case "PIL":
            return 'Give np.asarray(picture.convert("RGB")).'
        case "torch":
            return "Give (image * 255).byte().permute(1, 2, 0).cpu().numpy() of one image in 0..1."
        case _:
            return "read_image(path).image is one; a Frame of a source has it as .image."


def _advice_on_array(frame: ndarray) -> str:
    if frame.size == 0:
        return "It is empty; see whether it was read or cut out rightly."
    if frame.ndim == 2:
        return "Give a grey picture three times: np.stack([grey] * 3, axis=2)."
    if frame.ndim == 3 and frame.shape[2] == 4:
        return "Leave the alpha out: frame[:, :, :3]."
    if frame.dtype != np.uint8 and frame.ndim == 3:
        return "Values are 0..255: (frame * 255).astype(np.uint8) makes them from 0..1."
    return "Height comes first, and the three colours come last, red first."
