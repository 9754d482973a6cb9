from pathlib import Path

import numpy as np
import torch
from PIL import Image

from liveportrait.training.sample_sheets import sheet_of, with_points, write_sheet


def test_a_row_an_item_a_column_a_thing(tmp_path: Path) -> None:
    reds, greys = torch.zeros(3, 3, 16, 16), torch.full((3, 3, 32, 32), 0.5)
    reds[:, 0] = torch.tensor([0.2, 0.6, 1.0])[:, None, None]
    sheet = sheet_of((reds, greys), cell_px=16)
    assert sheet.shape == (48, 32, 3)
    assert [int(sheet[row, 0, 0]) for row in (0, 16, 32)] == [51, 153, 255]
    assert (sheet[:, 16:] == 127).all()
    write_sheet(tmp_path / "new" / "sheet.png", (reds, greys))
    with Image.open(tmp_path / "new" / "sheet.png") as stored:
        assert np.asarray(stored).shape == (576, 384, 3)


def test_points_are_marked_where_they_lie() -> None:
    marked = with_points(torch.zeros(1, 3, 64, 64), torch.tensor([[[0.5, -0.5]]]), radius=0.05)
    rows, columns = marked[0, 1].nonzero().float().mean(dim=0)
    assert abs(float(columns) - 47.5) < 0.6 and abs(float(rows) - 15.5) < 0.6
    assert not marked[:, :, 32:].any()
