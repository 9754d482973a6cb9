import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run
from tests.dataset.planning.documents import write_document


def test_the_overview_names_the_words_that_are_here(run: Run) -> None:
    said = run("dataset", "--help")
    assert said.code == 0
    assert "\n  plan " in said.out
    assert run("dataset").code == 2
    assert "Did you mean plan?" in run("dataset", "pan").err


def test_documents_are_planned(run: Run, tmp_path: Path) -> None:
    write_document(tmp_path / "documents" / "a.png", seed=0)
    words = ["dataset", "plan", "documents", "--folder", tmp_path / "documents", "-o", tmp_path / "out"]
    said = run(*words, "--json", "--num-animations", "5", "--presets", "poses", "mild")
    assert said.code == 0
    assert (said.facts["num_identities"], said.facts["num_images"]) == (1, 6)
    again = run(*words, "--root-seed", "3")
    assert again.code == 1
    assert "holds another plan" in again.err


def test_documents_left_out_show_in_the_exit_code(run: Run, tmp_path: Path) -> None:
    write_document(tmp_path / "documents" / "a.png", seed=0)
    (tmp_path / "documents" / "b.png").write_text("no")
    said = run("dataset", "plan", "documents", "--folder", tmp_path / "documents", "-o", tmp_path / "out")
    assert said.code == 3
    assert "1 documents left out" in said.out


def test_attributes_are_planned_without_torch(tmp_path: Path) -> None:
    words = ["dataset", "plan", "attributes", "--num-identities", "3", "-o", str(tmp_path / "out")]
    code = (
        f"import sys; from liveportrait.cli.main import main; code = main({words}); "
        "assert 'torch' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 identities, 12 images" in done.stdout
