"""A guard for image losses: a picture in the wrong range trains without a word, and badly."""

from liveportrait.tensors import ImageBatch

TOLERANCE = 1e-2
"""Room for the rounding of bf16 and of resizing."""


def assert_unit_range(image: ImageBatch) -> None:
    """Fail unless every value is finite and in 0..1.

    On a GPU this waits for the device, once per loss; `python -O` removes it.
    """
    if not __debug__:
        return
    low, high = (float(bound) for bound in image.detach().aminmax())
    assert low >= -TOLERANCE and high <= 1 + TOLERANCE, f"image values {low:.3g}..{high:.3g}, expected 0..1"
