"""Virtual phones: of no hardware at all, each with an address of its own for adb to connect to."""

from __future__ import annotations

import itertools
import os
import secrets
import tempfile
import traceback
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

from testbed.devices.android.hardware.reaching import reach_by_network
from testbed.devices.android.server import Server
from testbed.devices.api import Unobserved
from testbed.errors import EnvironmentFault, InternalError
from testbed.jail import Inlet
from testbed.runtimes.jvm import Jars, Java, JvmRuntime
from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.android import Phone, profile
from testbed.virtual.apps import AppRuntime

DEFAULT = "pixel-8-api34"

PORT = 5555
"""Where adbd listens. adb looks there by itself on 127.0.0.1 alone, so that the rest of 127/8 is free for phones."""
ADDRESSES_TRIED = 16
THERE_WITHIN_S = 10.0


UNOBSERVED = (
    Unobserved("the DEX code in the APK", "a virtual phone runs the JARs that it was made of, and no machine code"),
)


class VirtualPhone:
    """api.Hardware."""

    unobserved = UNOBSERVED

    def __init__(self, phone: Phone, server: Server) -> None:
        self.serial = ""
        self._phone = phone
        self._server = server
        self._bug: InternalError | None = None

    async def listen(self, stack: AsyncExitStack) -> None:
        """Have adbd answer on an address that nobody else has."""
        for address in itertools.islice(_addresses(), ADDRESSES_TRIED):
            try:
                daemon = await stack.enter_async_context(Daemon(self._phone, address, alarm=self._failed))
            except OSError as error:
                taken = error
            else:
                host, port = daemon.address
                self.serial = f"{host}:{port}"
                return
        raise EnvironmentFault(f"no address for a virtual phone: {taken}")

    @property
    def unjailed(self) -> str:
        return self._phone.unjailed

    def around(self, inlet: Inlet) -> AbstractAsyncContextManager[None]:
        return self._phone.around(inlet)

    async def reach(self) -> None:
        if self._bug is not None:
            raise self._bug
        await reach_by_network(self._server, self.serial, within_s=THERE_WITHIN_S)

    def _failed(self, service: str, error: Exception) -> None:
        """A fault of ours, whose stream alone it ends: whoever met that asks for the phone again."""
        told = "".join(traceback.format_exception(error)).rstrip()
        self._bug = self._bug or InternalError(f"the virtual phone at {self.serial} failed in {service}\n{told}")


@asynccontextmanager
async def phones(
    name: str, server: Server, *, count: int, env: Mapping[str, str]
) -> AsyncIterator[Sequence[VirtualPhone]]:
    """`count` phones of a profile, DEFAULT for "". Raises UsageError for a profile that does not exist, and
    EnvironmentFault where nothing can run their apps."""
    model = profile(name or DEFAULT)
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(count):
            phone = Phone(model, await stack.enter_async_context(runtime(env)))
            made.append(VirtualPhone(await stack.enter_async_context(phone), server))
            await made[-1].listen(stack)
        yield made


@asynccontextmanager
async def runtime(env: Mapping[str, str]) -> AsyncIterator[AppRuntime]:
    """What runs the apps of one phone."""
    java, jars = Java.found(os.environ), Jars.found()
    with tempfile.TemporaryDirectory(prefix="testbed-apps-", ignore_cleanup_errors=True) as folder:
        made = await JvmRuntime(Path(folder), jars, java, env=env).__aenter__()
        try:
            yield made
        finally:
            await made.__aexit__(None, None, None)  # what went wrong in the context is not of its tasks


def _addresses() -> Iterator[tuple[str, int]]:
    """Systems other than Linux have but 127.0.0.1 of the loopback's: any free port serves there."""
    for number in itertools.count(1):
        yield f"127.{100 + secrets.randbelow(100)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}", PORT
        if number > ADDRESSES_TRIED // 2:
            yield "127.0.0.1", 0
