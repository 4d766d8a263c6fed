"""Money in integer fen 分; never a float."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Money"]


@dataclass(frozen=True, order=True)
class Money:
    """An amount of CNY in fen.

    >>> str(Money(7340))
    '¥73.40'
    """

    fen: int

    def __post_init__(self) -> None:
        if not isinstance(self.fen, int) or isinstance(self.fen, bool):
            raise TypeError(f"fen must be an integer, got {self.fen!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen)

    def __mul__(self, count: int) -> Money:
        if not isinstance(count, int):
            raise TypeError("money is multiplied by whole numbers only")
        return Money(self.fen * count)

    def __str__(self) -> str:
        sign, fen = ("-" if self.fen < 0 else ""), abs(self.fen)
        return f"{sign}¥{fen // 100}.{fen % 100:02d}"
