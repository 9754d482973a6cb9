"""What a benchmark was to reach, and what it reached."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One requirement: a least or a most."""

    what: str
    found: float
    by: str = ""
    """Who reached it, where there were several."""
    least: float | None = None
    most: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.least is None or self.found >= self.least) and (
            self.most is None or self.found <= self.most
        )

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        bounds = {"least": self.least, "most": self.most}
        return {"what": self.what, "found": self.found, "by": self.by, **bounds, "is_met": self.is_met}

    def __str__(self) -> str:
        bound = f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"
        by = f" ({self.by})" if self.by else ""
        return f"{'met ' if self.is_met else 'MISSED'} {self.what}: {self.found:.3g}{by}, {bound} was wanted"
