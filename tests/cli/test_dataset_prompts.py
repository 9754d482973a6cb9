"""liveportrait dataset prompts."""

from pathlib import Path

from tests.cli.conftest import Run
from tests.dataset.running.plans import plan_of_prompts


def test_prompts_are_written_once(run: Run, tmp_path: Path) -> None:
    folder = plan_of_prompts(tmp_path, num_identities=3)
    said = run("dataset", "prompts", tmp_path, "--opening", "Passport picture of", "--json")

    assert said.code == 0
    assert said.facts["num_by_writer"] == {"template": 3}
    assert said.facts["complete"] is True
    assert folder.prompts.is_file()
    assert "3 by template" in run("dataset", "prompts", tmp_path).out


def test_a_language_model_that_is_not_there_is_one_message(run: Run, tmp_path: Path) -> None:
    plan_of_prompts(tmp_path, num_identities=3)
    said = run(
        "dataset", "prompts", tmp_path, "--writer", "language-model", "--model-folder", tmp_path / "nowhere"
    )

    assert said.code == 1
    assert "nowhere is no folder: expected a copy of Qwen/Qwen2.5-7B-Instruct there" in said.err
    assert not (tmp_path / "ledger").exists()
