"""The networks compute what they computed when their goldens were made."""

from collections.abc import Callable

import numpy as np
import pytest

from liveportrait.networks.deployment.optimize import optimize
from liveportrait.networks.presets import PortraitNetworks
from tests.golden.make_networks import CASES, FILE, compute, make, sample

Form = Callable[[PortraitNetworks], PortraitNetworks]


def as_trained(networks: PortraitNetworks) -> PortraitNetworks:
    return networks


@pytest.mark.parametrize("form", [as_trained, optimize])
@pytest.mark.parametrize("case", CASES)
def test_outputs_are_those_of_the_goldens(case: str, form: Form) -> None:
    """The tolerance covers other machines and thread counts; the released networks' own is similar."""
    with np.load(FILE, allow_pickle=False) as goldens:
        expected = {name: goldens[name] for name in goldens.files if name.startswith(f"{case}/")}
    outputs = {f"{case}/{name}": values for name, values in sample(compute(form(make(CASES[case])))).items()}
    assert outputs.keys() == expected.keys()
    for name, values in outputs.items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-4, atol=1e-4, err_msg=name)
        assert expected[name][1] > 1e-4, f"{name} is constant and proves nothing"
