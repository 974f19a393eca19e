"""Each rule: a plugin that breaks it and nothing else, and what comes close and is let pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.lint import RULES, lint, read_subject
from testbed.lint.rules.secrets import SHAPES, sounds_secret
from testbed.lint.script import MAX_PARSED
from tests.lint.classes import FACTORY, PLUGIN, class_file, jar
from tests.lint.plugins import ACME, CLASSIC, Edit, by_id, code, edit, file, linted, manifest, phone, scenario
from tests.plugin.hostile import FILES as ZIPPED
from tests.plugin.hostile import HOSTILE
from tests.plugin.rawzip import STORED, Raw, build

STUB = "json = { ok = true }"
HOSTS = '["api.acme.example"]'
GLOBAL = "window.acmeDestination"


def setting(line: str) -> Edit:
    """One more line in [settings]."""
    return manifest(f'{line}\napiKey = "test-api-key"', 'apiKey = "test-api-key"')


SERVED = manifest('file = "web/vendor.js"', STUB)
MARKED = manifest('secret_settings = ["apiSecret"]\n[settings]', "[settings]")
SECRET = (setting('apiSecret = "hush-hush-0123"'), MARKED)
NO_GLOBAL = code("window.other", GLOBAL)
NO_SCENARIOS = tuple(file(str(path.relative_to(ACME)), None) for path in sorted(ACME.glob("scenarios/*")))
EXPECTATION = "expect:" + (ACME / "scenarios/track.yaml").read_text().split("expect:")[1]

Row = tuple[str, str, str, tuple[Edit, ...]]
"""Severity, place, what the message must hold, what is changed. `+` is the line that is added to web/acme.js."""

SOUND = class_file("acme/Acme", implements=[FACTORY])
MANIFEST_LINES = (ACME / "plugin.toml").read_text().count("\n")
PHONE_PLACE, FACTORY_PLACE = f"plugin.toml:{MANIFEST_LINES + 2}:1", f"plugin.toml:{MANIFEST_LINES + 5}:1"

LAST = (ACME / "web/acme.js").read_text().count("\n") + 1

BROKEN: dict[str, tuple[Row, ...]] = {
    "archive": (
        ("error", "scenarios/a .yaml.", "ends in a dot or space", (file("scenarios/a .yaml.", "x"),)),
    ),
    "manifest": (
        ("error", "plugin.toml:5:1", "unknown key 'callz'; did you mean 'calls'?", (
            manifest('callz = ["identify", "track", "page"', 'calls = ["identify", "track", "page"'),
        )),
        ("error", "plugin.toml:18:1", "there is no file 'gone.js'", (manifest('file = "gone.js"', STUB),)),
        ("error", "plugin.toml:13:10", "does not spell out", (manifest('["acme", "api.acme.example"]', HOSTS),)),
    ),
    "lens": (
        ("error", "plugin.toml:26:1", "unknown scope 'envelop'", (manifest('"envelop:event"', '"event"'),)),
    ),
    "scenario": (
        ("error", "scenarios/track.yaml:23:1", "unknown key 'expects'", (scenario("expects: {}\n"),)),
        ("error", "scenarios/track.yaml:2:1", "targets: 'wep' is no target or platform; did you mean 'web'?", (
            scenario("targets: [web, wep]\n"),
        )),
        ("error", "scenarios/track.yaml:2:1", "stubs[0].file: 'gone.js' is not in the plugin", (
            scenario('stubs: [{host: api.acme.example, file: gone.js}]\n'),
        )),
    ),
    "no-scenario": (
        ("warning", "plugin.toml", "nothing to play", NO_SCENARIOS),
    ),
    "no-expectation": (
        ("warning", "scenarios/track.yaml:2:1", "expects nothing", (scenario("", EXPECTATION),)),
    ),
    "no-target": (
        ("warning", "scenarios/track.yaml:2:1", "is for ios", (scenario("targets: [ios]\n"),)),
    ),
    "bundle-syntax": (
        ("error", "web/acme.js:2:1", "no JavaScript", (code("(() = {", "(() => {"),)),
        ("error", "+:12", "no JavaScript", (code("if (true) {\n"),)),
        ("error", "+:1", "an import or export", (code("export default 1;\n"),)),
    ),
    "bundle-global": (
        ("error", "web/acme.js", "sets window.acmeDestination; did you mean 'acmeDestinations'?", (
            code("window.acmeDestinations", GLOBAL),
        )),
        ("error", "+:7", "const or class", (NO_GLOBAL, code("const acmeDestination = other;\n"))),
        ("error", "+:7", "const or class", (NO_GLOBAL, code("class acmeDestination {}\n"))),
        ("warning", "web/acme.js", "nothing that can be seen", (NO_GLOBAL, code('window["acme" + other] = 1;\n'))),
        ("warning", "web/acme.js", "nothing that can be seen", (
            NO_GLOBAL, code("(function (acmeDestination) { acmeDestination = 1 })();\n"),
        )),
        ("error", "web/acme.js", "sets window.acmeIntegration", (*CLASSIC, code("other", "acmeIntegration"))),
    ),
    "bundle-shim": (
        ("error", "+:8", "acmeDeps is not an array", (*CLASSIC, code("window.acmeDeps = {};\n"))),
        ("error", "+:8", "acmeLoader is not a function", (*CLASSIC, code("window.acmeLoader = null;\n"))),
    ),
    "bundle-size": (
        ("warning", "web/acme.js", "302,560 bytes, ", (code(f"// {'x' * 299_997}\n"),)),
    ),
    "bundle-eval": (
        ("warning", "+:1", "text is run as code", (code('eval("1");\n'),)),
        ("warning", "+:5", "text is run as code", (code('new Function("a", "return a");\n'),)),
        ("warning", "+:12", "text is run as code, and 1 more", (code('setTimeout("a()", 1); (0, eval)("b");\n'),)),
    ),
    "source-map": (
        ("warning", "+:1", "a link to the source map 'a.js.map'", (code("//# sourceMappingURL=a.js.map\n"),)),
        ("warning", "+:1", "a source map of some 1,052 bytes", (
            code(f"//# sourceMappingURL=data:application/json,{'x' * 1008}\n"),
        )),
    ),
    "factory": (
        ("error", FACTORY_PLACE, "acme.Acme is not in the libraries of phone; did you mean 'acme.Acne'?", phone(
            ("a.jar", jar(class_file("acme/Acne", implements=[FACTORY]))),
        )),
        ("error", FACTORY_PLACE, "acme.Acme is not an Integration.Factory of analytics-android", phone(
            ("a.jar", jar(class_file("acme/Acme", implements=["java/lang/Runnable"]))),
        )),
        ("error", FACTORY_PLACE, "acme.Acme is a Plugin of analytics-kotlin, not an Integration.Factory", phone(
            ("a.jar", jar(class_file("acme/Acme", extends=PLUGIN))),
        )),
        ("error", FACTORY_PLACE, "acme.Acme is an Integration.Factory of analytics-android, not a Plugin", phone(
            ("a.jar", jar(class_file("acme/Acme", extends="acme/Base"), class_file("acme/Base", implements=[FACTORY]))),
            sdk="android-kotlin",
        )),
        ("error", FACTORY_PLACE, "acme.Acme.FACTORY is no static field of acme.Acme", phone(
            ("a.jar", jar(class_file("acme/Acme", static={"FACTOR": f"L{FACTORY};"}))), factory="acme.Acme.FACTORY",
        )),
        ("error", FACTORY_PLACE, "acme.Acme.FACTORY is not an Integration.Factory", phone(
            ("a.jar", jar(class_file("acme/Acme", static={"FACTORY": "I"}))), factory="acme.Acme.FACTORY",
        )),
    ),
    "class-file": (
        ("error", "a.jar!/c1.class", "no class file: it does not begin as one", phone(
            ("a.jar", jar(SOUND, b"class Acme {}")),
        )),
        ("error", "a.jar!/c1.class", "no class file: it is cut short or broken", phone(
            ("a.jar", jar(SOUND, SOUND[:-20])),
        )),
    ),
    "native-code": (
        ("warning", "n.aar", "holds native code, and nothing else, which a virtual device", phone(
            ("a.jar", jar(SOUND)), ("n.aar", build([Raw(name=b"jni/arm64-v8a/libacme.so")])),
        )),
        ("warning", "n.aar", "holds native code, which a virtual device does not run", phone(
            ("n.aar", build([Raw(name=b"jni/arm64-v8a/libacme.so"), Raw(name=b"classes.jar", content=jar(SOUND))])),
        )),
    ),
    "library-size": (
        ("warning", PHONE_PLACE, "the libraries of phone have 5,0", phone(
            ("a.jar", jar(SOUND)), ("b.jar", build([Raw(name=b"x.class", content=SOUND, method=STORED),
                                                   Raw(name=b"x", content=bytes(5_000_000), method=STORED)])),
        )),
    ),
    "undeclared-host": (
        ("warning", "a.jar!/c1.class", "cdn.other.example", phone(
            ("a.jar", jar(SOUND, class_file("acme/Client", texts=["https://cdn.other.example/v1/\1"]))),
        )),
        ("warning", "n.aar!/classes.jar!/c0.class", "cdn.other.example", phone(
            ("n.aar", build([Raw(name=b"classes.jar", content=jar(class_file(
                "acme/Acme", implements=[FACTORY], texts=["https://cdn.other.example"])))])),
        )),
        ("warning", "+:3", "cdn.other.example", (code('f("https://cdn.other.example/sdk.js");\n'),)),
        ("warning", "+:3", "cdn.other.example", (code('f("//cdn.other.example");\n'),)),
        ("warning", "+:3", "cdn.other.example", (code('f("https:\\/\\/cdn.other.example\\/x");\n'),)),
        ("warning", "+:3", "cdn.other.example", (code('f("https:\\x2f\\u002fcdn.other.example\\u{2f}");\n'),)),
        ("warning", "+:3", "cdn.other.example", (code('f("go to https://cdn.other.example:8443");\n'),)),
        ("warning", "+:3", "cdn.other.example (2 times)", (
            code('f(`wss://cdn.other.example/${1}`, "a" + "https://CDN.other.example");\n'),
        )),
        ("warning", "+:3", "localhost", (code('f("http://localhost:8080/");\n'),)),
        ("warning", "+:3", "169.254.169.254", (code('f("http://169.254.169.254/");\n'),)),
        ("warning", "web/vendor.js:1:3", "cdn.other.example", (
            file("web/vendor.js", 'f("https://cdn.other.example/")'), SERVED,
        )),
    ),
    "plain-http": (
        ("warning", "a.jar!/c1.class", "http://api.acme.example", phone(
            ("a.jar", jar(SOUND, class_file("acme/Client", texts=["http://api.acme.example/"]))),
        )),
        ("warning", "+:3", "http://api.acme.example", (code('f("http://api.acme.example/");\n'),)),
    ),
    "unused-host": (
        ("note", "plugin.toml:13:30", "cdn.acme.example is declared", (
            manifest('["api.acme.example", "cdn.acme.example"]', HOSTS),
        )),
    ),
    "secret-value": (
        ("error", "a.jar!/c1.class", "'apiSecret'", (*SECRET, *phone(
            ("a.jar", jar(SOUND, class_file("acme/Client", texts=["hush-hush-0123"]))),
        ))),
        ("error", "+:4", "'apiSecret'", (*SECRET, code('f("hush-hush-0123");\n'))),
        ("error", "+:10", "'apiSecret'", (*SECRET, code('f("Basic aHVzaC1odXNoLTAxMjM6");\n'))),
        ("warning", "scenarios/track.yaml:23:3", "'apiSecret'", (*SECRET, scenario("# hush-hush-0123\n"))),
    ),
    "key-shape": (
        ("error", "a.jar!/c1.class", "like a key, AWS access key", phone(
            ("a.jar", jar(SOUND, class_file("acme/Client", texts=[f"AKIA{'Q' * 16}"]))),
        )),
        ("error", "+:4", "like a key, AWS access key: AKIA… (20 characters)", (code(f"// AKIA{'Q' * 16}\n"),)),
    ),
    "unmarked-secret": (
        ("warning", "plugin.toml:9:1", "'apiSecret'", (setting('apiSecret = "x"'),)),
    ),
}  # fmt: skip

LET_PASS: dict[str, tuple[Edit, ...]] = {
    "a factory": phone(("a.jar", jar(SOUND))),
    "a factory in a field": phone(
        ("a.jar", jar(class_file("acme/Acme", static={"FACTORY": f"L{FACTORY};"}))), factory="acme.Acme.FACTORY"
    ),
    "a factory in a class within": phone(
        ("a.jar", jar(class_file("acme/Acme$Made", implements=[FACTORY]))), factory="acme.Acme.Made"
    ),
    "a plugin, by way of a class of the plugin's": phone(
        ("a.jar", jar(class_file("acme/Acme", extends="acme/Base"), class_file("acme/Base", extends=PLUGIN))),
        sdk="android-kotlin",
    ),
    "a factory by way of what is not in the zip": phone(("a.jar", jar(class_file("acme/Acme", extends="other/Base")))),
    "a field that may be inherited": phone(
        ("a.jar", jar(class_file("acme/Acme", extends="other/Base"))), factory="acme.Acme.FACTORY"
    ),
    "a class that describes a module": phone(("a.jar", jar(SOUND, **{"module-info.class": b"none"}))),
    "hosts within texts of a class, and names of schemas": phone(
        ("a.jar", jar(SOUND, class_file("acme/Client", texts=[
            "see https://help.other.example/", "http://schemas.android.com/apk/res/android", "https://api.acme.example/v1",
        ]))),
    ),
    "a global by var": (NO_GLOBAL, code("var acmeDestination = other;\n")),
    "a global by function": (NO_GLOBAL, code("function acmeDestination() {}\n")),
    "a global in brackets": (code('self["acmeDestination"]', GLOBAL),),
    "a global of whatever object": (code("root.acmeDestination", GLOBAL),),
    "a bare global": (code("acmeDestination", GLOBAL),),
    "a defined property": (NO_GLOBAL, code('Object.defineProperty(window, "acmeDestination", {});\n')),
    "a constant that is then set": (code("const acmeDestination = 1; window.acmeDestination = acmeDestination;\n"),),
    "what Segment's build sets": (*CLASSIC, code("window.acmeDeps = []; window.acmeLoader = function () {};\n")),
    "a loader with an arrow": (*CLASSIC, code("window.acmeLoader = () => {};\n")),
    "window, found in the old way": (code('Function("return this")(); new Function("return this")();\n'),),
    "a timer with a function": (code("setTimeout(() => {}, 1);\n"),),
    "a method of another name": (code("model.evaluate('x'); evaluator('x');\n"),),
    "Segment's hosts and namespaces": (code('f("https://cdn.segment.com/x", "http://www.w3.org/2000/svg");\n'),),
    "a declared host in capitals": (code('f("https://API.acme.example/v1");\n'),),
    "a host that the code completes": (code('f("https://a.b" + c, `https://${d}.acme.example`);\n'),),
    "a comment": (code("// https://cdn.other.example\n"),),
    "a path": (code('f("a//b.c/d", "//", "https://", "//x");\n'),),
    "a declared glob that is named": (manifest('["api.acme.example", "*.acme.example"]', HOSTS),),
    "a host in a setting": (
        manifest('["api.acme.example", "eu.acme.example"]', HOSTS),
        setting('host = "eu.acme.example"'),
    ),
    "a secret in its place": SECRET,
    "a short secret": (setting('apiSecret = "x"'), MARKED),
    "AWS's own example": (code("// AKIAIOSFODNN7EXAMPLE\n"),),
    "a switch with a secret's name": (setting("useSecret = true"),),
}  # fmt: skip


def test_acme_is_clean(tmp_path: Path) -> None:
    assert linted(tmp_path) == ()


@pytest.mark.parametrize(
    ("rule", "row"),
    [pytest.param(rule, row, id=f"{rule}-{n}") for rule, rows in BROKEN.items() for n, row in enumerate(rows)],
)
def test_broken(tmp_path: Path, rule: str, row: Row) -> None:
    severity, place, says, edits = row
    (finding,) = linted(tmp_path, *edits)
    wanted = place.replace("+", f"web/acme.js:{LAST}")
    assert (finding.id, finding.severity, str(finding.place or "")) == (rule, severity, wanted)
    assert says in finding.message
    assert finding.fix


@pytest.mark.parametrize("what", LET_PASS)
def test_let_pass(tmp_path: Path, what: str) -> None:
    assert linted(tmp_path, *LET_PASS[what]) == ()


def test_what_is_too_long_is_said_to_be(tmp_path: Path) -> None:
    found = by_id(linted(tmp_path, code(f"//{'x' * MAX_PARSED}\n")))
    assert found == {"bundle-size": "warning", "unparsed": "warning"}


def test_every_rule_is_broken_by_a_row() -> None:
    assert {*BROKEN, "unparsed"} == {rule.id for rule in RULES}


def test_all_at_once(tmp_path: Path) -> None:
    """Of the manifest and of every file, not only the first."""
    found = linted(
        tmp_path,
        manifest('kind = "destiny"\nnonsense = 1\n[settings]', "[settings]"),
        manifest('method = 1\nstatus = "200"', "json = { ok = true }"),
    )
    assert [(finding.id, str(finding.place)) for finding in found] == [
        ("manifest", f"plugin.toml:{line}:1") for line in (8, 9, 20, 21)
    ]


def test_what_can_be_read_is_looked_at_in_spite_of_the_rest(tmp_path: Path) -> None:
    found = linted(
        tmp_path,
        manifest('["nowhere", "api.acme.example"]', '["api.acme.example"]'),
        manifest('"a b ||"', '"event"'),
        manifest('file = "gone.js"', "json = { ok = true }"),
        file("scenarios/one.yaml", "nmae: one"),
        file("scenarios/two.yaml", "name: two"),
        code('eval("1");\n'),
    )
    assert [finding.id for finding in found] == [
        "manifest", "manifest", "lens", "scenario", "scenario", "bundle-eval", "unused-host",
    ]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE[::9], ids=lambda hostile: hostile.what)
def test_a_hostile_zip_is_a_finding(tmp_path: Path, hostile) -> None:
    (tmp_path / "evil.zip").write_bytes(hostile.make())
    (finding,) = lint(read_subject(tmp_path / "evil.zip")).findings
    assert (finding.id, finding.place) == ("archive", None)
    assert hostile.says in finding.message


KEYS = {
    "private key": ("-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----"),
    "AWS access key": ("ASIA" + "Q7" * 8, "ASIA" + "q7" * 8),
    "GitHub token": ("ghp_" + "a1" * 18, "ghx_" + "a1" * 18),
    "GitLab token": ("glpat-" + "a1" * 10, "glpat-a1"),
    "npm token": ("npm_" + "a1" * 18, "npm_config_registry"),
    "Slack token": ("xoxb-" + "12" * 12, "xoxb-12"),
    "Slack webhook": ("hooks.slack.com/services/T00000000/B00000000/" + "a1" * 12, "hooks.slack.com/services"),
    "Stripe secret key": ("sk_live_" + "a1" * 12, "pk_live_" + "a1" * 12),
    "SendGrid key": ("SG." + "a1" * 11 + "." + "a1" * 21 + "a", "SG.a.b"),
    "JWT": ("eyJ" + "a1" * 10 + ".eyJ" + "a1" * 10 + "." + "a1" * 20, "eyJ" + "a1" * 10),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_known_and_never_spelled_out(tmp_path: Path, shape: str) -> None:
    key, no_key = KEYS[shape]
    found = [
        finding for finding in linted(tmp_path, file("README.md", f"{no_key}\n{key}\n")) if finding.id == "key-shape"
    ]
    assert [finding.message.split(": ")[0] for finding in found] == [f"looks like a key, {shape}"]
    assert str(found[0].place).startswith("README.md:")
    assert key not in found[0].message or shape == "private key"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("apiSecret", True), ("api_secret", True), ("API_SECRET", True), ("clientSecretKey", True), ("secret", True),
        ("password", True), ("smtp-password", True), ("accessToken", True), ("auth_token", True), ("privateKey", True),
        ("APIToken", True), ("serverKey", True), ("credentials", True),
        ("apiKey", False), ("token", False), ("appId", False), ("keyboard", False), ("secretary", False),
        ("publicKey", False), ("tokenUrl", False), ("", False),
    ],
)  # fmt: skip
def test_names_of_secrets(name: str, secret: bool) -> None:
    assert sounds_secret(name) is secret


def test_the_zips_of_the_table_hold_a_plugin_that_is_clean_but_for_its_scenarios(tmp_path: Path) -> None:
    edit(tmp_path, tuple(file(name, content.decode()) for name, content in ZIPPED.items()))
    assert lint(read_subject(tmp_path)).findings == ()
