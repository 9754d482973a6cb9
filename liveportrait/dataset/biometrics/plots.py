"""Pictures of an evaluation: scores, DET curves, controls, likeness to the document."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from liveportrait.dataset.biometrics.control_agreement import ControlAgreement
from liveportrait.dataset.biometrics.evaluation import Evaluation
from liveportrait.dataset.biometrics.scenario import DET_FMRS, Scenario
from liveportrait.dataset.biometrics.score_histogram import EDGES, NUM_BINS, bins_of
from liveportrait.errors import SettingError
from liveportrait.media.pending_file import pending_file, write_error

# Told apart by people who see fewer colours: Okabe and Ito.
BLUE, ORANGE = "#0072b2", "#d55e00"
SHOWN_BINS = 200
DPI = 110
DET_TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)


def write_plots(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write those that have something to show; returns their paths."""
    name = evaluation.recogniser.name
    scored = [each for each in evaluation.scenarios if each.comparisons.non_mated.num]
    curved = [each for each in scored if np.isfinite(each.det[:, 0]).any()]
    asked = [each for each in evaluation.controls if np.isfinite(each.correlation)]
    figures = {}
    if scored:
        figures[f"scores_{name}.png"] = _scores(scored)
    if curved:
        figures[f"det_{name}.png"] = _det(curved)
    if asked:
        figures["controls.png"] = _controls(asked)
    if len(evaluation.identity_cosines):
        figures["identity_cosine.png"] = _likeness(evaluation)
    return [_save(figure, folder / file_name) for file_name, figure in figures.items()]


def _figure(*, columns: int) -> tuple[Any, list[Any]]:
    """A figure that belongs to no window and no global state, and its axes."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise SettingError(f"{error}; plots need `pip install liveportrait[dataset]`") from error
    figure = Figure(figsize=(5.2 * columns, 4.4), layout="constrained", dpi=DPI)
    return figure, list(np.ravel(figure.subplots(1, columns)))


def _scores(scenarios: Sequence[Scenario]) -> Any:
    figure, panels = _figure(columns=len(scenarios))
    for axes, scenario in zip(panels, scenarios, strict=True):
        mated = np.bincount(bins_of(scenario.comparisons.mated.scores), minlength=NUM_BINS)
        for counts, color, label in (
            (scenario.comparisons.non_mated.counts, ORANGE, "different people"),
            (mated, BLUE, "same person"),
        ):
            coarse = counts.reshape(SHOWN_BINS, -1).sum(axis=1)
            if coarse.any():
                density = coarse / coarse.sum() * SHOWN_BINS / 2
                axes.stairs(density, EDGES[:: NUM_BINS // SHOWN_BINS], fill=True, alpha=0.5, color=color)
                axes.stairs(density, EDGES[:: NUM_BINS // SHOWN_BINS], color=color, label=label)
        for rated in scenario.points:
            axes.axvline(rated.point.threshold, color="0.4", linewidth=0.8, linestyle="--")
        axes.set(title=scenario.name, xlabel="cosine", ylabel="density", yscale="log")
        axes.legend()
    return figure


def _det(scenarios: Sequence[Scenario]) -> Any:
    """On normal deviates, where two Gaussians give a straight line; a rate of 0 has no place on it."""
    figure, (axes,) = _figure(columns=1)
    lowest_fmr = min(float(DET_FMRS[np.isfinite(each.det[:, 0])].min()) for each in scenarios)
    lowest_fnmr = min(0.5 / len(each.comparisons.mated.scores) for each in scenarios)
    for scenario, color in zip(scenarios, (BLUE, ORANGE), strict=False):
        x = norm.ppf(DET_FMRS)
        middle, low, high = (norm.ppf(np.clip(column, lowest_fnmr, 0.9999)) for column in scenario.det.T)
        axes.plot(x, np.where(scenario.det[:, 0] > 0, middle, np.nan), color=color, label=scenario.name)
        axes.fill_between(x, low, high, color=color, alpha=0.2, linewidth=0)
    labels = [f"{100 * tick:g} %" for tick in DET_TICKS]
    axes.set_xticks(norm.ppf(DET_TICKS), labels, rotation=45)
    axes.set_yticks(norm.ppf(DET_TICKS), labels)
    axes.set(xlim=norm.ppf([lowest_fmr, 0.5]), ylim=norm.ppf([lowest_fnmr, 0.995]))
    axes.set(title="DET, with intervals", xlabel="false match rate", ylabel="false non-match rate")
    axes.grid(visible=True, color="0.9")
    axes.legend()
    return figure


def _controls(controls: Sequence[ControlAgreement]) -> Any:
    figure, panels = _figure(columns=len(controls))
    for axes, control in zip(panels, controls, strict=True):
        wanted, came = control.requested_values, control.measured_values
        axes.scatter(wanted, came, s=6, color=BLUE, alpha=0.5, linewidths=0)
        ends = np.array([wanted.min(), wanted.max()])
        axes.plot(ends, came.mean() + control.slope * (ends - wanted.mean()), color=ORANGE)
        if control.is_in_units_of_request:
            axes.plot(ends, ends, color="0.5", linestyle="--", linewidth=0.8)
        axes.set(title=f"slope {control.slope:.2f}, correlation {control.correlation:.2f}")
        axes.set(xlabel=f"requested {control.control}", ylabel=f"measured {control.measured}")
        axes.grid(visible=True, color="0.9")
    return figure


def _likeness(evaluation: Evaluation) -> Any:
    figure, (axes,) = _figure(columns=1)
    axes.hist(evaluation.identity_cosines, bins=60, color=BLUE)
    axes.set(title="Live images and their documents", xlabel="cosine", ylabel="images")
    return figure


def _save(figure: Any, path: Path) -> Path:
    pending = pending_file(path)
    try:
        # A fixed name of the software: the same numbers give the same bytes.
        figure.savefig(pending.path, format="png", metadata={"Software": "liveportrait"})
        pending.commit()
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        pending.discard()
    return path
