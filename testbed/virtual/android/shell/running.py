"""Runs a Script: what mksh does with it (POSIX.1-2017, Shell Command Language, 2.8 and 2.9)."""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import msgspec

from testbed.virtual.android.shell.arithmetic import BadNumber
from testbed.virtual.android.shell.builtins import BUILTINS, Break, Continue, Exit
from testbed.virtual.android.shell.expansion import Expander, Unset
from testbed.virtual.android.shell.parser import SyntaxFault, parse
from testbed.virtual.android.shell.state import Host, State
from testbed.virtual.android.shell.streams import Nothing, Pieces, Pipe, Sink, Streams
from testbed.virtual.android.shell.syntax import (
    Case,
    Chain,
    Command,
    For,
    Group,
    If,
    Loop,
    Pipeline,
    Redirect,
    Script,
    Simple,
)
from testbed.virtual.android.storage import User

NOT_FOUND, NOT_EXECUTABLE, BROKEN_PIPE = 127, 126, 141
MAX_OUTPUT = 8 << 20
"""Of a substitution."""
MAX_DEPTH = 60
"""Of shells that start shells."""


class Shell:
    """One sh, with its own state."""

    def __init__(self, host: Host, user: User, *, cwd: str = "/", state: State | None = None) -> None:
        self.state = state or State(host, user, cwd=cwd)

    async def run(self, text: str, streams: Streams) -> int:
        """Run a line, or several; its exit code."""
        try:
            return await self.play(parse(text), streams)
        except SyntaxFault as fault:
            await self._say(streams, f"syntax error: {fault}")
            return 1
        except Exit as end:
            return end.code
        except (Break, Continue):
            return self.state.status

    async def start(self, argv: Sequence[str], streams: Streams) -> int:
        """Run one command with its arguments."""
        return await self._found(list(argv), streams)

    async def play(self, script: Script, streams: Streams) -> int:
        """Run what is parsed already. Raises Exit."""
        for chain in script.chains:
            if chain.background:
                shell = self._forked()
                self.state.host.background(shell._detached(chain, streams))
                self.state.status = 0
            else:
                self.state.status = await self._chain(chain, streams)
        return self.state.status

    async def _detached(self, chain: Chain, streams: Streams) -> None:
        streams = msgspec.structs.replace(streams, stdin=Nothing())
        try:
            await self._chain(chain, streams)
        except (Exit, Break, Continue):
            return
        except OSError:  # whoever started it has left, and takes no more output
            return

    async def _chain(self, chain: Chain, streams: Streams) -> int:
        status = self.state.status = await self._pipeline(chain.first, streams)
        for operator, pipeline in chain.rest:
            if (status == 0) == (operator == "&&"):
                status = self.state.status = await self._pipeline(pipeline, streams)
        return status

    async def _pipeline(self, pipeline: Pipeline, streams: Streams) -> int:
        if len(pipeline.commands) == 1:
            status = await self._command(pipeline.commands[0], streams)
        else:
            status = await self._piped(pipeline.commands, streams)
        return int(not status) if pipeline.negated else status

    async def _piped(self, commands: Sequence[Command], streams: Streams) -> int:
        pipes = [Pipe() for _ in commands[1:]]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._forked()._stage(command, streams, before, after))
                for command, before, after in zip(commands, [None, *pipes], [*pipes, None], strict=True)
            ]
        return tasks[-1].result()

    async def _stage(self, command: Command, streams: Streams, before: Pipe | None, after: Pipe | None) -> int:
        if before is not None:
            streams = msgspec.structs.replace(streams, stdin=before)
        if after is not None:
            streams = msgspec.structs.replace(streams, out=after.write)
        try:
            return await self._command(command, streams)
        except Exit as end:
            return end.code
        except (Break, Continue):
            return 0
        except BrokenPipeError:
            if after is None:  # the client's own
                raise
            return BROKEN_PIPE
        finally:
            if before is not None:
                await before.leave()
            if after is not None:
                await after.close()

    async def _command(self, command: Command, streams: Streams) -> int:
        with ExitStack() as opened:
            try:
                if isinstance(command, Simple):
                    return await self._simple(command, streams, opened)
                redirected = await self._redirected(command.redirects, streams, opened)
            except (Refused, Unset, BadNumber) as refused:
                await self._say(streams, str(refused))
                return 1
            return await self._compound(command, redirected)

    async def _compound(self, command: Command, streams: Streams) -> int:
        match command:
            case Group(subshell=True):
                try:
                    return await self._forked().play(command.script, streams)
                except Exit as end:
                    return end.code
            case Group():
                return await self.play(command.script, streams)
            case If():
                for condition, body in command.branches:
                    if await self.play(condition, streams) == 0:
                        return await self.play(body, streams)
                return await self.play(command.otherwise, streams) if command.otherwise else 0
            case Loop():
                return await self._loop(command, streams)
            case For():
                return await self._for(command, streams)
            case Case():
                expander = self._expander(streams)
                value = await expander.text(command.word)
                for patterns, body in command.branches:
                    for pattern in patterns:
                        if fnmatch.fnmatchcase(value, await expander.pattern(pattern)):
                            return await self.play(body, streams)
        return 0

    async def _loop(self, loop: Loop, streams: Streams) -> int:
        status = 0
        try:
            while (await self.play(loop.condition, streams) == 0) != loop.until:
                await asyncio.sleep(0)  # a loop of builtins alone would let nobody else run
                try:
                    status = await self.play(loop.body, streams)
                except Continue as again:
                    again.outwards()
        except Break as out:
            out.outwards()
        return status

    async def _for(self, loop: For, streams: Streams) -> int:
        values = self.state.arguments if loop.words is None else await self._expander(streams).fields(loop.words)
        status = 0
        try:
            for value in values:
                self.state.variables[loop.name] = value
                await asyncio.sleep(0)
                try:
                    status = await self.play(loop.body, streams)
                except Continue as again:
                    again.outwards()
        except Break as out:
            out.outwards()
        return status

    async def _simple(self, command: Simple, streams: Streams, opened: ExitStack) -> int:
        expander = self._expander(streams)
        before = self.state.status
        argv = await expander.fields(command.words)
        assigned = {name: await expander.text(word) for name, word in command.assignments}
        streams = await self._redirected(command.redirects, streams, opened)
        if not argv:
            self.state.variables |= assigned
            return self.state.status if self.state.status != before else 0
        if not assigned:
            return await self._found(argv, streams)
        with self._assigned(assigned):
            return await self._found(argv, streams)

    @contextmanager
    def _assigned(self, values: Mapping[str, str]) -> Iterator[None]:
        """Variables of one command alone, which it inherits."""
        variables, exported = self.state.variables, self.state.exported
        self.state.variables, self.state.exported = {**variables, **values}, exported | set(values)
        try:
            yield
        finally:
            self.state.variables, self.state.exported = variables, exported

    async def _found(self, argv: list[str], streams: Streams) -> int:
        if (builtin := BUILTINS.get(argv[0])) is not None:
            return await builtin(self, argv[1:], streams)
        if self.state.depth > MAX_DEPTH:
            await self._say(streams, "can't fork - try again")
            return 1
        status = await self.state.host.run(self.state, argv, streams)
        return status if status is not None else await self._missing(argv, streams)

    async def _missing(self, argv: list[str], streams: Streams) -> int:
        """No command of the phone: a script of its disk, or nothing that can be run."""
        name = argv[0]
        path = self.state.absolute(name)
        if "/" not in name or not self.state.files.exists(path):
            await self._say(streams, f"{name}: inaccessible or not found")
            return NOT_FOUND
        if not self.state.files.may(path, 1) or self.state.files.stat(path).mode & 0o170000 == 0o040000:
            await self._say(streams, f"{name}: can't execute: Permission denied")
            return NOT_EXECUTABLE
        content = b"".join([piece async for piece in self.state.files.read(path)])
        if content.startswith(b"\x7fELF"):
            await self._say(streams, f"{name}: not executable: 64-bit ELF file")
            return NOT_EXECUTABLE
        return await self.script_of(content, name, argv[1:], streams)

    async def script_of(self, content: bytes, program: str, arguments: Sequence[str], streams: Streams) -> int:
        """Run a script file in a shell of its own."""
        shell = self._forked()
        shell.state.program, shell.state.arguments = program, list(arguments)
        return await shell.run(content.decode("utf-8", "replace"), streams)

    async def _redirected(self, redirects: Sequence[Redirect], streams: Streams, opened: ExitStack) -> Streams:
        stdin, outputs = streams.stdin, {1: streams.out, 2: streams.err}
        expander = self._expander(streams)
        for redirect in redirects:
            target = await expander.text(redirect.target)
            path = self.state.normal(target)
            match redirect.kind:
                case "<":
                    try:
                        self.state.files.stat(path)
                    except OSError as error:
                        raise Refused(f"can't open {target}: {error.strerror}") from None
                    stdin = Pieces(self.state.files.read(path))
                case ">" | ">>" as kind:
                    outputs[redirect.descriptor] = self._into(path, target, append=kind == ">>", opened=opened)
                case "&" if target == "-":
                    outputs[redirect.descriptor] = _nowhere
                case "&" if redirect.descriptor == 0:
                    pass
                case "&":
                    if not target.isdigit() or int(target) not in outputs:
                        raise Refused(f"{target}: bad file descriptor")
                    outputs[redirect.descriptor] = outputs[int(target)]
        return Streams(stdin, outputs[1], outputs[2])

    def _into(self, path: str, shown: str, *, append: bool, opened: ExitStack) -> Sink:
        try:
            write: Callable[[bytes], None] = opened.enter_context(self.state.files.writing(path, append=append))
        except OSError as error:
            raise Refused(f"can't create {shown}: {error.strerror}") from None

        async def sink(data: bytes) -> None:
            write(data)

        return sink

    def _expander(self, streams: Streams) -> Expander:
        async def output(script: Script) -> str:
            taken = bytearray()

            async def take(data: bytes) -> None:
                if len(taken) + len(data) > MAX_OUTPUT:
                    raise Refused("out of memory")
                taken.extend(data)

            shell = self._forked()
            try:
                self.state.status = await shell.play(script, Streams(streams.stdin, take, streams.err))
            except Exit as end:
                self.state.status = end.code
            return taken.decode("utf-8", "surrogateescape").replace("\0", "")

        return Expander(self.state, output)

    def _forked(self) -> Shell:
        state = self.state.fork()
        return Shell(state.host, state.user, state=state)

    async def _say(self, streams: Streams, text: str) -> None:
        await streams.err(f"{self.state.program}: {text}\n".encode("utf-8", "surrogateescape"))


class Refused(Exception):
    """A command that does not start, and why."""


async def _nowhere(_: bytes) -> None:
    """What >&- leaves."""
