"""What was asked is set against what came, since the document."""

from pathlib import Path

import numpy as np
import pytest

from liveportrait.dataset.biometrics.control_agreement import control_agreements
from liveportrait.dataset.people import read_people
from tests.dataset.finished import write_finished


def test_half_of_the_yaw_comes(tmp_path: Path) -> None:
    found = {each.control: each for each in control_agreements(read_people(write_finished(tmp_path / "set")))}
    yaw = found["yaw_deg"]
    assert yaw.num == 12
    assert yaw.slope == pytest.approx(0.5) and yaw.correlation == pytest.approx(1)
    assert yaw.mean_distance == pytest.approx(np.abs(yaw.requested_values).mean() / 2)
    assert np.isnan(found["pitch_deg"].slope)  # asked alike of everybody
    assert found["lip_open_ratio"].num == 0 and np.isnan(found["lip_open_ratio"].correlation)
    assert found["mouth_open"].measured == "change of lip_open_ratio"


def test_without_the_document_there_is_no_change(tmp_path: Path) -> None:
    folder = write_finished(tmp_path / "set", num_identities=1, spoilt=[f"{0:012x}.doc"])
    assert {each.num for each in control_agreements(read_people(folder))} == {0}
