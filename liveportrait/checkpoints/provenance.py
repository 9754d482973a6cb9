"""Where weights come from and who may use them."""

from dataclasses import dataclass

from liveportrait.checkpoints.manifest import Licence
from liveportrait.checkpoints.verification import FileCheck

UNKNOWN_LICENCE = Licence(spdx="LicenseRef-Unknown", commercial_use=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Kept inside every file of our own format."""

    licence: Licence
    origin: str
    """Who trained them on what, or what they were converted from, with its sha256."""


def provenance_of(checks: tuple[FileCheck, ...]) -> Provenance:
    """The licence of a conversion is known only where every original is as published."""
    originals = ", ".join(f"{check.path.name} (sha256 {check.sha256})" for check in checks)
    published = [check.known for check in checks if check.status == "as published" and check.known]
    licences = {known.licence for known in published}
    if len(published) < len(checks) or len(licences) != 1:
        return Provenance(
            licence=UNKNOWN_LICENCE,
            origin=f"Converted from checkpoints that were not all as published: {originals}",
        )
    origins = ", ".join(sorted({known.origin for known in published}))
    return Provenance(licence=licences.pop(), origin=f"{origins}; converted from {originals}")
