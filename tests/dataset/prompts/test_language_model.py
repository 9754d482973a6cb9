"""A language model's words are checked, tried again and in the end the template's; the seed decides them."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("diffusers", reason="needs the extra `generators`")

from liveportrait.dataset.prompts.language_model import (
    QWEN,
    LanguageModelConfig,
    LanguageModelWriter,
    Sampling,
)
from liveportrait.dataset.prompts.protocol import PromptRequest, PromptWriter
from liveportrait.dataset.prompts.template import TemplateWriter
from liveportrait.dataset.schema.identities import Attribute
from liveportrait.errors import SettingError, WeightsError
from tests.dataset.generators import tiny_parts

PERSON = PromptRequest(
    identity_id="0" * 12,
    attributes=(
        Attribute(name="genders", value="Female"),
        Attribute(name="ages", value="30-39"),
        Attribute(name="hair_colors", value="Black"),
    ),
    seed=11,
)
CONFIG = LanguageModelConfig(device="cpu", sampling=Sampling(max_tokens=12))
GOOD = "a woman aged 34 with black hair"


class Scripted:
    """A model that says what it is told to say, and notes what it was asked and with which random state."""

    device = torch.device("cpu")

    def __init__(self, *answers: str, ends: bool = True) -> None:
        self.tokenizer = tiny_parts.qwen_tokenizer()
        self.answers = iter(answers)
        self.ends = ends
        self.asked: list[str] = []
        self.options: dict[str, Any] = {}
        self.first_numbers: list[float] = []

    def generate(self, *, input_ids: torch.Tensor, **options: Any) -> torch.Tensor:
        self.asked.append(str(self.tokenizer.decode(input_ids[0])))
        self.options = options
        self.first_numbers.append(float(torch.rand(())))
        said = self.tokenizer(next(self.answers)).input_ids
        said += [self.tokenizer.eos_token_id] if self.ends else []
        return torch.cat([input_ids, torch.tensor([said])], dim=1)

    def writer(self, **changes: Any) -> LanguageModelWriter:
        return LanguageModelWriter(self, self.tokenizer, replace(CONFIG, **changes))


@pytest.fixture(scope="module")
def tiny() -> Any:
    return tiny_parts.causal_language_model()


def test_a_good_phrase_stands_between_opening_and_closing() -> None:
    model = Scripted(GOOD)
    writer = model.writer()
    prompt = writer.write(PERSON)

    assert isinstance(writer, PromptWriter)
    assert prompt.text == f"{CONFIG.template.opening} {GOOD}, {CONFIG.template.closing}."
    assert (prompt.identity_id, prompt.attempts, prompt.unmentioned) == (PERSON.identity_id, 1, ())
    assert prompt.writer == f"{QWEN.id}@{QWEN.revision}"


def test_the_model_is_asked_in_its_chats_form_for_every_attribute() -> None:
    model = Scripted(GOOD)
    model.writer().write(PERSON)

    assert model.asked[0].startswith("<|im_start|>system\n")
    assert model.asked[0].endswith("<|im_start|>assistant\n")
    for line in ("genders: Female", "ages: 30-39", "hair colors: Black", CONFIG.template.opening):
        assert line in model.asked[0]
    assert model.options["do_sample"] is True
    assert model.options["max_new_tokens"] == 12


def test_a_phrase_that_leaves_something_out_is_asked_for_again_with_another_seed() -> None:
    model = Scripted("a woman aged 34", GOOD)
    prompt = model.writer().write(PERSON)

    assert prompt.attempts == 2 and GOOD in prompt.text
    assert model.first_numbers[0] != model.first_numbers[1]


def test_after_the_last_attempt_the_template_writes_and_the_record_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        prompt = Scripted("a man", "a dog", "nothing").writer(max_attempts=3).write(PERSON)

    assert prompt == replace(TemplateWriter().write(PERSON), attempts=3)
    assert prompt.writer == "template"
    assert "leaves out Female, 30-39, Black; the template writes" in caplog.text


def test_a_phrase_that_was_cut_off_is_not_taken() -> None:
    assert Scripted(GOOD, ends=False).writer(max_attempts=1).write(PERSON).writer == "template"


def test_the_seed_decides_and_the_callers_random_state_is_left_alone(tiny: Any) -> None:
    writer = LanguageModelWriter(tiny, tiny_parts.qwen_tokenizer(), CONFIG)
    said: list[str] = []
    for seed in (1, 1, 2):
        torch.manual_seed(len(said))
        before = torch.get_rng_state()
        said.append(writer._phrase(replace(PERSON, seed=seed), seed=seed))
        assert torch.equal(torch.get_rng_state(), before)
    raw = [_raw(writer, tiny, seed) for seed in (1, 1, 2)]

    assert said[0] == said[1]
    assert torch.equal(raw[0], raw[1])
    assert not torch.equal(raw[0], raw[2])


def _raw(writer: LanguageModelWriter, model: Any, seed: int) -> torch.Tensor:
    """The tokens themselves: random ones hardly ever come to an end."""
    kept: list[torch.Tensor] = []
    generate = model.generate
    model.generate = lambda **options: kept.append(generate(**options)) or kept[-1]
    try:
        writer._phrase(PERSON, seed=seed)
    finally:
        del model.generate
    return kept[0]


def test_a_real_model_of_random_words_falls_back_and_is_opened_offline(tiny: Any, tmp_path: Path) -> None:
    tiny.save_pretrained(tmp_path)
    tiny_parts.qwen_tokenizer().save_pretrained(tmp_path)
    writer = replace(CONFIG, folder=tmp_path).open()

    assert writer.write(PERSON).writer == "template"
    writer.close()


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Qwen/Qwen2.5-0.5B-Instruct", "copy of Qwen/Qwen2.5-0.5B-Instruct"),
        ("/home/somebody/models/qwen", "copy mine"),
        ("../models", "copy mine"),
        (None, "copy mine"),
    ],
)
def test_a_copy_is_called_what_it_calls_itself(tmp_path: Path, said: str | None, name: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({} if said is None else {"_name_or_path": said}))
    assert Scripted().writer(folder=folder).name == name


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds no language model that can be opened"):
        replace(CONFIG, folder=tmp_path).open()


def test_a_model_that_cannot_chat_is_refused() -> None:
    tokenizer = tiny_parts.qwen_tokenizer()
    tokenizer.chat_template = None
    with pytest.raises(WeightsError, match="no chat template"):
        LanguageModelWriter(Scripted(), tokenizer, CONFIG)


def test_the_default_is_free_and_pinned() -> None:
    assert (QWEN.licence, QWEN.restrictions) == ("Apache-2.0", "")
    assert QWEN.revision is not None and len(QWEN.revision) == 40


@pytest.mark.parametrize(
    "changes", [{"temperature": 0.0}, {"top_p": 0.0}, {"top_p": 1.5}, {"top_k": 0}, {"max_tokens": 0}]
)
def test_sampling_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        Sampling(**changes)


def test_at_least_one_attempt_is_made() -> None:
    with pytest.raises(SettingError, match="max_attempts is 0"):
        LanguageModelConfig(max_attempts=0)
