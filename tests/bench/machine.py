"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    cores: int
    cpu: str
    system: str
    python: str
    browser: str
    seed: int
    load: tuple[float, float, float]
    """As it was at the start (getloadavg(3)): figures of a machine that does other things say little."""

    def __str__(self) -> str:
        load = " ".join(f"{each:.2f}" for each in self.load)
        return (
            f"{self.cores} cores, {self.cpu}, {self.system}; Python {self.python}; {self.browser}; "
            f"load {load}; seed {self.seed}"
        )


def this_machine(browser: str, seed: int) -> Machine:
    version = subprocess.run([browser, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return Machine(
        cores=os.cpu_count() or 0,
        cpu=_cpu(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        browser=f"{Path(browser).name} {version}".strip(),
        seed=seed,
        load=os.getloadavg(),
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
