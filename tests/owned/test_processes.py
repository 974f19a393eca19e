"""Which process is meant by an id, with and without /proc."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from testbed.owned import processes
from testbed.owned.processes import Process, belonging, started


@pytest.mark.parametrize("proc", ["/proc", "/no/such/folder"])
def test_a_process_is_known_by_its_start_and_unknown_once_it_has_ended(proc: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "PROC", Path(proc))
    assert started(os.getpid()) == started(os.getpid()) != ""
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert started(ended.pid) == ""


HOST, JAIL, SHELL = frozenset({"net:[1]"}), frozenset({"net:[2]"}), frozenset({"net:[3]"})


@pytest.mark.parametrize(
    ("others", "known", "outside", "ours"),
    [
        # by what a process says of itself, and by the journal
        ([Process(20, 1, 7, "/run/a", HOST)], (), HOST, {20}),
        ([Process(20, 1, 20, "", HOST)], (20,), HOST, {20}),
        # by parent, session and namespace of such a one, however far
        (
            [Process(20, 1, 20, "/run/a", HOST), Process(21, 20, 9, "", HOST), Process(22, 21, 9, "", HOST)],
            (), HOST, {20, 21, 22},
        ),
        ([Process(20, 1, 20, "/run/a", HOST), Process(21, 1, 20, "", HOST)], (), HOST, {20, 21}),
        ([Process(20, 1, 20, "/run/a", JAIL), Process(21, 1, 21, "", JAIL)], (), HOST, {20, 21}),
        # and by nothing else: another home, the session and the namespaces that a fleet shares with others
        (
            [Process(20, 1, 7, "/run/a", HOST), Process(21, 1, 7, "", HOST), Process(22, 1, 22, "/run/b", HOST)],
            (), HOST, {20},
        ),
        ([Process(20, 1, 20, "/run/a", SHELL), Process(21, 1, 21, "", SHELL)], (), SHELL, {20}),
        ([Process(20, 1, 20, "/run/a", JAIL), Process(21, 1, 21, "", JAIL)], (), frozenset(), {20}),
    ],
)  # fmt: skip
def test_who_belongs_to_a_fleet(others: list[Process], known: tuple[int, ...], outside: frozenset[str], ours: set[int]):
    assert belonging("/run/a", others, known=known, outside=outside) == ours
