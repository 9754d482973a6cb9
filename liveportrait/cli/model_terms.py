"""Who may not use a model: said beside the result that it made, or before work that takes long."""

import logging

from liveportrait.checkpoints.catalogue import summarise_model

logger = logging.getLogger(__name__)


def tell_terms(model: str) -> None:
    """Log a line where its licence excludes commercial use, or is not known."""
    licence = summarise_model(model).provenance.licence
    if not licence.commercial_use:
        logger.warning("the model %s is not for commercial use (%s)", model, licence.spdx)
