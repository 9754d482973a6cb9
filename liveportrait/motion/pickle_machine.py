"""Reads arrays and plain containers from a pickle that a stranger wrote, and runs nothing of it.

A pickle is a program for a stack machine, and its danger is that it may call whatever it names. So it
is not given to `pickle`: this machine knows the instructions that build containers and numbers, and
carries out the five calls by which NumPy arrays are written itself. Whatever else it meets, it
refuses. Sizes are believed only where the bytes are there.
"""

import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from liveportrait.errors import TemplateError
from liveportrait.media.reading import check_readable
from liveportrait.motion.pickled_array import NumberType, PickledArray, RefusedPickleError

MAX_BYTES = 2**28
MAX_INSTRUCTIONS = 5_000_000
"""A frame takes some 150: enough for 20 minutes of motion."""

LITERALS = frozenset(
    {
        *("INT", "LONG", "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
        *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    }
)
"""Instructions that push what stands behind them."""

CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
STORES = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
FETCHES = frozenset({"GET", "BINGET", "LONG_BINGET"})
NOTHING_TO_DO = frozenset({"PROTO", "FRAME", "READONLY_BUFFER"})


class Name(NamedTuple):
    """A function or class that the pickle names. It stays a name."""

    module: str
    name: str


def load_pickled_arrays(path: Path) -> Any:
    """What the pickle holds: dicts, lists, tuples, text, numbers, and each array as a `PickledArray`."""
    check_readable(path)
    if path.stat().st_size > MAX_BYTES:
        raise TemplateError(f"{path}: the pickle is larger than {MAX_BYTES >> 20} MiB and is not read.")
    try:
        return _Machine().run(path.read_bytes())
    except RefusedPickleError as error:
        raise TemplateError(
            f"{path}: this pickle was not read, nothing of it was run: {error}. A motion template holds "
            "arrays of numbers in dicts and lists alone; do not open this file with other programs."
        ) from error
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise TemplateError(f"{path}: this is no pickle that can be read: {error}") from error


class _Machine:
    """The stack, the marks on it and what the pickle has put aside."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}
        self.encoded_bytes = 0

    def run(self, program: bytes) -> Any:
        for count, (instruction, argument, _) in enumerate(pickletools.genops(program)):
            if count > MAX_INSTRUCTIONS:
                raise RefusedPickleError(f"it has more than {MAX_INSTRUCTIONS} instructions")
            if instruction.name == "STOP":
                return self.stack.pop()
            self.step(instruction.name, argument)
        raise ValueError("it has no end")

    def step(self, instruction: str, argument: Any) -> None:
        if instruction in LITERALS:
            self.stack.append(argument)
        elif instruction in CONSTANTS:
            self.stack.append(CONSTANTS[instruction]())
        elif instruction in TUPLES:
            self.stack.append(tuple(self.take(TUPLES[instruction])))
        elif instruction in STORES:
            self.memo[int(argument)] = self.stack[-1]
        elif instruction in FETCHES:
            self.stack.append(self.memo[int(argument)])
        elif instruction in STEPS:
            STEPS[instruction](self, argument)
        elif instruction not in NOTHING_TO_DO:
            raise RefusedPickleError(f"it uses the instruction {instruction}")

    def take(self, count: int) -> list[Any]:
        """The topmost `count` values, off the stack."""
        if count > len(self.stack):
            raise ValueError("it takes more from the stack than is there")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def encoded(self, text: str) -> bytes:
        """Bytes that an old pickle writes as text; counted, as one text could be made into bytes for ever."""
        self.encoded_bytes += len(text)
        if self.encoded_bytes > MAX_BYTES:
            raise RefusedPickleError("it makes more bytes than it has")
        return text.encode("latin1")

    def take_marked(self) -> list[Any]:
        return self.take(len(self.stack) - self.marks.pop())


def _mark(machine: _Machine, _: Any) -> None:
    machine.marks.append(len(machine.stack))


def _memoize(machine: _Machine, _: Any) -> None:
    machine.memo[len(machine.memo)] = machine.stack[-1]


def _append(machine: _Machine, _: Any) -> None:
    _extend(machine, machine.take(1))


def _appends(machine: _Machine, _: Any) -> None:
    _extend(machine, machine.take_marked())


def _extend(machine: _Machine, values: list[Any]) -> None:
    if not isinstance(machine.stack[-1], list):
        raise RefusedPickleError("it appends to something that is no list")
    machine.stack[-1].extend(values)


def _set_item(machine: _Machine, _: Any) -> None:
    _update(machine.stack[-3], machine.take(2))


def _set_items(machine: _Machine, _: Any) -> None:
    values = machine.take_marked()
    _update(machine.stack[-1], values)


def _update(target: Any, values: list[Any]) -> None:
    """Set keys and values, which alternate. Keys are text: hashing a deep tuple can exhaust the C stack."""
    if not isinstance(target, dict) or not all(type(key) in (str, int) for key in values[::2]):
        raise RefusedPickleError("it sets something else than the named entries of a dict")
    target.update(zip(values[::2], values[1::2], strict=True))


def _make_dict(machine: _Machine, _: Any) -> None:
    values = machine.take_marked()
    machine.stack.append({})
    _update(machine.stack[-1], values)


def _make_list(machine: _Machine, _: Any) -> None:
    machine.stack.append(machine.take_marked())


def _make_tuple(machine: _Machine, _: Any) -> None:
    machine.stack.append(tuple(machine.take_marked()))


def _name(machine: _Machine, argument: Any) -> None:
    machine.stack.append(Name(*argument.split(" ", 1)))


def _name_on_stack(machine: _Machine, _: Any) -> None:
    machine.stack.append(Name(*machine.take(2)))


def _call(machine: _Machine, _: Any) -> None:
    """Carry out a call that writes an array; the names are compared, never looked up."""
    called, arguments = machine.take(2)
    if not isinstance(called, Name) or not isinstance(called.module, str) or not isinstance(called.name, str):
        raise RefusedPickleError("it calls something that is no name")
    module = called.module.replace("numpy._core", "numpy.core")
    match (module, called.name), arguments:
        case ("numpy.core.multiarray", "_reconstruct"), (Name("numpy", "ndarray"), (0,), bytes()):
            machine.stack.append(PickledArray())
        case ("numpy", "dtype"), (name, *_):
            machine.stack.append(NumberType(name))
        case ("numpy.core.multiarray", "scalar"), (NumberType() as kind, bytes() as data):
            machine.stack.append(_filled((), kind, data, "C").to_numpy().item())
        case ("numpy.core.numeric", "_frombuffer"), (data, NumberType() as kind, tuple() as shape, order):
            machine.stack.append(_filled(shape, kind, data, order))
        case ("_codecs", "encode"), (str() as text, "latin1"):
            machine.stack.append(machine.encoded(text))
        case _:
            raise RefusedPickleError(f"it calls {called.module[:80]}.{called.name[:80]}")


def _filled(shape: tuple[Any, ...], kind: NumberType, data: object, order: object) -> PickledArray:
    array = PickledArray()
    array.fill(shape, kind, data, order=order)
    return array


def _build(machine: _Machine, _: Any) -> None:
    (state,) = machine.take(1)
    if not isinstance(machine.stack[-1], PickledArray | NumberType):
        raise RefusedPickleError("it sets the state of something that is no array")
    machine.stack[-1].build(state)


STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _mark,
    "MEMOIZE": _memoize,
    "APPEND": _append,
    "APPENDS": _appends,
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "DICT": _make_dict,
    "LIST": _make_list,
    "TUPLE": _make_tuple,
    "GLOBAL": _name,
    "STACK_GLOBAL": _name_on_stack,
    "REDUCE": _call,
    "BUILD": _build,
}
