"""The figures as a table, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.figure import Figure, Spread
from tests.bench.machine import Machine


def printed(machine: Machine, figures: Sequence[Figure]) -> None:
    console = Console(width=160)
    console.print(str(machine))
    table = Table("what", "n", "unit", "ours", "against", "theirs", "ratio", "budget", "", title="p50 (p5 to p95)")
    for figure in figures:
        ours, theirs, ratio = (told(Spread.of(each)) for each in (figure.ours, figure.theirs, figure.ratios))
        verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
        row = (figure.what, str(len(figure.ours)), figure.unit, ours, figure.against, theirs, ratio)
        table.add_row(*row, budget(figure), verdict)
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"{figure.what}: {figure.note}")


def as_json(machine: Machine, figures: Sequence[Figure]) -> bytes:
    rows: list[dict[str, Any]] = [
        {
            **msgspec.to_builtins(figure),
            "ratio": msgspec.to_builtins(Spread.of(figure.ratios)),
            "met": figure.met,
            "n": len(figure.ours),
        }
        for figure in figures
    ]
    plain = {"schema": 1, "machine": msgspec.to_builtins(machine), "figures": rows}
    return msgspec.json.format(msgspec.json.encode(plain), indent=1)


def told(spread: Spread) -> str:
    return f"{short(spread.p50)} ({short(spread.p5)} to {short(spread.p95)})"


def short(number: float) -> str:
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def budget(figure: Figure) -> str:
    if figure.budget is None:
        return ""
    return f"<= {short(figure.budget.limit)} {figure.unit if figure.budget.of == 'ours' else 'x'}"
