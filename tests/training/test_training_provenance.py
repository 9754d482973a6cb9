"""What trained weights may be used for: no training makes them freer than what they began as."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from liveportrait.checkpoints.manifest import Licence
from liveportrait.checkpoints.provenance import UNKNOWN_LICENCE, Provenance
from liveportrait.training.shards import Shard
from liveportrait.training.training_provenance import FOR_ALL, RESEARCH_ONLY, on_top_of, provenance_of_run

APACHE = Licence(spdx="Apache-2.0", commercial_use=True)

provenances = st.builds(
    Provenance,
    licence=st.sampled_from([FOR_ALL, APACHE, RESEARCH_ONLY, UNKNOWN_LICENCE]),
    origin=st.sampled_from(["clips of a museum", "drawn faces", "a landmark network"]),
)


@given(before=provenances, learnt=provenances)
def test_what_was_for_research_stays_so(before: Provenance, learnt: Provenance) -> None:
    found = on_top_of(before, learnt)
    assert found.licence.commercial_use == (before.licence.commercial_use and learnt.licence.commercial_use)
    assert before.origin in found.origin and learnt.origin in found.origin
    assert on_top_of(found, learnt) == found, "a run that goes on says nothing twice"


def test_two_licences_of_one_kind_both_hold() -> None:
    both = on_top_of(Provenance(licence=APACHE, origin="a"), Provenance(licence=FOR_ALL, origin="b"))
    assert both.licence == Licence(spdx="MIT AND Apache-2.0", commercial_use=True)
    stricter = on_top_of(
        Provenance(licence=RESEARCH_ONLY, origin="a"), Provenance(licence=FOR_ALL, origin="b")
    )
    assert stricter.licence == RESEARCH_ONLY


def test_drawn_faces_free_nothing(drawn_shards: tuple[Shard, ...]) -> None:
    assert provenance_of_run(drawn_shards, before=None).licence == FOR_ALL
    before = Provenance(licence=RESEARCH_ONLY, origin="clips of people")
    found = provenance_of_run(drawn_shards, before=before)
    assert found.licence == RESEARCH_ONLY
    assert found.origin.endswith("begun from weights of this origin: clips of people")


def test_weights_from_pictures_of_people_are_for_research(drawn_shards: tuple[Shard, ...]) -> None:
    filmed = replace(drawn_shards[0], origin={"origin": "somewhere", "licence_as_stated": "Apache-2.0"})
    found = provenance_of_run([filmed, *drawn_shards[1:]], before=None)
    assert not found.licence.commercial_use
    assert "Apache-2.0 (1)" in found.origin
