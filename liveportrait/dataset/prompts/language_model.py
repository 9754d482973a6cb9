"""Prompts by a language model that runs here, checked, and by the template where it does not do as told."""

import json
import logging
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from liveportrait.dataset.generators.diffusion import WeightPrecision, dtype_on
from liveportrait.dataset.generators.hub_models import HubModel, check_accepted, find_files
from liveportrait.dataset.generators.packages import import_transformers
from liveportrait.dataset.ids import seed_of_attempt
from liveportrait.dataset.prompts.phrases import fault_of, tidied
from liveportrait.dataset.prompts.protocol import PromptRequest
from liveportrait.dataset.prompts.template import TemplateConfig, TemplateWriter
from liveportrait.dataset.schema.identities import Attribute
from liveportrait.dataset.schema.prompts import Prompt
from liveportrait.engines.config import find_device
from liveportrait.errors import SettingError, WeightsError

logger = logging.getLogger(__name__)

QWEN = HubModel(
    id="Qwen/Qwen2.5-7B-Instruct",
    revision="a09a35458c702b33eeacc393d103063234e8bc28",
    licence="Apache-2.0",
    terms="https://huggingface.co/Qwen/Qwen2.5-7B-Instruct",
    files=("*.json", "*.safetensors", "merges.txt"),
)

TASK = (
    "You describe people for a photographer. From a list of attributes you write one phrase in English, of "
    "at most 80 words, that continues the words you are given. Say every attribute, in its own words where "
    "that can be. Add nothing that is not in the list: no judgement, no mood, no clothes, no background. "
    "Answer with the phrase alone."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How words are chosen; the defaults are those of Qwen2.5."""

    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 20
    max_tokens: int = 256
    """A phrase that is not done by then is refused."""

    def __post_init__(self) -> None:
        if self.temperature <= 0 or not 0 < self.top_p <= 1 or self.top_k < 1 or self.max_tokens < 1:
            raise SettingError(
                "Expected temperature above 0, top_p above 0 up to 1, top_k and max_tokens of 1 or more; got "
                f"{self.temperature}, {self.top_p}, {self.top_k} and {self.max_tokens}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelConfig:
    """Let a causal language model put the attributes into words."""

    model: HubModel = QWEN
    """Any one with a chat template."""
    folder: Path | None = None
    """A copy of the model; None takes the hub's cache, and fills it."""
    accept_licences: tuple[str, ...] = ()
    """By name, for models with restrictions."""
    max_attempts: int = 3
    """How many texts it may make before the template's is taken."""
    sampling: Sampling = field(default_factory=Sampling)
    template: TemplateConfig = field(default_factory=TemplateConfig)
    """What stands before and after the phrase, and writes where the model fails."""
    device: str = "auto"
    """cpu, cuda, cuda:1, mps; auto takes a GPU where there is one."""
    precision: WeightPrecision | None = None
    """None takes bf16 on a GPU and fp32 on the CPU."""

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise SettingError(f"max_attempts is {self.max_attempts}; give 1 or more.")

    def open(self) -> "LanguageModelWriter":
        check_accepted((self.model,), self.accept_licences)
        device = find_device(self.device)
        dtype = dtype_on(device, precision=self.precision, published="bf16")
        folder = find_files(self.model, self.folder)
        transformers = import_transformers()
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                folder, dtype=dtype, use_safetensors=True
            )
        except (OSError, ValueError, RuntimeError, KeyError) as fault:
            raise WeightsError(f"{folder} holds no language model that can be opened: {fault}") from fault
        return LanguageModelWriter(model.to(device), tokenizer, self)


class LanguageModelWriter:
    """A `PromptWriter`: asks, checks, asks again with another seed, and gives up for the template."""

    def __init__(self, model: Any, tokenizer: Any, config: LanguageModelConfig) -> None:
        if not tokenizer.chat_template:
            raise WeightsError(
                f"{config.model.id} has no chat template; choose a model made for instructions."
            )
        self._model, self._tokenizer, self._config = model, tokenizer, config
        self._template = TemplateWriter(config=config.template)

    @property
    def name(self) -> str:
        model, folder = self._config.model, self._config.folder
        if folder is not None:
            return name_of_copy(folder)
        return model.id if model.revision is None else f"{model.id}@{model.revision}"

    def write(self, request: PromptRequest) -> Prompt:
        fault = ""
        for attempt in range(self._config.max_attempts):
            phrase = self._phrase(request, seed=seed_of_attempt(request.seed, attempt))
            fault = fault_of(phrase, request.attributes)
            if not fault:
                return Prompt(
                    identity_id=request.identity_id,
                    text=self._whole(phrase),
                    writer=self.name,
                    attempts=attempt + 1,
                )
        logger.warning("%s: %s; the template writes its prompt", request.identity_id, fault)
        return replace(self._template.write(request), attempts=self._config.max_attempts)

    def close(self) -> None:
        del self._model

    def _whole(self, phrase: str) -> str:
        template = self._config.template
        return f"{template.opening} {phrase}, {template.closing}."

    @torch.inference_mode()
    def _phrase(self, request: PromptRequest, *, seed: int) -> str:
        """What the model says, tidied; empty where it did not come to an end."""
        text = self._tokenizer.apply_chat_template(
            self._messages(request.attributes), add_generation_prompt=True, tokenize=False
        )
        asked = self._tokenizer(text, add_special_tokens=False, return_tensors="pt").to(self._model.device)
        sampling = self._config.sampling
        with torch.random.fork_rng(devices=_gpus(self._model.device)):  # generate takes no generator
            torch.manual_seed(seed)
            answer = self._model.generate(
                **asked,
                do_sample=True,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                top_k=sampling.top_k,
                max_new_tokens=sampling.max_tokens,
                pad_token_id=self._tokenizer.pad_token_id,
                eos_token_id=self._tokenizer.eos_token_id,
            )
        said = answer[0, asked["input_ids"].shape[1] :]
        if said[-1] != self._tokenizer.eos_token_id:
            return ""
        return tidied(self._tokenizer.decode(said, skip_special_tokens=True), self._config.template.opening)

    def _messages(self, attributes: tuple[Attribute, ...]) -> list[dict[str, str]]:
        listed = "\n".join(
            f"{attribute.name.replace('_', ' ')}: {attribute.value}" for attribute in attributes
        )
        question = f'The words are: "{self._config.template.opening}"\nThe attributes are:\n{listed}'
        return [{"role": "system", "content": TASK}, {"role": "user", "content": question}]


def name_of_copy(folder: Path) -> str:
    """What a copy calls itself, else how its folder is called: it may be of any model and commit.

    Some copies name the folder that they were saved from; no path of this machine goes into a record.
    """
    try:
        content = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError) as fault:
        raise WeightsError(f"{folder / 'config.json'} cannot be read: {fault}.") from fault
    said = content.get("_name_or_path") if isinstance(content, dict) else None
    is_name = isinstance(said, str) and re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", said)
    return f"copy of {said}" if is_name else f"copy {folder.resolve().name}"


def _gpus(device: torch.device) -> list[int]:
    """Whose random state is to be kept beside the CPU's."""
    return [device.index or 0] if device.type == "cuda" else []
