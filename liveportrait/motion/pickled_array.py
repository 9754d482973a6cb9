"""Arrays of numbers as pickles write them: described first, checked, made into arrays when asked for."""

import math
from typing import Any

import numpy as np

NUMBER_TYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


class RefusedPickleError(Exception):
    """The pickle does something that a file of arrays does not need."""


class NumberType:
    """A `numpy.dtype` in the making: first its name, then its byte order."""

    def __init__(self, name: object) -> None:
        if name not in NUMBER_TYPES:
            raise RefusedPickleError("its arrays hold something else than numbers")
        self.dtype = np.dtype(str(name))

    def build(self, state: object) -> None:
        match state:
            case (int(), "<" | ">" | "|" | "=" as order, None, *_):
                self.dtype = self.dtype.newbyteorder("=" if order == "|" else order)
            case _:
                raise RefusedPickleError("the type of an array is damaged")


class PickledArray:
    """A `numpy.ndarray` in the making: first empty, then filled with bytes that the file really holds."""

    def __init__(self) -> None:
        self.shape: tuple[int, ...] = (0,)
        self._dtype = np.dtype("f4")
        self._data: bytes | bytearray = b""
        self._order: Any = "C"

    def build(self, state: object) -> None:
        match state:
            case (int(), tuple() as shape, NumberType() as kind, bool() | int() as fortran, bytes() as data):
                self.fill(shape, kind, data, order="F" if fortran else "C")
            case _:
                raise RefusedPickleError("an array is damaged, or holds something else than numbers")

    def fill(self, shape: tuple[Any, ...], kind: NumberType, data: object, *, order: object) -> None:
        if not isinstance(data, bytes | bytearray) or order not in ("C", "F"):
            raise RefusedPickleError("an array is damaged")
        if not all(isinstance(size, int) and size >= 0 for size in shape):
            raise RefusedPickleError("the shape of an array is damaged")
        if math.prod(shape) * kind.dtype.itemsize != len(data):
            raise RefusedPickleError(f"an array has {len(data)} bytes, which its shape does not fit")
        self.shape, self._dtype, self._data, self._order = shape, kind.dtype, data, order

    def to_numpy(self) -> np.ndarray:
        """The array, in this machine's byte order and with its own memory."""
        stored = np.frombuffer(bytes(self._data), self._dtype).reshape(self.shape, order=self._order)
        return stored.astype(self._dtype.newbyteorder("="))
