"""The app's AndroidManifest.xml: the harness' own, with what the AARs' manifests ask for.

After "Merge multiple manifest files" (developer.android.com): a library may ask for what the app has not said
otherwise; two that disagree are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import msgspec

from testbed.apk.library import Library
from testbed.artifacts.markup import NotRead, read_xml
from testbed.errors import Place, PluginRefused

PACKAGE = "dev.testbed.app"
ACTIVITY = f"{PACKAGE}.MainActivity"
APPLICATION = f"{PACKAGE}.HarnessApplication"
MIN_SDK, TARGET_SDK = 24, 34

ANDROID = "http://schemas.android.com/apk/res/android"
TOOLS = "http://schemas.android.com/tools"
_NAME = f"{{{ANDROID}}}name"
_EXPORTED = f"{{{ANDROID}}}exported"

OWN = f"""\
<manifest xmlns:android="{ANDROID}" package="{PACKAGE}" android:versionCode="1" android:versionName="1.0">
  <uses-sdk android:minSdkVersion="{MIN_SDK}" android:targetSdkVersion="{TARGET_SDK}"/>
  <uses-permission android:name="android.permission.INTERNET"/>
  <uses-permission android:name="android.permission.ACCESS_NETWORK_STATE"/>
  <application android:name="{APPLICATION}" android:label="testbed" android:debuggable="true"
      android:allowBackup="false" android:extractNativeLibs="true" android:usesCleartextTraffic="true"
      android:networkSecurityConfig="@xml/network_security_config">
    <activity android:name="{ACTIVITY}" android:exported="true" android:launchMode="singleTask">
      <intent-filter>
        <action android:name="android.intent.action.MAIN"/>
        <category android:name="android.intent.category.LAUNCHER"/>
      </intent-filter>
      <intent-filter>
        <action android:name="android.intent.action.VIEW"/>
        <category android:name="android.intent.category.DEFAULT"/>
        <category android:name="android.intent.category.BROWSABLE"/>
        <data android:scheme="https"/>
        <data android:scheme="http"/>
        <data android:scheme="testbed"/>
      </intent-filter>
    </activity>
  </application>
</manifest>
"""

_ONCE_A_NAME = {
    "uses-permission", "uses-permission-sdk-23", "permission", "uses-feature", "uses-library", "uses-native-library",
    "activity", "activity-alias", "service", "receiver", "provider", "meta-data", "property",
}  # fmt: skip
"""Elements that there is one of for each android:name."""

_TAKEN = _ONCE_A_NAME | {"queries", "permission-group", "permission-tree", "supports-screens", "profileable"}
_COMPONENTS = {"activity", "activity-alias", "service", "receiver"}


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """The text, and the packages of the libraries that have a manifest, in order."""

    text: bytes
    packages: tuple[str, ...]


def merge(libraries: Iterable[Library]) -> Merged:
    """Raises PluginRefused, with the library, for a manifest that is none and for one that disagrees."""
    merger = _Merger()
    packages = [merger.add(library) for library in libraries if library.manifest]
    return Merged(text=merger.text(), packages=tuple(dict.fromkeys(packages)))


class _Merger:
    def __init__(self) -> None:
        self._root = read_xml(OWN.encode())
        application = self._root.find("application")
        uses_sdk = self._root.find("uses-sdk")
        assert application is not None
        assert uses_sdk is not None
        self._application, self._uses_sdk = application, uses_sdk
        self._origin: dict[tuple[str, str, str], tuple[Element, str]] = {}
        for level in (self._root, self._application):
            for element in level:
                self._origin[_key(level, element)] = (element, "the harness app")

    def text(self) -> bytes:
        ElementTree.register_namespace("android", ANDROID)
        text: bytes = ElementTree.tostring(self._root, "utf-8", xml_declaration=True)
        return text

    def add(self, library: Library) -> str:
        """The library's package."""
        try:
            root = read_xml(library.manifest)
        except NotRead as error:
            raise _refused(library, f"its AndroidManifest.xml is {error}") from error
        if root.tag != "manifest":
            raise _refused(library, f"its AndroidManifest.xml is a <{root.tag}>")
        package = root.get("package", "")
        if not re.fullmatch(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*", package):
            raise _refused(library, f"its AndroidManifest.xml has the package {package!r}, which is none")
        for element in root.iter():
            for name, value in element.attrib.items():
                element.set(name, self._in_place(library, value))
        self._raise_min_sdk(library, root)
        for element in root:
            if element.tag == "application":
                for component in element:
                    self._take(library, self._application, component, package)
            else:
                self._take(library, self._root, element, package)
        return package

    def _in_place(self, library: Library, value: str) -> str:
        value = value.replace("${applicationId}", PACKAGE).replace("${packageName}", PACKAGE)
        if "${" in value:
            raise _refused(library, f"its AndroidManifest.xml needs a value for {value[value.index('${') :]!r}")
        return value

    def _raise_min_sdk(self, library: Library, root: Element) -> None:
        attribute = f"{{{ANDROID}}}minSdkVersion"
        uses_sdk = root.find("uses-sdk")
        asked = uses_sdk.get(attribute, "1") if uses_sdk is not None else "1"
        if not asked.isdigit():
            raise _refused(library, f"its minSdkVersion is {asked!r}, no API level")
        self._uses_sdk.set(attribute, str(max(int(asked), int(self._uses_sdk.get(attribute, "1")))))

    def _take(self, library: Library, level: Element, element: Element, package: str) -> None:
        if element.tag not in _TAKEN or element.get(f"{{{TOOLS}}}node") == "remove":
            return
        _strip_tools(element)
        _name_in_full(element, package)
        if element.tag in _COMPONENTS and element.get(_EXPORTED) is None and element.find("intent-filter") is not None:
            element.set(_EXPORTED, "true")  # what it meant before Android 12, which asks to have it written
        key = _key(level, element)
        known = self._origin.get(key)
        if element.tag not in _ONCE_A_NAME or not element.get(_NAME) or known is None:
            self._origin.setdefault(key, (element, library.name))
            level.append(element)
        elif difference := _difference(known[0], element):
            name, theirs, ours = difference
            named = f"<{element.tag} {element.get(_NAME, '')}>"
            raise _refused(library, f"{named} has {name}={theirs!r}, and {ours!r} in {known[1]}")


def _key(level: Element, element: Element) -> tuple[str, str, str]:
    return (level.tag, element.tag, element.get(_NAME, ""))


def _name_in_full(element: Element, package: str) -> None:
    """A class named `.Foo` or `Foo` is in the package of the manifest that names it."""
    if element.tag in _COMPONENTS | {"provider"}:
        for attribute in (_NAME, f"{{{ANDROID}}}targetActivity"):
            if (name := element.get(attribute)) and (name.startswith(".") or "." not in name):
                element.set(attribute, f"{package}.{name.removeprefix('.')}")


def _strip_tools(element: Element) -> None:
    for each in element.iter():
        for name in [name for name in each.attrib if name.startswith(f"{{{TOOLS}}}")]:
            del each.attrib[name]


def _difference(first: Element, second: Element) -> tuple[str, str, str] | None:
    """An attribute that both have with different values: its name, the second's value, the first's."""
    for name, value in second.attrib.items():
        other = first.get(name, value)
        if other != value:
            return name.replace(f"{{{ANDROID}}}", "android:"), value, other
        first.set(name, value)
    return None


def _refused(library: Library, message: str) -> PluginRefused:
    return PluginRefused(message, place=Place(library.name), fix="correct the library's manifest, or leave it out")
