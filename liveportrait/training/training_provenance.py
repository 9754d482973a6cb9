"""What a file of trained weights says of the data behind it."""

from collections import Counter
from collections.abc import Sequence

from liveportrait.checkpoints.manifest import Licence
from liveportrait.checkpoints.provenance import Provenance
from liveportrait.training.clip_origin import UNKNOWN
from liveportrait.training.drawn_faces import DRAWN_ORIGIN
from liveportrait.training.shards import Shard

RESEARCH_ONLY = Licence(spdx="LicenseRef-Research-Only", commercial_use=False)
"""A repository's licence covers its owner's work, not the people in its clips: until somebody who
knows that they agreed says otherwise, what was learnt from them is for research."""

FOR_ALL = Licence(spdx="MIT", commercial_use=True)

MAX_NAMED = 12


def provenance_of_run(shards: Sequence[Shard], *, before: Provenance | None) -> Provenance:
    """What the run learns from, and what stood before it: `before` is of the weights that it goes on from."""
    learnt = provenance_of_shards(shards)
    return learnt if before is None else on_top_of(before, learnt)


def on_top_of(before: Provenance, learnt: Provenance) -> Provenance:
    """Weights keep what they were made of, however they are trained on; the stricter licence holds."""
    told = learnt.origin in before.origin
    return Provenance(
        licence=_stricter(learnt.licence, before.licence),
        origin=before.origin
        if told
        else f"{learnt.origin}; begun from weights of this origin: {before.origin}",
    )


def provenance_of_shards(shards: Sequence[Shard]) -> Provenance:
    """Research only, but for drawn faces, which show nobody."""
    origins = _counted(shards, "origin")
    licences = [f"{name} ({count})" for name, count in _counted(shards, "licence_as_stated").items()]
    named = ", ".join(list(origins)[:MAX_NAMED])
    more = f" and {len(origins) - MAX_NAMED} more" if len(origins) > MAX_NAMED else ""
    return Provenance(
        licence=FOR_ALL if set(origins) == {DRAWN_ORIGIN} else RESEARCH_ONLY,
        origin=f"trained on {len(shards)} clips and stills from {named}{more}; "
        f"licences as stated: {', '.join(licences)}",
    )


def _stricter(first: Licence, second: Licence) -> Licence:
    """The one without commercial use; of two alike both, as an SPDX expression says it."""
    if first.commercial_use != second.commercial_use:
        return second if first.commercial_use else first
    names = dict.fromkeys((*first.spdx.split(" AND "), *second.spdx.split(" AND ")))
    return Licence(spdx=" AND ".join(names), commercial_use=first.commercial_use)


def _counted(shards: Sequence[Shard], column: str) -> dict[str, int]:
    """Values of a column, the most frequent first."""
    return dict(Counter(shard.origin.get(column, UNKNOWN) for shard in shards).most_common())
