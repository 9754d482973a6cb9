"""Prompts for all drawn identities of a plan: a line each as they come, a table when all are there.

A process that is killed loses the prompt at hand; the same call goes on with the next.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.prompts.begun_file import BegunPrompts
from liveportrait.dataset.prompts.protocol import PromptWriter, request_for
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.prompts import Prompt
from liveportrait.dataset.schema.tables import read_rows, write_rows
from liveportrait.media.progress import Progress, silent
from liveportrait.stopping import StopSignal

TEMPLATE = "template"
"""Stands for prompts that a model could not write, whoever was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsSummary:
    """How far the prompts are, and who wrote them."""

    num_identities: int
    num_by_writer: dict[str, int]
    """`template` beside a model's name counts where the model did not do as told."""

    @property
    def num_written(self) -> int:
        return sum(self.num_by_writer.values())

    @property
    def is_complete(self) -> bool:
        return self.num_written == self.num_identities


def write_prompts(
    folder: DatasetFolder, writer: PromptWriter, *, stop: StopSignal, progress: Progress = silent
) -> PromptsSummary:
    """Write `folder.prompts`; a finished table is left as it is, and refused where another one wrote it."""
    identities = [one for one in read_rows(folder.planned_identities, PlannedIdentity) if one.attributes]
    if not identities:
        raise DatasetError(
            f"{folder.planned_identities}: no identity has attributes to put into words; documents that are "
            "files need no prompts."
        )
    if folder.prompts.exists():
        return _finished(identities, folder, writer)
    with BegunPrompts(folder.begun_prompts, writer=writer.name) as begun:
        _write_missing(identities, begun, writer, stop=stop, progress=progress)
        summary = _summary(identities, begun.by_identity)
        if summary.is_complete:
            rows = [begun.by_identity[one.identity_id] for one in identities]
            write_rows(rows, folder.prompts, row_type=Prompt)
            begun.remove()
    return summary


def _write_missing(
    identities: list[PlannedIdentity],
    begun: BegunPrompts,
    writer: PromptWriter,
    *,
    stop: StopSignal,
    progress: Progress,
) -> None:
    missing = [one for one in identities if one.identity_id not in begun.by_identity]
    for identity in missing:
        if stop.is_set:
            return
        begun.add(writer.write(request_for(identity)))
        progress(len(begun.by_identity), len(identities))


def _finished(
    identities: list[PlannedIdentity], folder: DatasetFolder, writer: PromptWriter
) -> PromptsSummary:
    prompts = {prompt.identity_id: prompt for prompt in read_rows(folder.prompts, Prompt)}
    others = {prompt.writer for prompt in prompts.values()} - {writer.name, TEMPLATE}
    if others:
        raise DatasetError(
            f"{folder.prompts} was written by {', '.join(sorted(others))}, and {writer.name} is to write "
            "now. Images may have been made of it; remove it to write anew."
        )
    summary = _summary(identities, prompts)
    if not summary.is_complete:
        raise DatasetError(f"{folder.prompts} does not belong to this plan; remove it to write anew.")
    return summary


def _summary(identities: list[PlannedIdentity], prompts: Mapping[str, Prompt]) -> PromptsSummary:
    writers = (prompts[one.identity_id].writer for one in identities if one.identity_id in prompts)
    return PromptsSummary(num_identities=len(identities), num_by_writer=dict(Counter(writers)))
