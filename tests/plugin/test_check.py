"""What a manifest refers to must be there, and what it declares must mean something."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from testbed.errors import PluginRefused
from testbed.plugin.check import RULES, check
from testbed.plugin.classpath import classpath_of
from testbed.plugin.manifest import read_manifest
from testbed.plugin.model import Manifest, Plugin
from tests.plugin.rawzip import Raw, build

MANIFEST = """\
name = "Acme"
version = "1.0.0"
secret_settings = ["apiKey"]

[settings]
apiKey = "k"

[egress]
hosts = ["api.acme.example", "*.cdn.acme.example"]

[[stub]]
host = "api.acme.example"
json = { ok = true }

[[stub]]
host = "eu.cdn.acme.example"
file = "web/sdk.js"

[targets.web]
sdk = "web"
style = "remote"
library = "acmeDestination"
entry = "web/acme.js"
page = "web/page.html"

[targets.phone]
sdk = "android-kotlin"
classpath = ["android/acme.jar", "android/lib-*.aar"]
maven = ["com.acme:sdk:1.0"]
factory = "com.acme.AcmePlugin"

[[differs]]
target = "phone"
step = "screen"
reason = "Acme has no screens."
"""
JAR = build([Raw(name=b"com/acme/AcmePlugin.class")])
WEB: dict[str, bytes] = {"web/acme.js": b"", "web/sdk.js": b"", "web/page.html": b""}
LIBRARIES = {"android/acme.jar": JAR, "android/lib-a.aar": build([Raw(name=b"classes.jar", content=JAR)])}
RESOLVED = {"maven/sdk-1.0.jar": JAR, "maven/classpath.json": b'{"targets":{"phone":["maven/sdk-1.0.jar"]}}'}
FILES = {**WEB, **LIBRARIES, **RESOLVED}


def checked(changes: Mapping[str, str] | None = None, *, files: Mapping[str, bytes] = FILES) -> Manifest:
    """Reads and checks the manifest with texts replaced: each `old` must be there."""
    text = MANIFEST
    for old, new in (changes or {}).items():
        assert old in text
        text = text.replace(old, new, 1)
    manifest, places = read_manifest(text.encode())
    check(manifest, files, places)
    return manifest


CASES = {
    # the name is a key of the integrations object, part of a URL, and part of a global's name
    "name empty": ({'"Acme"': '" "'}, "toml:1:1: name: is empty"),
    "name padded": ({'"Acme"': '"Acme "'}, "toml:1:1: name: 'Acme ' has white space around it"),
    "name in a URL": ({'"Acme"': '"AC/DC"'}, "toml:1:1: name: 'AC/DC' holds one of"),
    "name taken": ({'"Acme"': '"All"'}, "toml:1:1: name: 'All' has a meaning of its own"),
    "version empty": ({'"1.0.0"': '""'}, "toml:2:1: version: is empty"),
    # targets
    "target id": ({"[targets.phone]": "[targets.Phone]"}, "toml:26:1: targets.Phone: 'Phone' is no target id"),
    "no entry": ({'entry = "web/acme.js"\n': ""}, "toml:19:1: targets.web: 'entry' is missing"),
    "entry not there": (
        {'"web/acme.js"': '"web/Acme.js"'},
        "toml:23:1: targets.web.entry: there is no file 'web/Acme.js' in the plugin; did you mean 'web/acme.js'",
    ),
    "entry outside": ({'"web/acme.js"': '"../acme.js"'}, "toml:23:1: targets.web.entry: '../acme.js' holds '..'"),
    "page not there": ({'"web/page.html"': '"p.html"'}, "toml:24:1: targets.web.page: there is no file 'p.html'"),
    # libraries
    "no code": (
        {'classpath = ["android/acme.jar", "android/lib-*.aar"]\nmaven = ["com.acme:sdk:1.0"]\n': ""},
        "toml:26:1: targets.phone: neither 'classpath' nor 'maven'",
    ),
    "no factory": ({'factory = "com.acme.AcmePlugin"\n': ""}, "toml:26:1: targets.phone: 'factory' is missing"),
    "no package": ({"com.acme.AcmePlugin": "AcmePlugin"}, "toml:30:1: targets.phone.factory: 'AcmePlugin' names no"),
    "a call": ({"com.acme.AcmePlugin": "com.acme.Acme()"}, "targets.phone.factory: 'com.acme.Acme()' names no class"),
    "library not there": (
        {"android/acme.jar": "android/acme2.jar"},
        "toml:28:14: targets.phone.classpath[0]: there is no file 'android/acme2.jar' in the plugin; did you mean",
    ),
    "glob of nothing": ({"lib-*": "libs-*"}, "toml:28:34: targets.phone.classpath[1]: no file in the plugin fits"),
    "no library": ({"android/acme.jar": "web/acme.js"}, "classpath[0]: 'web/acme.js' names no AAR or JAR"),
    "no coordinate": ({"com.acme:sdk:1.0": "com.acme:sdk"}, "toml:29:10: targets.phone.maven[0]: 'com.acme:sdk' is no"),
    # style and what goes with it
    "remote, no library": (
        {'library = "acmeDestination"\n': ""},
        "toml:19:1: targets.web: 'library' is missing: remote needs it",
    ),
    "register, no library": (
        {'library = "acmeDestination"\n': "", '"remote"': '"register"'},
        "toml:19:1: targets.web: 'library' is missing: register needs it",
    ),
    "classic with library": (
        {'"remote"': '"classic"'},
        "toml:22:1: targets.web.library: a classic bundle's global follows from the plugin's name",
    ),
    "classic that the SDK never loads": (
        {'"remote"': '"classic"', 'library = "acmeDestination"\n': "", '"Acme"': '"Segment Acme"'},
        "toml:1:1: name: analytics.js never loads a classic plugin named 'Segment Acme'",
    ),
    "register with subscriptions": (
        {'"remote"': '"register"', "page =": "subscriptions = [{partner_action='a', subscribe='b'}]\npage ="},
        "toml:24:1: targets.web.subscriptions: a register plugin has none",
    ),
    # secret settings
    "no such setting": (
        {'["apiKey"]': '["apikey"]'},
        "toml:3:20: secret_settings[0]: 'apikey' is no setting; did you mean 'apiKey'?",
    ),
    # hosts
    "a URL": ({'"api.acme.example",': '"https://api.acme.example",'}, "hosts[0]: 'https://api.acme.example' is a URL"),
    "a port": ({'"api.acme.example",': '"api.acme.example:8443",'}, "hosts[0]: 'api.acme.example:8443' has a port"),
    "a space": ({'"api.acme.example",': '"api acme.example",'}, "egress.hosts[0]: 'api acme.example' is no host name"),
    "no dot": ({'"api.acme.example",': '"acme",'}, "toml:9:10: egress.hosts[0]: 'acme' does not spell out"),
    "everything": ({'"api.acme.example",': '"*",'}, "egress.hosts[0]: '*' does not spell out the last two labels"),
    "every .com": ({'"*.cdn.acme.example"': '"*.com"'}, "toml:9:30: egress.hosts[1]: '*.com' does not spell out"),
    "any ending": ({'"api.acme.example",': '"acme.*",'}, "egress.hosts[0]: 'acme.*' does not spell out"),
    # stubs
    "two contents": (
        {"json = { ok = true }": "json = 1\nbody = 'x'"},
        "toml:13:1: stub[0].json: body and json in one stub",
    ),
    "file and json": ({'file = "web/sdk.js"': 'file = "web/sdk.js"\njson = false'}, "stub[1].json: file and json"),
    "fails and answers": ({"json = { ok = true }": "json = 1\nfail = 'reset'"}, "stub[0].fail: a stub that fails"),
    "stub file not there": ({'"web/sdk.js"': '"sdk.js"'}, "toml:17:1: stub[1].file: there is no file 'sdk.js'"),
    "stub of a stranger": (
        {'host = "eu.cdn.acme.example"': 'host = "cdn.acme.example"'},
        "toml:16:1: stub[1].host: 'cdn.acme.example' is not covered by [egress] hosts",
    ),
    "stub of everybody": ({'host = "api.acme.example"': 'host = "*"'}, "stub[0].host: '*' is not covered by [egress]"),
    "status": ({"json = { ok": "status = 99\njson = { ok"}, "toml:13:1: stub[0].status: 99 is no final HTTP status"),
    "delay": ({"json = { ok": "delay_ms = -1\njson = { ok"}, "toml:13:1: stub[0].delay_ms: is negative"),
    "header split": (
        {"json = { ok": 'headers = { etag = "1\\r\\nSet-Cookie: x" }\njson = { ok'},
        "toml:13:13: stub[0].headers.etag: is no HTTP header",
    ),
    # declared differences
    "no such target": (
        {'target = "phone"': 'target = "phnoe"'},
        "toml:33:1: differs[0].target: 'phnoe' is no target; did you mean 'phone'?",
    ),
    "no reason": ({'"Acme has no screens."': '""'}, "toml:35:1: differs[0].reason: is empty"),
}  # fmt: skip


def test_the_clean_manifest_passes() -> None:
    assert checked().name == "Acme"


@pytest.mark.parametrize(("changes", "says"), CASES.values(), ids=CASES)
def test_refused(changes: dict[str, str], says: str) -> None:
    with pytest.raises(PluginRefused) as caught:
        checked(changes)
    assert says in str(caught.value)
    assert caught.value.fix, "every refusal says what to do"


def test_a_plugin_without_targets() -> None:
    with pytest.raises(PluginRefused, match="no target: there is nowhere to run"):
        checked({"[targets.web]": "[settings.web]", "[targets.phone]": "[settings.phone]"})


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"android/acme.jar": b"<html>"}, "classpath[0]: 'android/acme.jar' is no JAR: it is not even a zip"),
        ({"android/lib-a.aar": b""}, "classpath[1]: 'android/lib-a.aar' is no AAR"),
        ({"android/acme.jar": build([Raw(name=b"Acme.java")])}, "classpath[0]: 'android/acme.jar' has no class in it"),
        ({"maven/classpath.json": b"{}"}, "toml:29:1: targets.phone.maven: is not resolved in this zip"),
        ({"maven/classpath.json": b"[]"}, "maven/classpath.json: is no list of libraries"),
        (
            {"maven/classpath.json": b'{"targets":{"phone":["maven/x.jar"]}}'},
            "names 'maven/x.jar', which is no library",
        ),
        ({"maven/classpath.json": b'{"targets":{"phone":["web/sdk.js"]}}'}, "names 'web/sdk.js', which is no library"),
    ],
)
def test_what_stands_for_libraries(files: Mapping[str, bytes], says: str) -> None:
    with pytest.raises(PluginRefused) as caught:
        checked(files={**FILES, **files})
    assert says in str(caught.value)
    assert caught.value.fix


def test_the_class_path_has_the_order_of_the_manifest() -> None:
    manifest = checked()
    more = {"android/lib-B.aar": JAR, "android/x/lib-c.aar": JAR, "other.jar": JAR}
    plugin = Plugin(manifest=manifest, files={**more, **FILES}, sha256="", source="")
    assert classpath_of(plugin, manifest.targets["phone"]) == (
        "android/acme.jar", "android/lib-B.aar", "android/lib-a.aar", "maven/sdk-1.0.jar",
    )  # fmt: skip
    assert classpath_of(plugin, manifest.targets["web"]) == ()


def test_a_missing_file_is_seen_in_the_files_not_in_the_manifest() -> None:
    for name in WEB:
        with pytest.raises(PluginRefused, match=f"there is no file '{name}'"):
            checked(files={n: content for n, content in FILES.items() if n != name})


def test_other_good_manifests() -> None:
    checked({'style = "remote"\nlibrary = "acmeDestination"\n': ""})
    checked({'"remote"': '"register"'})
    checked({'"Acme"': '"Google Analytics 4 (Web)"'})
    checked({"json = { ok = true }": 'fail = "blocked"'})
    checked({'host = "eu.cdn.acme.example"': 'host = "*.cdn.acme.example"'})
    checked({'secret_settings = ["apiKey"]': 'secret_settings = ["key"]', "page =": 'settings = { key = "s" }\npage ='})


def test_every_rule_is_in_the_list() -> None:
    assert len(set(RULES)) == len(RULES) == 9
