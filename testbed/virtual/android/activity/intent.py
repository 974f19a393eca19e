"""Intents as `am` takes them (AOSP: android.content.Intent.parseCommandArgs)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

VIEW = "android.intent.action.VIEW"


class BadIntent(Exception):
    """An argument that is none of an intent's."""


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """`component` as it was given, PACKAGE/CLASS or PACKAGE/.CLASS. `others` are options of the command itself."""

    action: str = ""
    uri: str = ""
    kind: str = ""
    categories: Sequence[str] = ()
    component: str = ""
    package: str = ""
    extras: Mapping[str, str] = {}
    flags: int = 0
    others: Sequence[str] = ()

    @property
    def shown(self) -> str:
        """As Intent.toString shows it."""
        parts = [f"act={self.action}"] if self.action else []
        parts += [f"cat=[{','.join(self.categories)}]"] if self.categories else []
        parts += [f"dat={_safe(self.uri)}"] if self.uri else []
        parts += [f"typ={self.kind}"] if self.kind else []
        parts += [f"flg={self.flags:#x}"] if self.flags else []
        parts += [f"pkg={self.package}"] if self.package else []
        parts += [f"cmp={_short(self.component)}"] if self.component else []
        parts += ["(has extras)"] if self.extras else []
        return f"Intent {{ {' '.join(parts)} }}"


_ONE_VALUE = {
    "--es", "-e", "--ez", "--ei", "--el", "--ef", "--ed", "--eu", "--ecn", "--eia", "--ela", "--efa", "--esa",
    "--eial", "--elal", "--efal", "--esal",
}  # fmt: skip
_FLAGS = {
    "--activity-clear-top": 0x04000000,
    "--activity-clear-task": 0x00008000,
    "--activity-new-task": 0x10000000,
    "--activity-no-history": 0x40000000,
    "--activity-single-top": 0x20000000,
    "--activity-brought-to-front": 0x00400000,
    "--activity-reset-task-if-needed": 0x00200000,
    "--include-stopped-packages": 0x00000020,
    "--exclude-stopped-packages": 0x00000010,
    "--receiver-foreground": 0x10000000,
    "--grant-read-uri-permission": 0x00000001,
}


def read_intent(args: Sequence[str], *, flags: Sequence[str] = (), valued: Sequence[str] = ()) -> Intent:
    """The intent of a command line. `flags` and `valued` are what the command has of its own, the latter with a value;
    they come back in `others`. Raises BadIntent."""
    left = list(args)
    fields: dict[str, str] = {}
    categories: list[str] = []
    extras: dict[str, str] = {}
    others: list[str] = []
    number = 0
    while left:
        option = left.pop(0)
        if option in flags:
            others.append(option)
        elif option in valued:
            others += [option, _next(left, option)]
        elif option in _OPTIONS:
            fields[_OPTIONS[option]] = _next(left, option)
        elif option == "-c":
            categories.append(_next(left, option))
        elif option == "-f":
            number |= _number(_next(left, option))
        elif option in _FLAGS:
            number |= _FLAGS[option]
        elif option in _ONE_VALUE:
            key = _next(left, option)
            extras[key] = _value(option, _next(left, option))
        elif option == "--esn":
            extras[_next(left, option)] = ""
        elif option == "--selector":
            continue
        elif option.startswith("-") and option != "-":
            raise BadIntent(f"Unknown option: {option}")
        else:
            fields |= _last(option)
            if left:
                raise BadIntent(f"Unknown argument: {left[0]}")
    return Intent(categories=categories, extras=extras, flags=number, others=others, **fields)


_OPTIONS = {"-a": "action", "-d": "uri", "-t": "kind", "-n": "component", "-p": "package"}


def _last(text: str) -> dict[str, str]:
    """A bare argument: a URI, a component or a package."""
    if ":" in text:
        return {"uri": text}
    return {"component": text} if "/" in text else {"package": text}


def _next(left: list[str], option: str) -> str:
    if not left:
        raise BadIntent(f'Argument expected after "{option}"')
    return left.pop(0)


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise BadIntent(f'For input string: "{text}"') from None


def _value(option: str, text: str) -> str:
    if option in {"--ei", "--el"}:
        return str(_number(text))
    if option == "--ez" and text.lower() not in {"true", "false", "t", "f", "1", "0"}:
        raise BadIntent(f"Invalid boolean value: {text}")
    return (
        {"t": "true", "1": "true", "f": "false", "0": "false"}.get(text.lower(), text.lower())
        if option == "--ez"
        else text
    )


def _safe(uri: str) -> str:
    """Without what may be private (Uri.toSafeString)."""
    scheme, colon, rest = uri.partition(":")
    if scheme in {"http", "https", "content", "ftp", "rtsp"}:
        return f"{scheme}://{rest.removeprefix('//').partition('/')[0]}/..."
    return f"{scheme}{colon}{rest}"


def _short(component: str) -> str:
    package, _, name = component.partition("/")
    return f"{package}/{name.removeprefix(package)}" if name.startswith(f"{package}.") else component
