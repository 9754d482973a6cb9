"""What was signed is read back, and a changed image is noticed."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("c2pa")

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.exporting.content_credentials import (
    COMPOSITE,
    ContentSigner,
    SigningIdentity,
    read_credentials,
)
from liveportrait.media.marks import TRAINED_ALGORITHMIC_MEDIA
from tests.dataset.exporting.signing import signing_identity
from tests.dataset.finished import picture
from tests.dataset.rows import MADE


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> ContentSigner:
    return ContentSigner(signing_identity(tmp_path_factory.mktemp("keys")))


DOCUMENT = picture(1, -1)
LIVE = picture(1, 0, format_name="JPEG")


def test_an_animation_is_an_edit_of_its_document(signer: ContentSigner) -> None:
    signed = signer.signed(LIVE, MADE, image_format="JPEG", parent=(DOCUMENT, "PNG"))
    found = read_credentials(signed, image_format="JPEG")
    assert found is not None
    assert found.state == "Valid"
    assert found.actions == ("c2pa.opened", "c2pa.edited")
    assert found.digital_source_types == (COMPOSITE,)
    assert found.parent_title == MADE.planned.parent_image_id
    assert 1000 < len(signed) - len(LIVE) < 8000  # no thumbnail


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_what_comes_from_words_is_created(signer: ContentSigner, image_format: str) -> None:
    document = replace(MADE, planned=replace(MADE.planned, method="t2i", role="doc", parent_image_id=None))
    content = picture(1, -1, format_name=image_format)
    signed = signer.signed(content, document, image_format=image_format, parent=None)
    found = read_credentials(signed, image_format=image_format)
    assert found is not None
    assert (found.actions, found.digital_source_types) == (("c2pa.created",), (TRAINED_ALGORITHMIC_MEDIA,))
    assert found.parent_title is None


def test_other_methods_only_take_the_person_from_the_document(signer: ContentSigner) -> None:
    made = replace(MADE, planned=replace(MADE.planned, method="a"))
    signed = signer.signed(LIVE, made, image_format="JPEG", parent=(DOCUMENT, "PNG"))
    found = read_credentials(signed, image_format="JPEG")
    assert found is not None and found.state == "Valid"
    assert found.actions == ("c2pa.created",) and found.parent_title is None


def test_a_changed_picture_is_noticed(signer: ContentSigner) -> None:
    signed = bytearray(signer.signed(LIVE, MADE, image_format="JPEG", parent=(DOCUMENT, "PNG")))
    signed[-20] ^= 1
    found = read_credentials(bytes(signed), image_format="JPEG")
    assert found is not None and found.state == "Invalid"


def test_an_unsigned_picture_has_no_credentials() -> None:
    assert read_credentials(LIVE, image_format="JPEG") is None


def test_keys_that_are_none_are_named(tmp_path: Path) -> None:
    identity = signing_identity(tmp_path)
    with pytest.raises(DatasetError, match=r"nowhere\.pem"):
        ContentSigner(replace(identity, private_key=tmp_path / "nowhere.pem"))
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(DatasetError, match=r"key\.pem"):
        ContentSigner(SigningIdentity(certificates=identity.certificates, private_key=identity.private_key))
