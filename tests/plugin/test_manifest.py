"""plugin.toml becomes a Manifest, or a sentence with the place and the fix."""

from __future__ import annotations

import pytest

from testbed.errors import ExitCode, PluginRefused
from testbed.plugin.manifest import read_manifest
from testbed.plugin.model import Egress, Manifest, Subscription, Target

FULL = """\
name = "Acme"
version = "1.0.0"
kind = "source"
calls = ["track"]
[egress]
hosts = ["api.acme.example"]
[settings]
deep = { list = [1, 2.5, true, "x"] }
[targets.web]
sdk = "web"
style = "remote"
[[targets.web.subscriptions]]
partnerAction = "trackEvent"
subscribe = 'type = "track"'
[[targets.web.subscriptions]]
partner_action = "identifyUser"
subscribe = 'type = "identify"'
enabled = false
mapping = { email = { "@path" = "$.traits.email" } }
"""


def test_every_kind_of_value() -> None:
    manifest, places = read_manifest(FULL.encode())
    actions = (
        Subscription(partner_action="trackEvent", subscribe='type = "track"'),
        Subscription(
            partner_action="identifyUser",
            subscribe='type = "identify"',
            enabled=False,
            mapping={"email": {"@path": "$.traits.email"}},
        ),
    )
    assert manifest == Manifest(
        name="Acme",
        version="1.0.0",
        kind="source",
        calls=("track",),
        egress=Egress(hosts=("api.acme.example",)),
        settings={"deep": {"list": [1, 2.5, True, "x"]}},
        targets={"web": Target(id="web", sdk="web", style="remote", subscriptions=actions)},
    )
    assert str(places["targets.web.subscriptions.1.mapping"]) == "plugin.toml:19:1"


@pytest.mark.parametrize("text", [FULL.replace("\n", "\r\n"), f"\ufeff{FULL}"])
def test_what_editors_do_to_files(text: str) -> None:
    manifest, places = read_manifest(text.encode())
    assert (manifest, places) == read_manifest(FULL.encode())


HEAD = 'name = "Acme"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("text", "says", "fix"),
    [
        # keys that nobody knows
        (HEAD + 'egres = "x"', "toml:3:1: egres: unknown key 'egres'; did you mean 'egress'?", "keys here are"),
        (HEAD + "[targets.web]\nsdk = 'web'\nentyr = 1", "toml:5:1: targets.web.entyr: unknown key", "are"),
        (HEAD + "[[stub]]\nhost = 'a.b'\n[[stub]]\nhots = 1", "toml:6:1: stub[1].hots: unknown key", "are"),
        (HEAD + "zzz = 1", "toml:3:1: zzz: unknown key 'zzz'", "keys here are"),
        # a target's id has one place
        (HEAD + "[targets.web]\nid = 'x'\nsdk = 'web'", "toml:4:1: targets.web.id:", "remove it; the id is 'web'"),
        # keys of another SDK
        (
            HEAD + "[targets.a]\nsdk='android-java'\nstyle='classic'",
            "toml:5:1: targets.a.style: 'style' is of web, and this target is of android-java",
            "calls, classpath, factory, maven, sdk, settings",
        ),
        (HEAD + "[targets.a]\nsdk='android-kotlin'\nentry='a.js'", "targets.a.entry: 'entry' is of web", None),
        (HEAD + "[targets.a]\nsdk='android-kotlin'\nlibrary='a'", "toml:5:1: targets.a.library:", None),
        (HEAD + "[targets.a]\nsdk='android-java'\npage='a'", "toml:5:1: targets.a.page:", None),
        (
            HEAD + "[targets.a]\nsdk='web'\nclasspath=[]",
            "toml:5:1: targets.a.classpath: 'classpath' is of android-java and android-kotlin",
            "calls, entry, library",
        ),
        (HEAD + "[targets.a]\nsdk='web'\nfactory='a.B'", "toml:5:1: targets.a.factory:", None),
        (HEAD + "[targets.a]\nsdk='web'\nmaven=['a:b:1']", "toml:5:1: targets.a.maven:", None),
        # keys that must be there
        ('name = "Acme"', "toml: 'version' is missing", "add `version = ...`"),
        (HEAD + "[targets.web]\n", "toml:3:1: targets.web: 'sdk' is missing", "add `sdk = ...`"),
        (HEAD + "[[differs]]\ntarget = 'a'", "toml:3:1: differs[0]: 'reason' is missing", "add `reason"),
        # values of the wrong type
        ("name = 1", "toml:1:1: name: expected text, got a whole number", 'quote it: "1"'),
        ('name = "A"\nversion = 1.0', "toml:2:1: version: expected text, got a number", 'quote it: "1.0"'),
        (HEAD + "[egress]\nhosts = 'a'", "toml:4:1: egress.hosts: expected an array, got text", '["a"]'),
        (HEAD + "[egress]\nhosts = ['a', 2]", "toml:4:15: egress.hosts[1]: expected text", 'quote it: "2"'),
        (HEAD + "[stub]\nhost = 'a'", "toml:3:1: stub: expected an array, got a table", "[[stub]]"),
        (HEAD + "[[egress]]\nhosts = []", "toml:3:1: egress: expected a table, got an array", "single brackets"),
        (HEAD + "targets = ['web']", "toml:3:1: targets: expected a table, got an array", None),
        (HEAD + "[[stub]]\nhost='a'\nstatus='200'", "toml:5:1: stub[0].status: expected a whole number", None),
        (HEAD + "[[stub]]\nhost='a'\nstatus=true", "toml:5:1: stub[0].status: expected a whole number", None),
        (HEAD + "[targets.web.settings]\nx=nan\n", "toml:4:1: targets.web.settings.x: nan is no JSON", "quote"),
        (HEAD + "[settings]\nsince = 2020-01-01", "toml:4:1: settings.since: a date is no JSON", '"2020-01-01"'),
        (HEAD + "[[stub]]\nhost='a'\njson=[{a=07:32:00}]", "stub[0].json[0].a: a time is no JSON value", "quote it"),
        # values that are none of the choices
        (HEAD + 'kind = "destnation"', "toml:3:1: kind: 'destnation' is none of its values; did you", "source"),
        (HEAD + 'calls = ["Track"]', "toml:3:10: calls[0]: 'Track' is none of its values; did you", "alias"),
        (HEAD + "[targets.web]\nsdk='ios'", "toml:4:1: targets.web.sdk: 'ios' is none of its", "ios-swift"),
        # both spellings of one key
        (
            HEAD + "[targets.web]\nsdk='web'\n[[targets.web.subscriptions]]\npartnerAction='a'\npartner_action='a'",
            "toml:7:1: targets.web.subscriptions[0].partner_action: 'partner_action' says the same",
            "keep one",
        ),
        # not TOML at all
        ("name = ", "toml:1: not TOML: Invalid value", None),
        ("name = 'a'\nname = 'b'", "toml:2: not TOML: Cannot overwrite a value", None),
        ("name = '''", "toml:1: not TOML: Expected \"'''\"", None),
        ("x = " + "[" * 9_000, "toml: nested too deeply", None),
    ],
)  # fmt: skip
def test_refused(text: str, says: str, fix: str | None) -> None:
    with pytest.raises(PluginRefused) as caught:
        read_manifest(text.encode())
    assert says in str(caught.value)
    assert fix is None or fix in str(caught.value.fix)
    assert caught.value.exit_code is ExitCode.REFUSED


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'name = "Acme"\nversion = "\xff"', "plugin.toml:2: not UTF-8"),
        (b"#" * (1 << 20) + b"#", "plugin.toml: 1048577 bytes of TOML"),
    ],
)
def test_bytes_that_are_not_read(data: bytes, says: str) -> None:
    with pytest.raises(PluginRefused, match=says):
        read_manifest(data)
