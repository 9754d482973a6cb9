"""liveportrait dataset prompts: put the drawn attributes of a plan into words."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.progress_bar import counting_bar
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.prompts.template import TemplateConfig, TemplateWriter
from liveportrait.dataset.prompts.writing import PromptsSummary, write_prompts
from liveportrait.stopping import StopRequest

if TYPE_CHECKING:
    from liveportrait.dataset.prompts.protocol import PromptWriter

Unprefixed = tyro.conf.arg(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """Write a prompt for each identity that was drawn from attributes. Stopped, the same command goes on.

    Exit codes: 0 all written; 75 stopped in order; 1 nothing can be written.
    """

    output: tyro.conf.Positional[Path]
    """The folder of the dataset, with its plan."""
    writer: Literal["template", "language-model"] = "template"
    """template: a fixed sentence. language-model: Qwen2.5-7B-Instruct or the one in --model-folder, and the
    template where it leaves something out; needs the extra `generators`."""
    model_folder: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """A copy of it, or of another one for instructions, which the prompts then name; without it the cache of
    the Hugging Face hub is used, and filled."""
    device: str = "auto"
    """Of the language model: cpu, cuda, cuda:1, mps; auto takes a GPU where there is one."""
    template: Annotated[TemplateConfig, Unprefixed] = field(default_factory=TemplateConfig)
    report: Annotated[ReportOptions, Unprefixed] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        folder = DatasetFolder(self.output)
        writer = self._opened()
        try:
            with StopRequest() as stop, counting_bar(reporter, "prompts") as progress:
                summary = write_prompts(folder, writer, stop=stop, progress=progress)
        finally:
            writer.close()
        facts = asdict(summary) | {"complete": summary.is_complete, "prompts": str(folder.prompts)}
        reporter.result(facts, _sentence(summary, folder))
        return exit_codes.OK if summary.is_complete else exit_codes.RESUMABLE

    def _opened(self) -> "PromptWriter":
        if self.writer == "template":
            return TemplateWriter(config=self.template)
        from liveportrait.dataset.prompts.language_model import LanguageModelConfig

        config = LanguageModelConfig(folder=self.model_folder, template=self.template, device=self.device)
        return config.open()


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Prompts, arguments, prog="liveportrait dataset prompts")


def _sentence(summary: PromptsSummary, folder: DatasetFolder) -> str:
    told = ", ".join(f"{count} by {writer}" for writer, count in sorted(summary.num_by_writer.items()))
    if summary.is_complete:
        return f"{folder.prompts}: {told}"
    return (
        f"Stopped after {summary.num_written} of {summary.num_identities} ({told}): the same command goes on."
    )
