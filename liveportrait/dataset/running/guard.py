"""One folder, one recipe: what a run was told is written down at its start and compared ever after.

What changes last bits at most (who computes, with how many threads, in which precision) is written
down for each session and not compared. A method of live images may join later; none may change.
"""

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from filelock import FileLock

import liveportrait
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.checking import check_plan
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import SettingError
from liveportrait.media.pending_file import write_bytes

FORMAT = "liveportrait-run/1"
NEAR_NEUTRAL = re.compile(r"(^|\.)(engine|runtime|device|precision|num_threads)(\.|$)")
"""Parts of a recipe that change last bits at most."""

_PACKAGES = ("torch", "numpy", "opencv-python-headless", "pillow", "openvino", "onnxruntime", "diffusers")

Facts = dict[str, Any]


def begin(folder: DatasetFolder, recipe: Recipe, execution: Execution) -> None:
    """Write down what the run is told, or compare it with what it was told before.

    Raises:
        DatasetError: when there is no plan, or its tables were changed since.
        SettingError: when the folder was begun with another recipe, or for another plan.
    """
    told, neutral = recipe_values(recipe)
    plan = _digest_of_plan(folder)
    with _facts(folder) as facts:
        if facts:
            _compare(facts, told, plan, folder)
        facts.setdefault("format", FORMAT)
        facts.setdefault("plan", plan)
        facts["recipe"] = facts.get("recipe", {}) | told
        facts["digest"] = digest(facts["recipe"])
        facts.setdefault("models", {})
        facts.setdefault("sessions", []).append(_session(neutral, execution))


def check_recipe(folder: DatasetFolder, recipe: Recipe) -> None:
    """Raise as `begin` would, and write nothing."""
    facts = read_facts(folder)
    if facts:
        _compare(facts, recipe_values(recipe)[0], _digest_of_plan(folder), folder)


def check_models(folder: DatasetFolder, stage: str, models: tuple[ModelRef, ...]) -> None:
    """The same for the weights that a stage found when it opened them."""
    found = [asdict(model) for model in models]
    with _facts(folder) as facts:
        known = facts.setdefault("models", {}).setdefault(stage, found)
        if known != found:
            raise SettingError(
                f"The stage {stage} was begun with {_names(known)} and now finds {_names(found)}; give it "
                "the same weights, or start in another folder."
            )


def read_facts(folder: DatasetFolder) -> Facts:
    """What stands in `run.json`; empty where no run was begun."""
    if not folder.run_facts.exists():
        return {}
    try:
        facts = json.loads(folder.run_facts.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{folder.run_facts}: expected the facts of a run ({error}).") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise DatasetError(f"{folder.run_facts}: expected the facts of a run in the format {FORMAT}.")
    return facts


def shard_identities_of(folder: DatasetFolder) -> int:
    """How the plan was cut into shards; as it would be where no run was begun."""
    recipe = read_facts(folder).get("recipe", {})
    return int(recipe.get("shard_identities", Recipe().shard_identities))


def recipe_values(recipe: Recipe) -> tuple[Facts, Facts]:
    """All values of a recipe by dotted names: those that decide, and those that are near neutral."""
    values: Facts = {}
    for part in fields(recipe):
        if part.name != "live":
            values |= _flat(part.name, getattr(recipe, part.name))
    for config in recipe.live:
        values |= _flat(f"live.{config.method}", config)
    told = {name: value for name, value in values.items() if not NEAR_NEUTRAL.search(name)}
    return told, {name: value for name, value in values.items() if name not in told}


def digest(values: Mapping[str, Any]) -> str:
    """16 hex digits of the values, whatever their order."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _flat(name: str, value: Any) -> Facts:
    if not is_dataclass(value):
        return {name: list(value) if isinstance(value, tuple) else value}
    flat: Facts = {f"{name}.kind": type(value).__name__}
    for part in fields(value):
        flat |= _flat(f"{name}.{part.name}", getattr(value, part.name))
    return flat


@contextmanager
def _facts(folder: DatasetFolder) -> Iterator[Facts]:
    """The facts of the run, held while they are looked at and changed; written if nothing was raised."""
    lock = folder.run_lock
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        before = read_facts(folder)
        held = json.loads(json.dumps(before))
        yield held
        if held != before:
            write_bytes(folder.run_facts, (json.dumps(held, indent=1, default=str) + "\n").encode())


def _compare(facts: Facts, told: Facts, plan: str, folder: DatasetFolder) -> None:
    if facts["plan"] != plan:
        raise SettingError(
            f"{folder.root} was begun for another plan; plan and run in a folder of their own."
        )
    before = facts["recipe"]
    now = json.loads(json.dumps(told, default=str))
    joins = {name for name in now if name not in before and not _stands_for_known(name, before)}
    changed = [name for name in now if name not in joins and before.get(name) != now[name]]
    if changed:
        listed = "; ".join(f"{name} was {before.get(name)!r}, now {now[name]!r}" for name in changed)
        raise SettingError(f"{folder.root} was begun otherwise: {listed}. Say the same, or start elsewhere.")


def _stands_for_known(name: str, before: Facts) -> bool:
    """Whether a value that is new belongs to a part that is not: `live.a.steps` where there was `live.a`."""
    parts = name.split(".")
    return parts[0] != "live" or f"live.{parts[1]}.kind" in before


def _digest_of_plan(folder: DatasetFolder) -> str:
    """Of the planned tables' bytes, which must be those that were planned."""
    facts = check_plan(folder)
    total = hashlib.blake2b(digest_size=8)
    for sha256 in (facts.identities_sha256, facts.images_sha256):
        total.update(bytes.fromhex(sha256))
    return total.hexdigest()


def _session(neutral: Facts, execution: Execution) -> Facts:
    """Who computes, and with what: last bits may depend on it."""
    return {
        "time_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "liveportrait": liveportrait.__version__,
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "execution": asdict(execution),
        **neutral,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _names(models: list[Facts]) -> str:
    named = [f"{model['id']} ({(model['sha256'] or '?')[:12]})" for model in models]
    return ", ".join(named) or "no weights"
