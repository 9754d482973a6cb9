"""Everything that is measured of a finished dataset with one recogniser."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from liveportrait.dataset.biometrics.bootstrap import BootstrapSettings, Interval, intervals
from liveportrait.dataset.biometrics.comparing import ComparingSettings, compare_between, compare_within
from liveportrait.dataset.biometrics.comparisons import Comparisons
from liveportrait.dataset.biometrics.control_agreement import ControlAgreement, control_agreements
from liveportrait.dataset.biometrics.groups import GroupRates, group_rates
from liveportrait.dataset.biometrics.rates import (
    ErrorRates,
    OperatingPoint,
    d_prime,
    equal_error,
    error_rates,
    point_at_fmr,
    point_at_threshold,
)
from liveportrait.dataset.biometrics.weighted_rates import WeightedRates
from liveportrait.dataset.embeddings import Embeddings, Recogniser
from liveportrait.dataset.filtering.thresholds import Calibration
from liveportrait.dataset.people import Person

DET_FMRS: Float64[ndarray, "fmrs"] = np.geomspace(1e-6, 0.5, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSettings:
    """At which rates, and how sure."""

    fmrs: tuple[float, ...] = (1e-3, 1e-4)
    """False match rates of the operating points."""
    bootstrap: BootstrapSettings = field(default_factory=BootstrapSettings)
    comparing: ComparingSettings = field(default_factory=ComparingSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedPoint:
    """An operating point with its intervals; where the threshold is from decides what it says."""

    origin: str
    """`this dataset`, where the threshold was chosen so, or the name of the set it was calibrated on."""
    target_fmr: float
    point: OperatingPoint
    fmr: Interval
    fnmr: Interval
    false_reject_rate: float
    """FNMR with the mated comparisons that a missing face made impossible: these count as rejections."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """One kind of comparison."""

    name: str
    comparisons: Comparisons
    rates: ErrorRates
    equal_error: OperatingPoint
    equal_error_interval: Interval
    d_prime: float
    points: tuple[RatedPoint, ...]
    det: Float64[ndarray, "fmrs 3"]
    """FNMR at each of `DET_FMRS`: of the set, and the bounds; nan where the set is too small."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What is known of a dataset."""

    recogniser: Recogniser
    scenarios: tuple[Scenario, ...]
    groups: tuple[GroupRates, ...]
    """Of the first scenario, at its points."""
    controls: tuple[ControlAgreement, ...]
    identity_cosines: Float64[ndarray, "n"]
    """Of live images to their documents, as they were measured when these were made."""


def evaluate(
    people: Sequence[Person],
    embeddings: Embeddings,
    *,
    calibrations: Sequence[Calibration] = (),
    settings: EvaluationSettings | None = None,
) -> Evaluation:
    """Compare documents with live images and with each other; images that are not `ok` take no part."""
    settings = settings or EvaluationSettings()
    good = {image.planned.image_id for person in people for image in person.images}
    embeddings = embeddings.where(np.array([name in good for name in embeddings.image_ids], dtype=bool))
    documents, live = embeddings.of_role("doc"), embeddings.of_role("live")
    mine = [
        each
        for each in calibrations
        if (each.recogniser, each.weights_sha256)
        == (embeddings.recogniser.name, embeddings.recogniser.weights_sha256)
    ]
    between = compare_between(documents, live, settings.comparing)
    scenarios = (
        _scenario("documents with live images", between, mine, settings),
        _scenario("documents with each other", compare_within(documents, settings.comparing), mine, settings),
    )
    cosines = [image.face.identity_cosine for person in people for image in person.live if image.face]
    return Evaluation(
        recogniser=embeddings.recogniser,
        scenarios=scenarios,
        groups=tuple(_groups(people, scenarios[0], settings)),
        controls=tuple(control_agreements(people)),
        identity_cosines=np.array([each for each in cosines if each is not None], dtype=np.float64),
    )


def _scenario(
    name: str, comparisons: Comparisons, calibrations: Sequence[Calibration], settings: EvaluationSettings
) -> Scenario:
    rates = error_rates(comparisons)
    measurable = comparisons.non_mated.num
    own = [fmr for fmr in settings.fmrs if fmr * measurable >= 1]
    det_fmrs = np.where(DET_FMRS * measurable >= 1, DET_FMRS, np.nan)

    def figures(rates: ErrorRates) -> Float64[ndarray, "k"]:
        points = [
            *(point_at_fmr(rates, fmr) for fmr in own),
            *(point_at_threshold(rates, each.threshold) for each in calibrations),
        ]
        pairs = [[equal_error(rates).fmr] * 2, *([point.fmr, point.fnmr] for point in points)]
        return np.concatenate([np.array(pairs).reshape(-1), _det(rates, det_fmrs)])

    none = Interval(low=float("nan"), high=float("nan"), confidence=settings.bootstrap.confidence)
    num_figures = 2 + 2 * (len(own) + len(calibrations)) + len(DET_FMRS)
    bounds = intervals(WeightedRates(comparisons), figures, settings.bootstrap) or [none] * num_figures
    named = [("this dataset", fmr, point_at_fmr(rates, fmr)) for fmr in own]
    named += [(each.set_name, each.fmr, point_at_threshold(rates, each.threshold)) for each in calibrations]
    band = bounds[-len(DET_FMRS) :]
    return Scenario(
        name=name,
        comparisons=comparisons,
        rates=rates,
        equal_error=equal_error(rates),
        equal_error_interval=bounds[0],
        d_prime=d_prime(comparisons),
        points=tuple(
            RatedPoint(
                origin=origin,
                target_fmr=fmr,
                point=point,
                fmr=bounds[2 + 2 * place],
                fnmr=bounds[3 + 2 * place],
                false_reject_rate=_false_reject_rate(comparisons, point),
            )
            for place, (origin, fmr, point) in enumerate(named)
        ),
        det=np.stack(
            [_det(rates, det_fmrs), np.array([b.low for b in band]), np.array([b.high for b in band])], axis=1
        ),
    )


def _det(rates: ErrorRates, fmrs: Float64[ndarray, "fmrs"]) -> Float64[ndarray, "fmrs"]:
    """FNMR at each of the rates."""
    places = np.searchsorted(-rates.fmr, -fmrs)  # the first edge at which the rate is no more
    fnmr = rates.fnmr[np.minimum(places, len(rates.fnmr) - 1)]
    return np.where(np.isnan(fmrs) | np.isnan(rates.fmr[0]), np.nan, fnmr)


def _false_reject_rate(comparisons: Comparisons, point: OperatingPoint) -> float:
    num, lost = len(comparisons.mated.scores), comparisons.num_mated_lost
    return (point.fnmr * num + lost) / (num + lost) if num else float("nan")


def _groups(people: Sequence[Person], scenario: Scenario, settings: EvaluationSettings) -> list[GroupRates]:
    thresholds = [each.point.threshold for each in scenario.points]
    found = []
    for place, attribute in enumerate(("gender", "age", "origin")):
        found += group_rates(
            scenario.comparisons,
            {person.identity_id: person.group[place] for person in people},
            attribute=attribute,
            thresholds=thresholds,
            bootstrap=settings.bootstrap,
        )
    return found
