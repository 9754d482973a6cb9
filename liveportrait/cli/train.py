"""`liveportrait train`: prepare data, run a recipe, export its weights."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from liveportrait.errors import SettingError
from liveportrait.training.exporting import export_model
from liveportrait.training.preparation import PreparationConfig, prepare

_out = Console()

Unprefixed = tyro.conf.arg(name="")


def main(args: Sequence[str] | None = None) -> None:
    """Parse, call, report; faults of the user are raised as `LivePortraitError`."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[RichHandler(show_path=False)])
    tyro.extras.subcommand_cli_from_dict(
        {"prepare": prepare_data, "run": _run_command(), "export": export},
        prog="liveportrait train",
        args=args,
    )


def prepare_data(config: Annotated[PreparationConfig, Unprefixed]) -> None:
    """Clips and stills to shards; called again it goes on where it stopped."""
    columns = (TextColumn("files"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_out) as bar:
        task = bar.add_task("")

        def progress(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        summary = prepare(config, progress=progress)
    _out.print(
        f"{summary.num_shards} shards with {summary.num_frames} frames of {summary.num_files} files "
        f"({summary.num_done_before} done before)"
    )
    for reason, count in sorted(summary.drops_by_reason.items()):
        _out.print(f"left out, {reason.replace('_', ' ')}: {count}")
    if summary.num_unknown_origin:
        _out.print(f"in use without a stated origin or licence: {summary.num_unknown_origin} files")
    _out.print(f"all of it in {config.out / 'clips.csv'}")


def export(run: Path, out: Path) -> None:
    """Averaged networks of a run (a stage's folder, or its file) to half precision for use."""
    exported = export_model(run, out)
    licence = exported.provenance.licence
    use = "commercial use allowed" if licence.commercial_use else "no commercial use"
    _out.print(f"{exported.path}: {exported.num_bytes / 2**20:.1f} MiB, {licence.spdx} ({use})")


def _run_command() -> Callable[..., None]:
    """The command with a sub-command a recipe, whose every setting is an option."""
    try:
        from liveportrait.training.recipes import RECIPES
        from liveportrait.training.run_config import RunConfig
        from liveportrait.training.runs import run_recipe
    except ModuleNotFoundError as error:
        raise SettingError(f"{error}; training needs `pip install liveportrait[train]`") from error

    defaults = {name: RunConfig(recipe=recipe(), out=Path("out") / name) for name, recipe in RECIPES.items()}
    recipes = tyro.extras.subcommand_type_from_defaults(defaults, prefix_names=False)

    def run(config: Annotated[RunConfig, Unprefixed]) -> None:
        """Train a recipe; called again with the same folder it goes on where it stopped."""
        for stage in run_recipe(config):
            outcome = stage.outcome
            _out.print(f"stage {stage.stage}: step {outcome.step}, {outcome.reason}; {stage.weights}")

    run.__annotations__["config"] = Annotated[tyro.conf.AvoidSubcommands[recipes], Unprefixed]
    return run
