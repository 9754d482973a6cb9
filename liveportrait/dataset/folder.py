"""Where everything of a dataset lies."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DatasetFolder:
    """The layout of a dataset on disk. Paths alone: nothing here makes or reads a file."""

    root: Path

    # The plan: written once.

    @property
    def plan(self) -> Path:
        return self.root / "plan"

    @property
    def plan_facts(self) -> Path:
        """Root seed, settings and their digest, counts."""
        return self.plan / "plan.json"

    @property
    def planned_identities(self) -> Path:
        """Table of `PlannedIdentity`."""
        return self.plan / "identities.parquet"

    @property
    def planned_images(self) -> Path:
        """Table of `PlannedImage`."""
        return self.plan / "images.parquet"

    @property
    def plan_failures(self) -> Path:
        """Table of `FailureRow`: documents that got no place in the plan."""
        return self.plan / "failures.parquet"

    # The run: grows, and is resumed from.

    @property
    def run_facts(self) -> Path:
        """What the run was told, its digest, and who has worked on it."""
        return self.root / "run.json"

    @property
    def run_lock(self) -> Path:
        """Held while `run_facts` is changed, or the tables are made."""
        return self.root / "ledger" / "run.lock"

    def ledger(self, stage: str, shard: int) -> Path:
        """What was done of one shard in one stage, a JSON line each; one worker at a time writes it."""
        return self.root / "ledger" / stage / f"{shard:05d}.jsonl"

    @property
    def document_place(self) -> Path:
        """Where the documents lie on this machine, if they are files."""
        return self.root / "ledger" / "document_folder.json"

    @property
    def begun_prompts(self) -> Path:
        """Prompts while they are being written, a JSON line each; gone when the table stands."""
        return self.root / "ledger" / "prompts.jsonl"

    def completion(self, stage: str, shard: int) -> Path:
        """Stands where a shard is done in a stage."""
        return self.root / "completions" / stage / f"{shard:05d}.json"

    def image(self, identity_id: str, image_id: str, *, extension: str) -> Path:
        """An image in a file of its own. Up to 256,000 identities no folder has over a thousand entries."""
        return self.root / "images" / identity_id[:2] / identity_id / f"{image_id}.{extension}"

    def tar_shard(self, stage: str, shard: int) -> Path:
        """The images of one shard and stage in one tar file."""
        return self.root / "shards" / f"{stage}-{shard:05d}.tar"

    # What the run amounts to.

    @property
    def dataset_facts(self) -> Path:
        """Schema version, software, settings, root seed, counts, models."""
        return self.root / "dataset.json"

    @property
    def identities(self) -> Path:
        return self.root / "identities.parquet"

    @property
    def images(self) -> Path:
        """Table of `ImageRecord`."""
        return self.root / "images.parquet"

    @property
    def prompts(self) -> Path:
        """Table of `Prompt` rows."""
        return self.root / "prompts.parquet"

    @property
    def failures(self) -> Path:
        """Table of `FailureRow`."""
        return self.root / "failures.parquet"

    @property
    def checksums(self) -> Path:
        return self.root / "SHA256SUMS"

    @property
    def card(self) -> Path:
        return self.root / "README.md"

    @property
    def croissant(self) -> Path:
        return self.root / "croissant.json"

    @property
    def embeddings(self) -> Path:
        """`{recogniser}.npy` and an index beside it."""
        return self.root / "embeddings"

    @property
    def protocols(self) -> Path:
        """Splits, pairs, thresholds."""
        return self.root / "protocols"

    @property
    def subsets(self) -> Path:
        """Lists of identities, such as a similarity filter's."""
        return self.root / "subsets"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def relative(self, path: Path) -> str:
        """How tables write a path within the folder: with `/`."""
        return path.relative_to(self.root).as_posix()
