"""What an app says of itself: AndroidManifest.xml, as far as a device goes by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from testbed.virtual.android.packages.axml import Element, Value, read_xml
from testbed.virtual.android.packages.refusal import Malformed

# Of android.R.attr
NAME, LABEL, VALUE, EXPORTED, DEBUGGABLE, AUTHORITIES, PERMISSION = (
    0x01010003, 0x01010001, 0x01010024, 0x01010010, 0x0101000F, 0x01010018, 0x01010006,
)  # fmt: skip
SCHEME, HOST, MIN_SDK, VERSION_CODE, VERSION_NAME, TARGET_SDK, TEST_ONLY, TARGET_PACKAGE = (
    0x01010027, 0x01010028, 0x0101020C, 0x0101021B, 0x0101021C, 0x01010270, 0x01010272, 0x01010021,
)  # fmt: skip
TARGET_ACTIVITY = 0x01010202

MAIN, LAUNCHER = "android.intent.action.MAIN", "android.intent.category.LAUNCHER"


class Filter(msgspec.Struct, frozen=True):
    """An intent filter."""

    actions: Sequence[str] = ()
    categories: Sequence[str] = ()
    schemes: Sequence[str] = ()
    hosts: Sequence[str] = ()


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """An activity, service, receiver or provider; `name` is its whole class name."""

    kind: str
    name: str
    exported: bool = False
    authorities: str = ""
    filters: Sequence[Filter] = ()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`line` is where uses-sdk stands."""

    package: str
    version_code: int = 0
    version_name: str = ""
    min_sdk: int = 1
    target_sdk: int = 1
    label: str = ""
    application: str = ""
    debuggable: bool = False
    test_only: bool = False
    permissions: Sequence[str] = ()
    components: Sequence[Component] = ()
    instrumentations: Sequence[str] = ()
    split: str = ""
    line: int = 0

    @property
    def launcher(self) -> str:
        """The class of the activity that the launcher starts, "" for none."""
        for component in self.components:
            if component.kind == "activity" and any(
                MAIN in each.actions and LAUNCHER in each.categories for each in component.filters
            ):
                return component.name
        return ""

    def activity(self, name: str) -> Component | None:
        for component in self.components:
            if component.kind == "activity" and component.name == name:
                return component
        return None


def read_manifest(data: bytes) -> Manifest:
    """Raises Malformed for what is no manifest."""
    root = read_xml(data)
    if root.name != "manifest":
        raise Malformed("No <manifest> tag")
    package = _text(root, "package")
    if problem := _name_problem(package):
        raise Malformed(f"Invalid manifest package: {problem}")
    application = next(root.all("application"), Element(name="application"))
    sdk = next(root.all("uses-sdk"), Element(name="uses-sdk"))
    min_sdk = _number(sdk, "minSdkVersion", MIN_SDK, 1)
    return Manifest(
        package=package,
        version_code=_number(root, "versionCode", VERSION_CODE, 0),
        version_name=_text(root, "versionName", VERSION_NAME),
        min_sdk=min_sdk,
        target_sdk=_number(sdk, "targetSdkVersion", TARGET_SDK, min_sdk),
        label=_text(application, "label", LABEL),
        application=_class(_text(application, "name", NAME), package),
        debuggable=_flag(application, "debuggable", DEBUGGABLE),
        test_only=_flag(application, "testOnly", TEST_ONLY),
        permissions=[_text(each, "name", NAME) for each in root.all("uses-permission")],
        components=[*_components(application, package)],
        instrumentations=[_text(each, "name", NAME) for each in root.all("instrumentation")],
        split=_text(root, "split"),
        line=sdk.line,
    )


def whole(name: str, package: str) -> str:
    """A class as a component names it: `.Main` is in the package."""
    return f"{package}{name}" if name.startswith(".") else name


def _components(application: Element, package: str) -> Iterator[Component]:
    for element in application.children:
        kind = "activity" if element.name == "activity-alias" else element.name
        if kind not in {"activity", "service", "receiver", "provider"}:
            continue
        filters = [_filter(each) for each in element.all("intent-filter")]
        yield Component(
            kind=kind,
            name=_class(_text(element, "name", NAME), package),
            exported=_flag(element, "exported", EXPORTED, default=bool(filters)),
            authorities=_text(element, "authorities", AUTHORITIES),
            filters=filters,
        )


def _filter(element: Element) -> Filter:
    def texts(tag: str, name: str, number: int) -> list[str]:
        return [text for each in element.all(tag) if (text := _text(each, name, number))]

    return Filter(
        actions=texts("action", "name", NAME),
        categories=texts("category", "name", NAME),
        schemes=texts("data", "scheme", SCHEME),
        hosts=texts("data", "host", HOST),
    )


def _class(name: str, package: str) -> str:
    """As the package parser completes it: a name without a dot is in the package too (buildClassName)."""
    return f"{package}.{name}" if name and "." not in name else whole(name, package)


def _attribute(element: Element, name: str, number: int = 0) -> Value | None:
    return element.attributes.get(number, element.attributes.get(name))


def _text(element: Element, name: str, number: int = 0) -> str:
    value = _attribute(element, name, number)
    return "" if value is None else str(value)


def _number(element: Element, name: str, number: int, default: int) -> int:
    value = _attribute(element, name, number)
    if isinstance(value, int):
        return int(value)
    return int(value) if isinstance(value, str) and value.isdigit() and len(value) < 10 else default


def _flag(element: Element, name: str, number: int, *, default: bool = False) -> bool:
    value = _attribute(element, name, number)
    return default if value is None else value in {True, "true", -1}


def _name_problem(package: str) -> str:
    """By the rules of FrameworkParsingPackageUtils.validateName."""
    if not package:
        return "must have at least one '.' separator"
    for part in package.split("."):
        if not part or not (part[0].isascii() and part[0].isalpha()):
            return f"bad character in '{package[:60]}'"
        if not all(char.isascii() and (char.isalnum() or char == "_") for char in part):
            return f"bad character in '{package[:60]}'"
    return "" if "." in package else "must have at least one '.' separator"
