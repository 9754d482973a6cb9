"""liveportrait edit: a portrait changed by sliders."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.animation.edited_pictures import edit_picture
from liveportrait.animator import Animator
from liveportrait.cli import exit_codes
from liveportrait.cli.faces import AnalyzerOptions, FaceOptions
from liveportrait.cli.file_options import WriteOptions, may_write_all
from liveportrait.cli.model_terms import tell_terms
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import SettingError
from liveportrait.media.containers import video_codec_of
from liveportrait.media.outputs import check_outputs
from liveportrait.media.pending_file import check_file
from liveportrait.motion.edit import Edit, add
from liveportrait.motion.edit_file import load_edit, save_edit
from liveportrait.motion.settings import TransferSettings
from liveportrait.portrait_model import load_portrait_model
from liveportrait.stepping import AnimationSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Change the face in a picture by sliders. What a slider does depends on the model; some have not all."""

    source: Annotated[Path, tyro.conf.arg(aliases=["-s"])]
    """A picture with a face."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="PATH")] = None
    """The picture to write; may be left out where the edit is only saved."""
    model: str = "mini"
    """mini, human, animal, or the path of a folder or file of weights."""
    sliders: Edit = field(default_factory=Edit)
    edit: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """A saved edit; the sliders are added to it."""
    save_edit: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Save the edit as JSON."""
    stitching: bool = TransferSettings().stitching
    """Keep the shoulders in place, so that the crop fits back into its frame."""
    paste_back: bool = True
    """Paste the edited face into its frame; without, the crop alone is written."""
    faces: FaceOptions = field(default_factory=FaceOptions)
    analyzer: AnalyzerOptions = field(default_factory=AnalyzerOptions)
    write: WriteOptions = field(default_factory=WriteOptions)
    engine: EngineConfig = field(default_factory=EngineConfig)
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        if self.output is None and self.save_edit is None:
            raise SettingError("Nothing would be written: give --output, --save-edit or both.")
        outputs = [path for path in (self.output, self.save_edit) if path is not None]
        # An edit that is read, added to and saved again may stay in its file.
        read = [self.source, self.faces.landmarks, self.edit if self.edit != self.save_edit else None]
        check_outputs(outputs, inputs=[path for path in read if path is not None])
        names = ", ".join(map(str, outputs))
        if not may_write_all(outputs, existing=self.write.existing):
            reporter.result({"state": "skipped", **self._files()}, f"{names} exists, skipped")
            return exit_codes.OK
        if self.save_edit is not None:
            check_file(self.save_edit)
        edit = add(load_edit(self.edit), self.sliders) if self.edit else self.sliders
        if self.output is not None:
            self._write_picture(edit, self.output)
        if self.save_edit is not None:
            save_edit(edit, self.save_edit)
        reporter.result({"state": "done", **self._files()}, names)
        return exit_codes.OK

    def _files(self) -> dict[str, str]:
        files = {"output": self.output, "saved_edit": self.save_edit}
        return {name: str(path) for name, path in files.items() if path is not None}

    def _write_picture(self, edit: Edit, output: Path) -> None:
        model = load_portrait_model(self.model, engine=self.engine)
        animator = Animator(
            model=model,
            analyzer=self.analyzer.load(self.engine),
            settings=AnimationSettings(transfer=TransferSettings(stitching=self.stitching)),
        )
        edit_picture(
            animator,
            self.source,
            edit,
            output,
            faces=self.faces.choice(animator.analyzer, self.source),
            result="frame" if self.paste_back else "crop",
            settings=self.write.sink_settings(video_codec_of(output)),
        )
        tell_terms(self.model)


def main(arguments: Sequence[str]) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait edit")
