"""liveportrait dataset: from identities to live images of them; each word is a module `dataset_<word>`."""

from collections.abc import Sequence

from liveportrait.cli.words import Words

WORDS = Words(
    prog="liveportrait dataset",
    about="Live images of the people on document images, planned, recorded and filtered.",
    meanings={
        "demo": "make a small finished dataset from portraits that come along",
        "plan": "decide everything: identities, seeds, parameters of each image",
        "prompts": "put drawn attributes into words",
        "run": "make the planned images; run again, it goes on",
        "status": "how far a run is",
        "verify": "compare what is stored with what was recorded",
        "replay": "make one recorded image again",
        "embed": "what a recogniser sees in pictures",
        "filter": "name look-alikes and subsets without them",
        "evaluate": "how well identities are kept and told apart",
        "export": "write the dataset in other layouts",
        "card": "write the dataset's card and checksums",
    },
    prefix="dataset_",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Hand over to the module of the first word."""
    given = list(arguments or [])
    if given and given[0] in WORDS.available():
        return WORDS.run(given[0], given[1:])
    return WORDS.answer_for_none(given)
