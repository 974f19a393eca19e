"""The user's adb server, on port 5037, hears nothing of us. In a network of its own, where that port is free."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

ALONE = """
import asyncio, os, socket, subprocess, threading
from pathlib import Path
from testbed.apk import Apk
from testbed.devices.android.adb import devices
from testbed.devices.android.client import connect
from testbed.errors import DeviceFault
from testbed.scenario.steps import Track
from tests.devices.android.phone import bench
from tests.devices.android.scripted import ScriptedApp

heard = []

def listen(users):
    while True:
        heard.append(users.accept())

async def build(app, ca_pem, env):
    file = Path(os.environ["TMPDIR"]) / "app.apk"
    file.write_bytes(b"one")
    return Apk(file=file, sha256="one", packages=(), notes=())

async def main():
    async with bench(ScriptedApp(), build) as on:
        async with on.play() as play:
            print("played", [reply.outcome for reply in await play.call(Track(event="E"))])
        port = on.device._port
    for call in (devices(port), connect(port, "127.0.0.1:1")):
        try:
            await call
        except DeviceFault as fault:
            print("refused")

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
with socket.create_server(("127.0.0.1", 5037)) as users:
    threading.Thread(target=listen, args=(users,), daemon=True).start()
    asyncio.run(main())
    print("heard", len(heard))
    socket.create_connection(("127.0.0.1", 5037)).close()
    while not heard:
        pass
    print("and it listens")
"""


def test_it_hears_nothing(tmp_path: Path):
    """Neither while a fleet has devices, nor once its own server is gone, where adb and adbutils would start one."""
    assert shutil.which("unshare"), "util-linux has it"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", ALONE],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "PATH": f"/usr/sbin:/sbin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout.splitlines()
    assert said == ["played ['done']", "refused", "refused", "heard 0", "and it listens"], done.stderr
