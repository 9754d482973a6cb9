"""Names of identities and images, and their seeds: made from what a thing is, never from an order or a rank.

So a plan is the same on any number of workers, and adding a document changes no other row.
Everything is BLAKE2b (RFC 7693) of the parts, written as text and separated by `|`.
"""

import hashlib

from liveportrait.errors import SettingError

SEED_LIMIT = 2**63
"""Seeds are below it: torch refuses 2**64, and Parquet's and JSON's common whole number is signed."""

_UNIT_BITS = 53


def sampled_identity_id(root_seed: int, index: int, *, draw: int = 0) -> str:
    """12 hex digits for the identity at a place of a plan that is drawn and not read from a folder.

    `draw` counts on where an earlier place has the same digits.
    """
    return _digest("identity", root_seed, index, *([draw] if draw else [])).hexdigest()[:12]


def document_identity_id(document_sha256: str) -> str:
    """12 hex digits for the person on a document: the same file is the same identity in every dataset."""
    return _digest("document", document_sha256).hexdigest()[:12]


def document_image_id(identity_id: str) -> str:
    """`{identity}.doc`: also the file's name before its extension.

    WebDataset takes everything before the first dot for the sample's key, which so is the identity.
    """
    return f"{identity_id}.doc"


def live_image_id(identity_id: str, *, slot: int, method: str) -> str:
    """`{identity}.live_{slot}_{method}`; see `document_image_id`."""
    return f"{identity_id}.live_{slot}_{method}"


def seed_of(root_seed: int, name: str, *, stage: str, slot: int = 0) -> int:
    """63 bits for one stage and slot of the identity or image called `name`."""
    return int.from_bytes(_digest(root_seed, name, stage, slot).digest()[:8], "big") >> 1


def seed_of_attempt(seed: int, attempt: int) -> int:
    """The seed of a further try: `seed` itself for attempt 0."""
    return seed if attempt == 0 else seed_of(seed, "attempt", stage="retry", slot=attempt)


def unit_draw(seed: int, purpose: str) -> float:
    """A number in [0, 1), uniform over seeds and purposes.

    Each purpose has its own: what is drawn for one slider does not depend on which others are drawn.
    """
    digest = hashlib.blake2b(f"{seed}|{purpose}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> (64 - _UNIT_BITS)) / (1 << _UNIT_BITS)


def check_root_seed(root_seed: int) -> None:
    """Raise unless it is one that every format can hold."""
    if not 0 <= root_seed < SEED_LIMIT:
        raise SettingError(f"The root seed is {root_seed}; give a whole number from 0 to {SEED_LIMIT - 1}.")


def _digest(*parts: str | int) -> "hashlib.blake2b":
    return hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16)
