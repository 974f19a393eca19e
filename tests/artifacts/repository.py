"""A Maven repository of our own on this machine, which can be made to lie."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from testbed.artifacts import Coordinates, Pin


class Served:
    """`files` by path. `asked` counts the requests for each path, `ranges` lists where they began. `breaks` cuts the
    connection once, after so many bytes of a path; `lies` are answers with status 200 that are not the file."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.lies: dict[str, tuple[str, bytes]] = {}
        self.breaks: dict[str, list[int]] = {}
        self.asked: Counter[str] = Counter()
        self.ranges: list[tuple[str, int]] = []
        self.deaf = False
        self.url = ""

    def put(self, at: str, content: bytes) -> Pin:
        """The artifact, with its checksum beside it; gives the pin that fits."""
        coordinates = Coordinates.parse(at)
        self.files[coordinates.path] = content
        self.files[f"{coordinates.path}.sha1"] = hashlib.sha1(content).hexdigest().encode()
        return Pin(coordinates, hashlib.sha256(content).hexdigest(), len(content))

    def pom(self, at: str, inside: str = "", packaging: str = "") -> None:
        """A POM with what is `inside`, given as its author writes it."""
        group, artifact, version = at.split(":")
        kind = f"<packaging>{packaging}</packaging>" if packaging else ""
        own = f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
        text = f'<project xmlns="http://maven.apache.org/POM/4.0.0">{own}{kind}{inside}</project>'
        self.put(f"{group}:{artifact}:pom:{version}", text.encode())

    def library(self, at: str, *needs: str, packaging: str = "jar", more: str = "") -> Pin:
        """An artifact with its POM; `needs` are `group:artifact[:version[:scope]]`."""
        group, artifact, version = at.split(":")
        kind = packaging if packaging != "jar" else ""
        self.pom(at, f"<dependencies>{''.join(map(dependency, needs))}</dependencies>{more}", kind)
        return self.put(f"{group}:{artifact}:{packaging}:{version}", f"content of {at}".encode())


def dependency(text: str, inside: str = "") -> str:
    parts = zip(("groupId", "artifactId", "version", "scope"), text.split(":"), strict=False)
    return f"<dependency>{''.join(f'<{tag}>{part}</{tag}>' for tag, part in parts if part)}{inside}</dependency>"


@contextmanager
def serving() -> Iterator[Served]:
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.removeprefix("/")
            served.asked[path] += 1
            if served.deaf:
                self.send_error(503)
                return
            kind, content = served.lies.get(path, ("application/java-archive", served.files.get(path)))
            if content is None:
                self.send_error(404)
                return
            start = int(self.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            served.ranges.append((path, start))
            self.send_response(206 if start else 200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content) - start))
            self.end_headers()
            if cuts := served.breaks.get(path):
                self.wfile.write(content[start : start + cuts.pop(0)])
                self.wfile.flush()
                self.close_connection = True
                return
            self.wfile.write(content[start:])

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield served
        server.shutdown()
        thread.join()
