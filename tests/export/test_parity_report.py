"""What a parity report says of itself."""

from liveportrait.export.parity import ParityReport
from liveportrait.export.parity_report import parity_facts


def test_figures_come_with_their_machine_and_commit() -> None:
    report = ParityReport(model="any", num_frames=0, made_by="me", rows=(), refusals=())
    machine = parity_facts(report)["machine"]
    assert machine["cpu"] and machine["packages"]["torch"]
    assert "commit" in machine
