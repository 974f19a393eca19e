"""Where reports go, and what happens where one cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed import events
from testbed.errors import EnvironmentFault, ExitCode, UsageError
from testbed.report import Audience, Outputs
from tests.report.conftest import Console, Report
from tests.report.samples import ONE_OF_EACH, ended, started, verdict

ALL = {"report.ndjson", "junit.xml", "traffic.har"}


@pytest.mark.parametrize(
    ("files", "written"),
    [
        # nothing asked for
        ({}, set()),
        ({"junit": "", "har": None, "output": ""}, set()),
        # a file each, in folders that are made
        ({"junit": "a/b/x.xml"}, {"a/b/x.xml"}),
        ({"har": "x.har"}, {"x.har"}),
        # all of them
        ({"output": "out"}, {f"out/{name}" for name in ALL}),
        ({"output": "out", "junit": "x.xml"}, {"x.xml", "out/report.ndjson", "out/traffic.har"}),
    ],
)
def test_files(report: Report, tmp_path: Path, files: dict[str, str], written: set[str]):
    report(ONE_OF_EACH, files=files)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == written
    assert all((tmp_path / name).stat().st_size for name in written)


@pytest.mark.parametrize(
    ("files", "says", "fix"),
    [
        # below what is no folder
        ({"junit": "file/x.xml"}, "file/x.xml cannot be written", "--junit, TESTBED_JUNIT or `junit`"),
        ({"output": "file"}, "file/traffic.har cannot be written", "--output, TESTBED_OUTPUT or `output`"),
        # a folder
        ({"har": "."}, ". cannot be written: Is a directory", "--har, TESTBED_HAR or `har`"),
        # where nobody may
        ({"junit": "/proc/x.xml"}, "/proc/x.xml cannot be written", "--junit"),
        # one on top of the other
        ({"junit": "x", "har": "x"}, "two reports would go to x", "--junit"),
    ],
)
def test_what_cannot_be_written_is_told_before_anything_runs(
    report: Report, tmp_path: Path, files: dict[str, str], says: str, fix: str
):
    (tmp_path / "file").touch()

    def stream() -> Iterator[events.Event]:
        pytest.fail("it ran")
        yield

    with pytest.raises(UsageError, match=says) as caught:
        report(stream(), files=files)
    assert fix in str(caught.value.fix)


def test_no_earlier_report_survives_a_run(tmp_path: Path):
    """A run that is killed leaves an empty file, which nobody takes for its result."""
    (tmp_path / "x.xml").write_text("<testsuites/>")
    outputs = Outputs(stdout=Console(), stderr=Console(), files={"junit": "x.xml"})
    file = outputs.open("junit", "junit.xml")
    assert file is not None
    assert (tmp_path / "x.xml").read_text() == ""
    file.close()


@pytest.mark.parametrize("reporter", ["junit", "har", "report"])
@pytest.mark.parametrize(("code", "ends_in"), [(0, 6), (5, 6), (1, 1), (3, 3), (6, 6)])
def test_a_full_disk_costs_one_report_and_the_pass(
    report: Report, tmp_path: Path, reporter: str, code: int, ends_in: int
):
    files = {"output": "out", reporter: "/dev/full"}
    told = report([started("track"), verdict(), ended(code, passed=1)], files=files)
    (lost,) = told.lost
    assert "No space left on device" in lost.message
    assert told.exit_code == ends_in
    assert told.out.text.count("✓ track") == 1
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "out").iterdir()}
    assert len(sizes) == 2
    assert all(sizes.values())


def no_loss(fault: EnvironmentFault) -> None:
    pytest.fail(fault.message)


class Listener:
    """A member that notes what it hears, and may fail."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.heard: list[events.Event] = []
        self.closed = 0

    def handle(self, event: events.Event) -> None:
        self.heard.append(event)
        if self.fault:
            raise self.fault

    def close(self) -> None:
        self.closed += 1
        if self.fault:
            raise self.fault


def test_everyone_hears_everything_and_is_closed():
    members = [Listener(), Listener()]
    with Audience(members, on_loss=no_loss) as audience:
        for event in ONE_OF_EACH:
            audience.handle(event)
    assert [(member.heard, member.closed) for member in members] == [(list(ONE_OF_EACH), 1)] * 2
    assert audience.exit_code == 1


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), ValueError("bug"), BrokenPipeError()])
def test_everyone_is_closed_whatever_ends_the_run(fault: BaseException):
    members = [Listener(), Listener()]
    with pytest.raises(type(fault)), Audience(members, on_loss=no_loss):
        raise fault
    assert [member.closed for member in members] == [1, 1]


def test_a_reader_that_left_ends_the_run_and_the_others_are_closed():
    members = [Listener(), Listener(BrokenPipeError()), Listener()]
    with pytest.raises(BrokenPipeError), Audience(members, on_loss=no_loss) as audience:
        audience.handle(ended())
    assert [member.closed for member in members] == [1, 1, 1]


def test_a_run_without_its_last_event_is_a_fault_of_ours():
    with Audience([], on_loss=no_loss) as audience:
        audience.handle(started("a"))
        audience.handle(verdict())
    assert audience.exit_code == ExitCode.INTERNAL
