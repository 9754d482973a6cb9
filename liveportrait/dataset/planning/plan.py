"""A plan is written: identities, then images, and last the facts that make it a plan. Never changed after."""

import logging
from collections.abc import Iterable, Iterator

from liveportrait.dataset.attributes.marginals_report import write_marginals
from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.ids import check_root_seed
from liveportrait.dataset.planning.checking import check_plan, table_sha256
from liveportrait.dataset.planning.config import IdentitiesSource, PlanConfig
from liveportrait.dataset.planning.document_place import write_document_place
from liveportrait.dataset.planning.facts import PlanFacts, differing_settings, write_facts
from liveportrait.dataset.planning.images import ImagePlanner
from liveportrait.dataset.planning.material import Material, gather
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.identities import PlannedIdentity
from liveportrait.dataset.schema.images import PlannedImage
from liveportrait.dataset.schema.tables import write_rows
from liveportrait.media.pending_file import write_error
from liveportrait.media.progress import Progress, silent

logger = logging.getLogger(__name__)


def make_plan(
    source: IdentitiesSource,
    folder: DatasetFolder,
    *,
    config: PlanConfig | None = None,
    progress: Progress = silent,
) -> PlanFacts:
    """Write the plan of a dataset; where the same one stands already, leave it as it is.

    Its documents may have been moved: where they are now is written down beside it.

    `progress` counts the documents that were looked at.

    Raises:
        DatasetError: when another plan stands there, or there is nothing to plan with.
    """
    config = config or PlanConfig()
    check_root_seed(config.root_seed)
    material = gather(source, config, leave_out=folder.root, progress=progress)
    facts = _standing(folder, material) or _written(folder, material)
    if material.document_folder is not None:
        write_document_place(material.document_folder, folder.document_place)
    return facts


def _standing(folder: DatasetFolder, material: Material) -> PlanFacts | None:
    """The facts of the plan that is there, if it is the one that is asked for."""
    if not folder.plan_facts.exists():
        return None
    facts, settings = check_plan(folder), material.settings
    if facts.settings_sha256 == settings.sha256:
        logger.info("%s holds this plan already", folder.root)
        return facts
    names = ", ".join(differing_settings(facts.settings, settings)) or "an earlier version's settings"
    raise DatasetError(
        f"{folder.root} holds another plan, which differs in {names}. A plan is never changed: "
        "choose a new folder, or ask for what was asked before."
    )


def _written(folder: DatasetFolder, material: Material) -> PlanFacts:
    try:
        folder.plan.mkdir(parents=True, exist_ok=True)
        folder.reports.mkdir(exist_ok=True)
    except OSError as error:
        raise write_error(folder.plan, error) from error
    names: list[str] = []
    identities = _named(material.identities, names)
    num_identities = write_rows(identities, folder.planned_identities, row_type=PlannedIdentity)
    images = _images(names, ImagePlanner(material.settings))
    num_images = write_rows(images, folder.planned_images, row_type=PlannedImage)
    write_rows(material.failures, folder.plan_failures, row_type=FailureRow)
    if material.marginals is not None:
        write_marginals(material.marginals.report(), folder.reports)
    facts = PlanFacts(
        settings_sha256=material.settings.sha256,
        identities_sha256=table_sha256(folder.planned_identities),
        images_sha256=table_sha256(folder.planned_images),
        num_identities=num_identities,
        num_images=num_images,
        num_failures=len(material.failures),
        settings=material.settings,
    )
    write_facts(facts, folder.plan_facts)
    return facts


def _named(identities: Iterable[PlannedIdentity], names: list[str]) -> Iterator[PlannedIdentity]:
    """The identities, with their ids kept: all that the images need of them."""
    for identity in identities:
        names.append(identity.identity_id)
        yield identity


def _images(names: Iterable[str], planner: ImagePlanner) -> Iterator[PlannedImage]:
    for index, name in enumerate(names):
        yield from planner.images_of(name, index=index)
