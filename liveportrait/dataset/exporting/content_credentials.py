"""Content credentials: a signed statement within the image of how it came about (C2PA 2).

An animated portrait is an edit of its document, which is named as the parent ingredient; what a
text-to-image model made was created. Bytes change with the signature, so hashes are taken after it,
and no two signatures are equal. Who strips metadata loses it: the tables say the same.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import liveportrait
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.errors import SettingError
from liveportrait.media.marks import TRAINED_ALGORITHMIC_MEDIA, VOCABULARY, software

MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
COMPOSITE = VOCABULARY + "compositeWithTrainedAlgorithmicMedia"
SETTINGS = {"version": 1, "builder": {"thumbnail": {"enabled": False}}}
"""Without a thumbnail a signature adds some 3 KB, with one several times the image."""

_PARENT = "document"

Algorithm: TypeAlias = Literal["es256", "es384", "es512", "ed25519", "ps256", "ps384", "ps512"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIdentity:
    """Who signs."""

    certificates: Path
    """PEM: the signer's certificate first, then those up to the root."""
    private_key: Path
    """PEM, PKCS 8."""
    algorithm: Algorithm = "es256"
    time_stamp_authority: str | None = None
    """Address of an RFC 3161 server; without one the signature ends with its certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a reader finds in an image."""

    state: str
    """`Valid`, `Trusted` where the signer is on a trust list of the reader, or `Invalid`."""
    actions: tuple[str, ...]
    digital_source_types: tuple[str, ...]
    parent_title: str | None


class ContentSigner:
    """Signs images with one identity; the library is `c2pa-python`."""

    def __init__(self, identity: SigningIdentity) -> None:
        self._c2pa = _c2pa()
        try:
            certificates = identity.certificates.read_bytes()
            private_key = identity.private_key.read_bytes()
        except OSError as error:
            raise DatasetError(f"{error.filename}: the signing identity cannot be read: {error}") from error
        server = identity.time_stamp_authority
        info = self._c2pa.C2paSignerInfo(
            identity.algorithm.encode(), certificates, private_key, server and server.encode()
        )
        try:
            self._signer = self._c2pa.Signer.from_info(info)
        except self._c2pa.C2paError as error:
            raise DatasetError(
                f"{identity.certificates}, {identity.private_key}: expected a certificate chain and its key, "
                f"for {identity.algorithm}: {error}"
            ) from error
        self._context = self._c2pa.Context(settings=self._c2pa.Settings.from_dict(SETTINGS))

    def signed(
        self, content: bytes, record: ImageRecord, *, image_format: str, parent: tuple[bytes, str] | None
    ) -> bytes:
        """The image with its credentials; `parent` is the document as bytes and format."""
        manifest = _manifest(record, has_parent=parent is not None)
        signed = io.BytesIO()
        try:
            builder = self._c2pa.Builder.from_json(manifest, context=self._context)
            if parent is not None:
                builder.add_ingredient_from_stream(
                    _ingredient(record), MIME_TYPES[parent[1]], io.BytesIO(parent[0])
                )
            builder.sign(self._signer, MIME_TYPES[image_format], io.BytesIO(content), signed)
        except self._c2pa.C2paError as error:
            raise DatasetError(f"{record.planned.image_id}: it cannot be signed: {error}") from error
        return signed.getvalue()


def read_credentials(content: bytes, *, image_format: str) -> Credentials | None:
    """The credentials of an image, whoever made them; None without any."""
    c2pa = _c2pa()
    try:
        reader = c2pa.Reader.try_create(MIME_TYPES[image_format], io.BytesIO(content))
    except c2pa.C2paError as error:
        raise DatasetError(f"The image's content credentials cannot be read: {error}") from error
    if reader is None:
        return None
    manifest = json.loads(reader.json())
    active = manifest["manifests"][manifest["active_manifest"]]
    actions = [
        action
        for assertion in active.get("assertions", [])
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
    parents = [each for each in active.get("ingredients", []) if each["relationship"] == "parentOf"]
    return Credentials(
        state=manifest.get("validation_state", "Invalid"),
        actions=tuple(action["action"] for action in actions),
        digital_source_types=tuple(
            action["digitalSourceType"] for action in actions if "digitalSourceType" in action
        ),
        parent_title=parents[0].get("title") if parents else None,
    )


def _manifest(record: ImageRecord, *, has_parent: bool) -> dict[str, Any]:
    is_edit = record.planned.method == "e" and has_parent
    actions: list[dict[str, Any]] = []
    if is_edit:
        actions.append({"action": "c2pa.opened", "parameters": {"ingredientIds": [_PARENT]}})
    actions.append(
        {
            "action": "c2pa.edited" if is_edit else "c2pa.created",
            "digitalSourceType": COMPOSITE if is_edit else TRAINED_ALGORITHMIC_MEDIA,
            "softwareAgent": {"name": software()},
        }
    )
    return {
        "claim_generator_info": [{"name": "liveportrait", "version": liveportrait.__version__}],
        "title": record.planned.image_id,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }


def _ingredient(record: ImageRecord) -> dict[str, str]:
    """An animation shows its document; other methods take no more than the person from it."""
    relationship = "parentOf" if record.planned.method == "e" else "inputTo"
    title = record.planned.parent_image_id or _PARENT
    return {"title": title, "relationship": relationship, "label": _PARENT, "instance_id": _PARENT}


def _c2pa() -> Any:
    try:
        import c2pa
    except ModuleNotFoundError as error:
        raise SettingError(f"{error}; content credentials need `pip install liveportrait[c2pa]`") from error
    return c2pa
