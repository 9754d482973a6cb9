"""Batches on engines whose networks are compiled for one picture."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from liveportrait.engines.protocol import Signature


def item_by_item(
    run: Callable[[Mapping[str, Tensor]], dict[str, Tensor]],
    signature: Signature,
    inputs: Mapping[str, Tensor],
) -> dict[str, Tensor]:
    """What `run` makes of every item of a batch, put together; a single item is not copied."""
    ordered = dict(zip(signature.input_names, signature.in_order(inputs), strict=True))
    batch = {len(value) for value in ordered.values()}
    assert len(batch) == 1, f"{signature.name}: inputs of different batches {batch}"
    if batch == {1}:
        return run(ordered)
    items = [
        {name: result.clone() for name, result in run(dict(zip(ordered, values, strict=True))).items()}
        for values in zip(*(value.split(1) for value in ordered.values()), strict=True)
    ]
    return {name: torch.cat([item[name] for item in items]) for name in signature.output_names}
