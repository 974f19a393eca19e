"""Every command with any arguments: it answers and ends. What it raised would end the connection that asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testbed.virtual.android import Phone
from testbed.virtual.android.commands import COMMANDS
from testbed.virtual.android.shell.builtins import BUILTINS
from tests.virtual.android.phones import Terminal

MAY_WAIT = {"logcat", "sleep", "timeout", "nohup", "time", "cmd", "exec", "eval", "command", "reboot"}
"""Those that go on until their client leaves, or take as long as they are told."""

WORDS = st.sampled_from(
    [
        "", "-", "--", "-1", "0", "1", "7", "99999999999999999999", "x", "é", "\0", "*", "[", "]", "(", "/",
        "/sdcard/file", "/sdcard", "/nope", "/data", "..", "a/b", "a:b", "=", "-a", "-b", "-c", "-d", "-e", "-f",
        "-g", "-i", "-k", "-l", "-m", "-n", "-o", "-p", "-r", "-s", "-t", "-u", "-v", "-w", "-x", "-z", "-S", "-T",
        "-R", "-I", "-W", "-name", "-maxdepth", "--help", "--brief", "--user", "--pid", "--es", "--ei", "package",
        "packages", "list", "get", "put", "global", "dev.testbed.app", "dev.testbed.app/.MainActivity", "start",
        "install", "install-write", "clear", "size", "density", "%d", "%5%", "+%Q", "u+z", "%", "\\", "a-", "z-a",
        "1-", "-2", "@x", "keyevent", "tap", "android.intent.action.VIEW", "testbed://open",
    ]
)  # fmt: skip


async def told(phone: Phone, name: str, arguments: list[str]) -> None:
    line = " ".join("'" + each.replace("'", "") + "'" for each in [name, *arguments])
    terminal = Terminal(b"a line\nand another\n")
    try:
        async with asyncio.timeout(0.05 if name in MAY_WAIT or "logcat" in arguments else 20):
            code = await phone.shell(line, terminal)
    except TimeoutError:
        assert name in MAY_WAIT or set(arguments) & MAY_WAIT, line
        return
    assert 0 <= code <= 255
    assert code == 0 or name in BUILTINS or terminal.stdout or terminal.stderr or name in QUIET, line


QUIET = {
    "false", "test", "[", "[[", "grep", "egrep", "fgrep", "pidof", "pgrep", "pkill", "which", "readlink", "pm", "nohup",
    "cmd", "time", "env", "xargs", "timeout", "toybox", "sh", "run-as", "echo",
}  # fmt: skip
"""Those whose code alone may be the answer."""


@pytest.fixture(scope="module")
def asked() -> Iterator[Callable[[str, list[str]], None]]:
    """Asks one phone, whatever became of it, on a loop that outlives an example."""
    with asyncio.Runner() as runner:
        phone = Phone("pixel-8-api34")
        runner.run(phone.__aenter__())
        yield lambda name, arguments: runner.run(told(phone, name, arguments))
        runner.run(phone.__aexit__(None, None, None))


@pytest.mark.parametrize("name", sorted({*COMMANDS, *BUILTINS} - {"reboot", "sleep"}))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arguments=st.lists(WORDS, max_size=5))
def test_it_answers_and_ends(asked: Callable[[str, list[str]], None], name: str, arguments: list[str]):
    asked(name, arguments)
