import os

from liveportrait.dataset.schema.failures import FailurePlace, FailureRow, failure_row
from liveportrait.errors import LivePortraitError, NoFaceError


def _fall(kind: type[LivePortraitError], message: str) -> FailureRow:
    try:
        raise kind(message)
    except LivePortraitError as error:
        return failure_row(error, FailurePlace(stage="e"), worker="0")


def test_the_digest_names_the_fault_and_not_the_case() -> None:
    first, second = (_fall(NoFaceError, f"picture {index}") for index in range(2))
    assert first.traceback_digest == second.traceback_digest
    assert first.traceback_digest != _fall(LivePortraitError, "picture 0").traceback_digest


def test_a_message_with_a_name_that_is_no_text_can_be_stored() -> None:
    row = _fall(NoFaceError, "no face in " + os.fsdecode(b"\xff.png"))
    assert row.message == "no face in \\udcff.png"


def test_a_message_is_never_empty() -> None:
    assert _fall(NoFaceError, "").message == "NoFaceError"
