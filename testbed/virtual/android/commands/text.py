"""cat, head, tail, wc, sort, uniq, cut, tr, tee, base64: text in, text out (toybox)."""

from __future__ import annotations

import base64 as encoding
from collections import deque

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import Usage, read_options
from testbed.virtual.android.shell import lines
from testbed.virtual.android.shell.streams import Pieces, Source


async def cat(call: Call) -> int:
    options = read_options(call.name, call.args, "etuv")
    code = 0
    for name in options.rest or ["-"]:
        try:
            async for piece in call.pieces(name):
                await call.out(piece)
        except BrokenPipeError:
            raise
        except OSError as error:
            code = await call.fail(f"{name}: {error.strerror}")
    return code


async def head(call: Call) -> int:
    args = [f"-n{arg[1:]}" if arg[:1] == "-" and arg[1:].isdigit() else arg for arg in call.args]
    options = read_options(call.name, args, "qv", "nc")
    count = options.number("n", 10)
    for name in options.rest or ["-"]:
        if len(options.rest) > 1:
            await call.out(f"==> {name} <==\n")
        source = _source(call, name)
        if "c" in options:
            left = options.number("c", 0)
            while left > 0 and (piece := await source.read(min(left, 65_536))):
                await call.out(piece)
                left -= len(piece)
            continue
        shown = 0
        if count > 0:
            async for each in lines(source):
                await call.out(each)
                shown += 1
                if shown >= count:
                    break
    return 0


async def tail(call: Call) -> int:
    args = [f"-n{arg[1:]}" if arg[:1] == "-" and arg[1:].isdigit() else arg for arg in call.args]
    options = read_options(call.name, args, "q", "nc")
    for name in options.rest or ["-"]:
        if "c" in options:
            content = await call.content(name)
            await call.out(content[-options.number("c", 0) :])
            continue
        if options.values.get("n", "").startswith("+"):
            skip = options.number("n", 1) - 1
            async for each in lines(_source(call, name)):
                skip -= 1
                if skip < 0:
                    await call.out(each)
            continue
        last: deque[bytes] = deque(maxlen=abs(options.number("n", 10)))
        async for each in lines(_source(call, name)):
            last.append(each)
        await call.out(b"".join(last))
    return 0


async def wc(call: Call) -> int:
    options = read_options(call.name, call.args, "clmw")
    totals = [0, 0, 0]
    shown = [number for number, letter in enumerate("lwc") if letter in options or (letter == "c" and "m" in options)]
    for name in options.rest or ["-"]:
        content = await call.content(name)
        counts = [content.count(b"\n"), len(content.split()), len(content)]
        totals = [one + other for one, other in zip(totals, counts, strict=True)]
        texts = " ".join(str(counts[number]) for number in shown or range(3))
        await call.out(f"{texts}\n" if name == "-" else f"{texts} {name}\n")
    if len(options.rest) > 1:
        await call.out(f"{' '.join(str(totals[number]) for number in shown or range(3))} total\n")
    return 0


async def sort(call: Call) -> int:
    options = read_options(call.name, call.args, "bdfgnrsu", "kt")
    content = b"".join([await call.content(name) for name in options.rest or ["-"]])
    rows = content.split(b"\n")
    if rows and not rows[-1]:
        rows.pop()
    separator = options.values.get("t", "").encode() or None
    field = options.values.get("k", "").partition(",")[0].partition(".")[0].rstrip("nrbf")
    at = int(field) - 1 if field.isdigit() else None

    def key(row: bytes) -> tuple[float, bytes]:
        parts = row.split(separator) if at is not None else [row]
        text = parts[at or 0] if (at or 0) < len(parts) else b""
        return (
            (_leading(text), b"") if "n" in options or "g" in options else (0, text.lower() if "f" in options else text)
        )

    rows.sort(key=key, reverse="r" in options)
    if "u" in options:
        rows = list(dict.fromkeys(rows))
    await call.out(b"".join(row + b"\n" for row in rows))
    return 0


def _leading(text: bytes) -> float:
    digits = text.strip()
    end = 1 if digits[:1] in {b"-", b"+"} else 0
    while end < len(digits) and digits[end : end + 1].isdigit():
        end += 1
    return float(digits[:end]) if digits[:end].strip(b"+-") else 0.0


async def uniq(call: Call) -> int:
    options = read_options(call.name, call.args, "cdu")
    rows: list[tuple[bytes, int]] = []
    async for each in lines(_source(call, options.rest[0] if options.rest else "-")):
        row = each.rstrip(b"\n")
        if rows and rows[-1][0] == row:
            rows[-1] = (row, rows[-1][1] + 1)
        else:
            rows.append((row, 1))
    for row, count in rows:
        if (count == 1 or "u" not in options) and (count > 1 or "d" not in options):
            await call.out((f"{count:>7} ".encode() if "c" in options else b"") + row + b"\n")
    return 0


async def cut(call: Call) -> int:
    options = read_options(call.name, call.args, "s", "dfcb")
    spans = _spans(options.values.get("f") or options.values.get("c") or options.values.get("b") or "")
    separator = options.values.get("d", "\t").encode()
    for name in options.rest or ["-"]:
        async for each in lines(_source(call, name)):
            row = each.rstrip(b"\n")
            if "f" not in options:
                await call.out(b"".join(row[first - 1 : last] for first, last in spans) + b"\n")
            elif separator in row:
                parts = row.split(separator)
                await call.out(
                    separator.join(part for first, last in spans for part in parts[first - 1 : last]) + b"\n"
                )
            elif "s" not in options:
                await call.out(each)
    return 0


def _spans(text: str) -> list[tuple[int, int | None]]:
    spans: list[tuple[int, int | None]] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not (first or last) or not (first + last).isdigit() or first == "0":
            raise Usage("bad list")
        spans.append((int(first or 1), int(last) if last else None if dash else int(first)))
    return spans


async def tr(call: Call) -> int:
    options = read_options(call.name, call.args, "cdst", least=1, most=2)
    wanted = _letters(options.rest[0])
    others = _letters(options.rest[1]) if len(options.rest) > 1 else b""
    if "d" not in options and not others:
        raise Usage('Needs 2 arguments (see "tr --help")')
    table = bytes.maketrans(wanted, others[: len(wanted)].ljust(len(wanted), others[-1:])) if others else None
    while piece := await call.stdin.read(65_536):
        await call.out(piece.translate(None, wanted) if "d" in options else piece.translate(table))
    return 0


def _letters(text: str) -> bytes:
    """With escapes and ranges."""
    raw = (
        text.encode().decode("unicode_escape", "replace").encode("latin-1", "replace")
        if "\\" in text
        else text.encode()
    )
    found, at = bytearray(), 0
    while at < len(raw):
        if raw[at + 1 : at + 2] == b"-" and at + 2 < len(raw):
            found += bytes(range(raw[at], raw[at + 2] + 1))
            at += 3
        else:
            found.append(raw[at])
            at += 1
    return bytes(found)


async def tee(call: Call) -> int:
    options = read_options(call.name, call.args, "ai")
    for name in options.rest:
        if "a" not in options:
            with call.files.writing(call.real(name)):
                pass
    while piece := await call.stdin.read(65_536):
        await call.out(piece)
        for name in options.rest:
            with call.files.writing(call.real(name), append=True) as write:
                write(piece)
    return 0


async def base64(call: Call) -> int:
    options = read_options(call.name, call.args, "di", "w")
    content = await call.content(options.rest[0] if options.rest else "-")
    if "d" in options:
        try:
            await call.out(encoding.b64decode(content))
        except ValueError:
            return await call.fail("bad input")
        return 0
    text, width = encoding.b64encode(content), options.number("w", 76)
    rows = [text[at : at + width] for at in range(0, len(text), width)] if width else [text]
    await call.out(b"".join(row + b"\n" for row in rows))
    return 0


def _source(call: Call, name: str) -> Source:
    return call.stdin if name == "-" else Pieces(call.pieces(name))


COMMANDS: Commands = {
    "base64": base64, "cat": cat, "cut": cut, "head": head, "sort": sort, "tail": tail, "tee": tee, "tr": tr,
    "uniq": uniq, "wc": wc,
}  # fmt: skip
