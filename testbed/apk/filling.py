"""All that an APK holds, made of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import msgspec

from testbed.apk.classes import check_classes, native_code_of, packages_of
from testbed.apk.contents import DESCRIPTION, Description, brought, class_path
from testbed.apk.dexing import dexed
from testbed.apk.library import Jar, Library
from testbed.apk.manifest import merge
from testbed.apk.parts import Parts
from testbed.apk.resources import link
from testbed.apk.running import Refused, Runner
from testbed.errors import Place, PluginRefused
from testbed.plugin import Target


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """Parts with their content, as Parts has them."""

    app: tuple[Library, ...]
    sdk: tuple[Library, ...]
    plugin: tuple[Library, ...]

    @property
    def all(self) -> tuple[Library, ...]:
        return (*self.app, *self.sdk, *self.plugin)


async def filled(
    parts: Parts, sdk: Iterable[bytes], target: Target, *, source: str, runner: Runner
) -> Mapping[str, bytes]:
    """The entries of the APK in order; `sdk` are the DEX files of its SDK. Raises PluginRefused."""
    libraries = await asyncio.to_thread(_checked, parts, source)
    merged = merge(libraries.all)
    linked = await link(libraries.all, merged, runner=runner)
    symbols = [linked.symbols] if linked.symbols else []
    try:
        jars = [*_jars((*libraries.app, *libraries.plugin)), *symbols]
        rest = await dexed(jars, beside=_jars(libraries.sdk), runner=runner)
    except Refused as error:
        fix = "build the library that it names anew, for Java 17 or older"
        raise PluginRefused(f"D8 cannot take it: {error.said}", place=Place(source), fix=fix) from error
    described = Description(
        sdk=target.sdk,
        factory=target.factory,
        plugin_packages=packages_of(libraries.plugin),
        notes=tuple(native_code_of(libraries.plugin)),
    )
    return {
        **linked.entries,
        **_numbered([*rest, *sdk]),
        DESCRIPTION: msgspec.json.encode(described),
        **dict(class_path([*_jars(libraries.all), *symbols])),
        **brought(libraries.all),
    }


def _checked(parts: Parts, source: str) -> Opened:
    app, sdk, plugin = (tuple(part.opened() for part in each) for each in (parts.app, parts.sdk, parts.plugin))
    check_classes((*app, *sdk), plugin, source=source)
    return Opened(app=app, sdk=sdk, plugin=plugin)


def _jars(libraries: Iterable[Library]) -> list[Jar]:
    return [jar for library in libraries for jar in library.jars]


def _numbered(dex: Iterable[bytes]) -> dict[str, bytes]:
    """As Android looks for them: classes.dex, classes2.dex, ..."""
    return {f"classes{number if number > 1 else ''}.dex": content for number, content in enumerate(dex, start=1)}
