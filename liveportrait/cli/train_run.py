"""liveportrait train run: a word for each recipe, and every setting of it an option."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.training.recipes import RECIPES
from liveportrait.training.run_config import RunConfig
from liveportrait.training.runs import StageOutcome, run_recipe

if TYPE_CHECKING:
    RecipeChoice: TypeAlias = RunConfig
else:
    RecipeChoice = tyro.extras.subcommand_type_from_defaults(
        {name: RunConfig(recipe=recipe(), out=Path("out") / name) for name, recipe in RECIPES.items()},
        descriptions={name: (recipe.__doc__ or "").split("\n")[0] for name, recipe in RECIPES.items()},
        prefix_names=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Train a recipe. Run again with the same --out, it goes on where it stopped."""

    config: Annotated[tyro.conf.AvoidSubcommands[RecipeChoice], tyro.conf.arg(name="")]
    report: Annotated[ReportOptions, tyro.conf.arg(name="")] = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        if not self.report.quiet:
            # Steps and losses are what people wait for here.
            logging.getLogger("liveportrait.training").setLevel(logging.INFO)
        stages = run_recipe(self.config)
        reporter.facts({stage.stage: _facts(stage) for stage in stages})
        for stage in stages:
            reporter.say(
                f"stage {stage.stage}: step {stage.outcome.step}, {stage.outcome.reason}; {stage.weights}"
            )
        was_asked = stages[-1].outcome.reason == "asked to stop"
        return exit_codes.INTERRUPTED if was_asked else exit_codes.OK


def _facts(stage: StageOutcome) -> dict[str, str | int]:
    return {"step": stage.outcome.step, "ended": stage.outcome.reason, "weights": str(stage.weights)}
