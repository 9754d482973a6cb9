"""What the machine has."""

import pytest
import torch

from liveportrait.engines.config import has_fast_bf16


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({}, False),
        ({"cpu_name": "AMD Zen 5", "avx512_bf16": True}, True),
        ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": True}, True),
        ({"cpu_name": "Intel Xeon", "avx512_bf16": True}, False),
        ({"cpu_name": "AMD Zen 3", "avx2": True}, False),
    ],
)
def test_bf16_is_taken_where_it_is_faster(
    capabilities: dict[str, object], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert has_fast_bf16(torch.device("cpu")) is expected
    assert not has_fast_bf16(torch.device("mps"))


def test_an_old_torch_that_cannot_tell_gets_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not has_fast_bf16(torch.device("cpu"))
