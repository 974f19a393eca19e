"""expect: what holds, what does not, and how a failure is explained.

Each failing case names the message, the fields that differ, and the line to paste; a pasted line holds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest

from testbed.capture.flow import Disposition, Flow
from testbed.devices.api import LogLine, Probe, Sighting
from testbed.errors import InternalError
from testbed.lenses.api import Reading
from testbed.scenario import read_scenario
from testbed.verdict import Check, Evidence, judge


def only(checks: Iterable[Check], prefix: str) -> list[Check]:
    return [check for check in checks if check.id.startswith(prefix)]


def rejudged(evidence: Evidence, new: str) -> tuple[Check, ...]:
    """The same evidence under other expectations."""
    scenario = read_scenario(f"name: bench\nsteps: [page]\n{new}".encode(), file="scenarios/bench.yaml")
    return judge(msgspec.structs.replace(evidence, scenario=scenario))


ORDER = {"order_id": "o1", "revenue": 49.9, "products": [{"sku": "a"}, {"sku": "b"}]}


class TestVendor:
    HOLDING = {
        "by name": ("- track: Order Completed", [("track", {"name": "Order Completed", "properties": ORDER})]),
        "by subset": (
            "- track: {name: Order Completed, properties: {revenue: 49.9, products: [{sku: a}, {sku: b}]}}",
            [("track", {"name": "Order Completed", "properties": ORDER})],
        ),
        "in any order": ("- track: B\n  - track: A", [("track", {"name": "A"}), ("track", {"name": "B"})]),
        "a loose expectation leaves the strict one its call": (
            "- track:\n  - track: A",
            [("track", {"name": "A"}), ("track", {"name": "B"})],
        ),
        "identity and profile are one identify": (
            "- identify: {user: u1, traits: {plan: pro}}",
            [("identify", {"user": "u1"}), ("identify", {"user": "u1", "properties": {"plan": "pro"}})],
        ),
        "count": ("- track: {name: A, count: 2}", [("track", {"name": "A"}), ("track", {"name": "A"})]),
        "what SDKs send by themselves is not judged": (
            "- track: A",
            [("session", {}), ("automatic", {"name": "$pageleave"}), ("track", {"name": "A"})],
        ),
        "unless it is asked for": ("- session: {vendor: acme}", [("session", {})]),
        "not on this target": ("- track: {name: A, only: android}", []),
        "absent name": ("- page: {name: {$absent: true}}", [("page", {})]),
        "keys with a dollar": (
            "- track: {name: A, properties: {$$price: 1}}",
            [("track", {"name": "A", "properties": {"$price": 1}})],
        ),
    }  # fmt: skip

    @pytest.mark.parametrize(("lines", "calls"), HOLDING.values(), ids=HOLDING)
    def test_holds(self, bench, lines, calls):
        vendor = [bench.call(kind, flow=f"v{n}", **fields) for n, (kind, fields) in enumerate(calls)]
        evidence = bench.evidence(f"expect:\n  vendor:\n  {lines}", vendor=vendor)
        assert bench.failures(evidence) == []
        assert only(judge(evidence), "expect.vendor[0]")

    FAILING = {
        # one field
        "number sent as string": (
            "- track: {name: A, properties: {revenue: 49.9}}",
            [("track", {"name": "A", "properties": {"revenue": "49.9"}})],
            'track "A": properties.revenue was sent as string "49.9", expected the number 49.9',
            ["properties.revenue"],
            '- track: {name: A, properties: {revenue: "49.9"}}',
        ),
        "missing property": (
            "- track: {name: A, properties: {plan: pro, seats: 3}}",
            [("track", {"name": "A", "properties": {"plan": "pro"}})],
            'track "A": properties.seats is missing, expected 3',
            ["properties.seats"],
            "- track: {name: A, properties: {plan: pro}}",
        ),
        "wrong name": (
            "- track: {name: Order Completed, properties: {order_id: o1}}",
            [("track", {"name": "Completed Order", "properties": {"order_id": "o1"}})],
            'track "Order Completed": name is "Completed Order", expected "Order Completed"',
            ["name"],
            "- track: {name: Completed Order, properties: {order_id: o1}}",
        ),
        "wrong name, nothing else asked": (
            "- track: Signed Up",
            [("track", {"name": "signed_up"})],
            'track "Signed Up": name is "signed_up", expected "Signed Up"',
            ["name"],
            "- track: {name: signed_up}",
        ),
        "wrong kind": (
            "- page: Home",
            [("screen", {"name": "Home"})],
            'page "Home": kind is screen, expected page',
            ["kind"],
            "- screen: {name: Home}",
        ),
        "wrong user": (
            "- identify: {user: u1, traits: {plan: pro}}",
            [("identify", {"user": "u2", "properties": {"plan": "pro"}})],
            'identify u1: user is "u2", expected "u1"',
            ["user"],
            "- identify: {user: u2, properties: {plan: pro}}",
        ),
        "wrong item of a list": (
            "- track: {name: A, properties: {products: [{sku: a}, {sku: {$regex: ^c}}]}}",
            [("track", {"name": "A", "properties": ORDER})],
            "track \"A\": properties.products[1].sku is \"b\", in which '^c' is not found",
            ["properties.products[1].sku"],
            "- track: {name: A, properties: {products: [{sku: a}, {sku: b}]}}",
        ),
        # several
        "two fields": (
            "- track: {name: A, id: mine, properties: {a: 1, b: 2, c: 3}}",
            [("track", {"name": "A", "properties": {"a": 1, "b": 0}})],
            'track "A": the nearest call that the vendor was told, track "A", differs in properties.b, properties.c',
            ["properties.b", "properties.c"],
            "- track: {name: A, properties: {a: 1, b: 0}, id: mine}",
        ),
        # nothing near
        "nothing at all": ("- track: A", [], 'the vendor was not told track "A"; no step of the scenario', [], ""),
        "fewer than asked": (
            "- track: {name: A, count: 3}",
            [("track", {"name": "A"})],
            'the vendor was not told track "A" 3 times but 1; no step',
            [],
            "",
        ),
    }  # fmt: skip

    @pytest.mark.parametrize(("line", "calls", "message", "paths", "paste"), FAILING.values(), ids=FAILING)
    def test_explains(self, bench, line, calls, message, paths, paste):
        vendor = [bench.call(kind, flow=f"v{n}", **fields) for n, (kind, fields) in enumerate(calls)]
        evidence = bench.evidence(f"expect:\n  vendor:\n  {line}", vendor=vendor)
        (check,) = bench.failures(evidence)
        assert check.message.startswith(message)
        assert [each.path for each in check.differences] == paths
        assert check.paste == paste
        assert str(check.place) == "scenarios/bench.yaml:5:5"
        if paste:
            assert check.flow == "v0"
            pasted = rejudged(evidence, f"expect:\n  vendor:\n  {paste}")
            assert [each.message for each in pasted if each.outcome == "failed"] == []

    def test_names_the_expectation(self, bench):
        checks = bench.failures(bench.evidence("expect: {vendor: [track: A, {track: B, id: mine}]}"))
        assert [check.id for check in checks] == ["expect.vendor[0]", "mine"]

    def test_an_extra_call_fails_and_can_be_pasted(self, bench):
        extra = bench.call("track", flow="v2", name="Surprise: $1", properties={"$price": 1, "on": True})
        evidence = bench.evidence("expect: {vendor: [track: A]}", vendor=[bench.call("track", name="A"), extra])
        (check,) = bench.failures(evidence)
        assert (check.id, check.flow) == ("vendor-others", "v2")
        assert (
            check.message
            == 'Acme was told track "Surprise: $1" 1 time, which no expectation names, which no Segment call caused'
        )
        assert check.paste == '- track: {name: "Surprise: $1", properties: {$$price: 1, on: true}}'
        pasted = rejudged(evidence, f"expect:\n  vendor:\n  - track: A\n  {check.paste}")
        assert [each.message for each in pasted if each.outcome == "failed"] == []

    def test_one_call_too_many_of_an_expected_sort_is_extra(self, bench):
        told = [bench.told("track", "m1", name="A")]
        calls = [bench.call("track", flow=f"v{n}", name="A", user=f"u{n}") for n in range(3)]
        evidence = bench.evidence("expect: {vendor: [track: A]}", vendor=calls, segment=told)
        checks = bench.failures(evidence)
        assert [check.id for check in checks] == ["vendor-others"]
        assert checks[0].message == 'Acme was told track "A" 2 more times than the 1 expected, caused by track "A"'
        assert checks[0].paste == "- track: {name: A, count: 3}"

    def test_nothing_expected_means_nothing_at_all(self, bench):
        calls = [bench.call("track", name="A")]
        assert [check.id for check in bench.failures(bench.evidence("expect: {vendor: []}", vendor=calls))] == [
            "vendor-others"
        ]
        assert bench.failures(bench.evidence("expect: {vendor: [], others: allow}", vendor=calls)) == []
        assert bench.failures(bench.evidence("", vendor=calls)) == []

    def test_a_nearest_miss_is_not_an_extra_call_as_well(self, bench):
        calls = [bench.call("track", flow="v1", name="Sign Up"), bench.call("track", flow="v2", name="Other Thing")]
        checks = bench.failures(bench.evidence("expect: {vendor: [track: Signed Up]}", vendor=calls))
        assert [(check.id, check.flow) for check in checks] == [("expect.vendor[0]", "v1"), ("vendor-others", "v2")]

    def test_the_nearest_miss_is_the_one_of_the_same_cause(self, bench):
        told = [bench.told("track", "m1", name="Signed Up", properties={"plan": "enterprise"})]
        calls = [
            bench.call("track", flow="v1", name="Sign Up", properties={"n": 1}),
            bench.call("track", flow="v2", name="Registration", properties={"plan": "enterprise"}),
        ]
        evidence = bench.evidence("expect: {vendor: [track: Signed Up], others: allow}", vendor=calls, segment=told)
        (check,) = bench.failures(evidence)
        assert check.flow == "v2"

    def test_another_vendor_is_no_candidate(self, bench):
        calls = [bench.call("track", name="A", vendor="Other")]
        check, extra = bench.failures(
            bench.evidence("expect: {vendor: [track: {name: A, vendor: Acme}]}", vendor=calls)
        )
        assert (check.flow, extra.id) == (None, "vendor-others")


class TestMissingCause:
    """A call that never came: where it got lost."""

    STEPS = "steps: [page, track: A]\nexpect: {vendor: [track: A]}"

    def test_in_the_plugin(self, bench):
        told = [bench.told("track", "m2", flow="s2", name="A")]
        replies = {2: bench.reply(message_id="m2")}
        (check,) = bench.failures(bench.evidence(self.STEPS, segment=told, replies=replies))
        assert check.message == (
            'the vendor was not told track "A"; Segment was told (step 2), so the call got lost in the plugin'
        )
        assert (check.step, check.flow) == (2, "s2")

    def test_at_the_gate(self, bench):
        told = [bench.told("track", "m2", name="A", integrations={"Acme": False})]
        (check,) = bench.failures(bench.evidence(self.STEPS, segment=told))
        assert check.message == 'the vendor was not told track "A"; its integrations object keeps it from Acme'

    def test_before_segment(self, bench):
        (check,) = bench.failures(bench.evidence(self.STEPS))
        assert check.message == (
            'the vendor was not told track "A"; step 2 should have caused it, and Segment was not told either'
        )

    def test_a_call_that_came_is_not_blamed_again(self, bench):
        told = [bench.told("track", f"m{n}", flow=f"s{n}", name="A", properties={"n": n}) for n in (1, 2)]
        calls = [bench.call("track", name="A", properties={"n": 1})]
        text = "expect: {vendor: [track: {name: A, count: 2}]}"
        (check,) = bench.failures(bench.evidence(text, segment=told, vendor=calls))
        assert check.flow == "s2"

    @pytest.mark.parametrize("outcome", ["n/a", "skipped"])
    def test_a_step_that_was_not_played_expects_nothing(self, bench, outcome):
        replies = {2: bench.reply(outcome, reason="classic plugins never see screen")}
        evidence = bench.evidence("steps: [page, screen: Home]\nexpect: {vendor: [screen: Home]}", replies=replies)
        checks = {check.id: check for check in judge(evidence)}
        assert checks["expect.vendor[0]"].outcome == "n/a"
        assert "classic plugins never see screen" in checks["expect.vendor[0]"].message
        assert checks["step"].outcome == "n/a"

    GROUP = "steps: [track: A, group: g1]\nexpect: {vendor: [track: A, group: g1]}"

    def test_a_call_that_the_plugin_does_not_support_expects_nothing(self, bench):
        told = [bench.told("track", "m1", name="A"), bench.told("group", "m2", group="g1", index=1)]
        evidence = bench.evidence(self.GROUP, segment=told, vendor=[bench.call("track", name="A")], calls=["track"])
        assert bench.outcomes(evidence) == {"expect.vendor[1]": "n/a"}
        (check,) = [check for check in judge(evidence) if check.outcome == "n/a"]
        assert "by its `calls`, Acme supports no group on web" in check.message

    def test_one_that_it_supports_does(self, bench):
        told = [bench.told("track", "m1", name="A"), bench.told("group", "m2", group="g1", index=1)]
        evidence = bench.evidence(self.GROUP, segment=told, vendor=[bench.call("track", name="A")])
        assert bench.outcomes(evidence) == {"expect.vendor[1]": "failed"}

    def test_what_it_does_though_it_does_not_support_it_is_judged(self, bench):
        told = [bench.told("track", "m1", name="A"), bench.told("group", "m2", group="g1", index=1)]
        calls = [bench.call("track", name="A"), bench.call("group", group="g2", index=1)]
        evidence = bench.evidence(self.GROUP, segment=told, vendor=calls, calls=["track"])
        assert bench.outcomes(evidence) == {"expect.vendor[1]": "n/a", "vendor-others": "failed"}

    def test_segment_is_told_all_the_same(self, bench):
        evidence = bench.evidence("steps: [group: g1]\nexpect: {segment: [group: g1]}", calls=["track"])
        assert bench.outcomes(evidence)["expect.segment[0]"] == "failed"

    def test_another_step_that_was_played_does(self, bench):
        replies = {2: bench.reply("n/a")}
        evidence = bench.evidence("steps: [track: A, screen: Home]\nexpect: {vendor: [track: A]}", replies=replies)
        assert bench.outcomes(evidence)["expect.vendor[0]"] == "failed"


class TestSegment:
    def test_is_not_exhaustive(self, bench):
        told = [bench.told("track", f"m{n}", flow=f"s{n}", name=name) for n, name in enumerate("AB")]
        assert bench.failures(bench.evidence("expect: {segment: [track: A]}", segment=told)) == []

    def test_looks_at_options(self, bench):
        told = [bench.told("track", "m1", name="A", integrations={"Acme": False}, context={"page": {"path": "/"}})]
        line = "track: {name: A, options: {integrations: {Acme: %s}, context: {page: {path: /}}}}"
        assert bench.failures(bench.evidence(f"expect: {{segment: [{line % 'false'}]}}", segment=told)) == []
        (check,) = bench.failures(bench.evidence(f"expect: {{segment: [{line % 'true'}]}}", segment=told))
        assert [each.path for each in check.differences] == ["options.integrations.Acme"]

    def test_a_message_that_was_sent_again_is_one_call(self, bench):
        told = [bench.told("track", "m1", flow=f"s{n}", name="A") for n in (1, 2)]
        (check,) = [
            each
            for each in bench.failures(bench.evidence("expect: {segment: [track: {name: A, count: 2}]}", segment=told))
            if each.id == "expect.segment[0]"
        ]
        assert check.message == 'Segment was not told track "A" 2 times but 1; no step makes such a call'

    @pytest.mark.parametrize("unwanted", ["A", "B"])
    def test_one_that_says_something_else_under_its_message_id_is_seen(self, bench, unwanted):
        told = [bench.told("track", "m1", flow=f"s{n}", name=name) for n, name in enumerate("AB")]
        evidence = bench.evidence(f"expect: {{never: {{segment: [track: {unwanted}]}}}}", segment=told)
        assert bench.outcomes(evidence)["expect.never.segment[0]"] == "failed"

    def test_says_which_step_should_have_told_it(self, bench):
        (check,) = bench.failures(bench.evidence("steps: [track: A]\nexpect: {segment: [track: A]}"))
        assert check.message == 'Segment was not told track "A"; it should come from step 1'


class TestSource:
    """To tell Segment things is what a source is for: there, `segment` is exhaustive."""

    CLICKED = "steps: [track: A, click: '#buy']\nexpect: {segment: [track: Clicked]%s}"

    def clicked(self, bench: Any, text: str, *names: str, ids: Sequence[str] = ("m1",), **more: Any) -> Evidence:
        replies = {n: bench.reply(message_id=message) for n, message in enumerate(ids, start=1)}
        told = [bench.told("track", f"m{n}", flow=f"s{n}", name=name) for n, name in enumerate(("A", *names), start=1)]
        evidence: Evidence = bench.evidence(text, segment=told, replies=replies, kind="source", **more)
        return evidence

    def test_what_the_steps_say_need_not_be_expected(self, bench):
        assert bench.failures(self.clicked(bench, self.CLICKED % "", "Clicked")) == []

    @pytest.mark.parametrize(
        ("text", "names", "message"),
        [
            (
                CLICKED % "",
                ("Clicked", "Clicked"),
                'Segment was told track "Clicked" 1 more time than the 1 expected, said by no step',
            ),
            (
                CLICKED % "",
                ("Clicked", "Moved", "Moved"),
                'Segment was told track "Moved" 2 times, which no expectation names, said by no step',
            ),
            (
                "steps: [track: A]\nexpect: {segment: []}",
                ("A",),
                'Segment was told track "A" 1 time, which no expectation names, said by no step',
            ),
        ],
        ids=["twice", "others", "what a step says, once more"],
    )
    def test_anything_else_fails(self, bench, text, names, message):
        (check,) = bench.failures(self.clicked(bench, text, *names))
        assert (check.id, check.message) == ("segment-others", message)
        assert check.paste.startswith("- track: ")

    def test_unless_others_are_allowed(self, bench):
        assert bench.failures(self.clicked(bench, self.CLICKED % ", others: allow", "Clicked", "Moved")) == []

    def test_where_segment_is_not_judged_nothing_is(self, bench):
        assert bench.failures(self.clicked(bench, "steps: [track: A]", "Moved")) == []

    def test_a_step_that_could_not_be_followed_excuses_what_it_makes_and_no_more(self, bench):
        evidence = self.clicked(bench, "steps: [track: A]\nexpect: {segment: []}", "Moved", ids=())
        (check,) = bench.failures(evidence)
        assert (check.id, check.name) == ("segment-others", "Moved")

    def test_a_call_that_never_came_is_the_sources(self, bench):
        (check,) = bench.failures(self.clicked(bench, self.CLICKED % ""))
        assert check.message == 'Segment was not told track "Clicked"; no step makes such a call, and Acme made none'

    def test_that_the_steps_are_told_unaltered_holds_for_a_source_too(self, bench):
        evidence = self.clicked(bench, "steps: [track: B]")
        assert [check.id for check in bench.failures(evidence)] == ["segment-altered"]

    def test_it_needs_no_vendor(self, bench):
        evidence = self.clicked(bench, self.CLICKED % "", "Clicked", hosts=())
        assert bench.outcomes(evidence) == {}


BODY = b'{"event": "A", "n": 1}'


class TestRequests:
    HOLDING = {
        "host": "{host: '*.acme.example'}",
        "path": "{path: /v1/*}",
        "path without its query": "{path: /v1/track}",
        "method": "{method: post}",
        "query": "{query: {k: a b}}",
        "query, a number": "{query: {n: 1, m: {$oneOf: [2, 3]}}}",
        "query, several": "{query: {m2: ['1', '2']}}",
        "headers": "{headers: {X-Key: secret, x-absent: {$absent: true}}}",
        "json": "{json: {n: 1, event: {$regex: ^A$}}}",
        "body": "{body: {$regex: event}}",
        "count": "{count: 1, path: /v1/track}",
        "none": "{count: 0, path: /v2/track}",
        "a preflight is not counted": "{path: /v1/track, count: 1}",
        "unless it is asked for": "{path: /v1/track, method: OPTIONS, count: 1}",
        "not on this target": "{path: /v2/track, only: [android]}",
    }
    FAILING = {
        "path": ("{path: /v1/trak, json: {n: 1}}", "path is /v1/track, expected /v1/trak", "/v1/track"),
        "method": ("{host: api.acme.example, method: PUT}", "method is ", "method: "),
        "query": ("{path: /v1/track, query: {k: b}}", 'query.k is "a b", expected "b"', "query: {k: a b}"),
        "headers": ("{path: /v1/track, headers: {X-KEY: a}}", "headers.X-KEY is ", "headers: {X-KEY: secret}"),
        "json": ("{path: /v1/track, json: {n: '1'}}", "json.n was sent as number 1", "json: {n: 1}"),
        "not json": ("{path: /, host: site.example, json: {}}", "json cannot be read", ""),
        "form": ("{path: /v1/track, form: {n: 1}}", "form.n is missing", ""),
        "count": ("{path: /v1/track, count: 2}", "was seen once, expected 2 times", ""),
        "count of none": ("{path: /v1/track, count: 0}", "was seen once, expected never", ""),
        "another host": ("{host: other.example}", "nothing was requested from other.example", ""),
    }  # fmt: skip

    def flows(self, bench: Any) -> list[Flow]:
        url = "https://api.acme.example/v1/track?k=a+b&n=1&m=2&m2=1&m2=2"
        return [
            bench.flow("f0", url, method="OPTIONS"),
            bench.flow("f1", url, body=BODY, headers=(("x-key", "secret"),)),
            bench.flow("f2", "https://site.example/", method="GET", disposition=Disposition.APP),
        ]

    @pytest.mark.parametrize("text", HOLDING.values(), ids=HOLDING)
    def test_holds(self, bench, text):
        assert bench.failures(bench.evidence(f"expect: {{requests: [{text}]}}", flows=self.flows(bench))) == []

    @pytest.mark.parametrize(("text", "message", "paste"), FAILING.values(), ids=FAILING)
    def test_explains(self, bench, text, message, paste):
        evidence = bench.evidence(f"expect: {{requests: [{text}]}}", flows=self.flows(bench))
        (check,) = bench.failures(evidence)
        assert message in check.message
        assert paste in check.paste
        if check.paste and "json cannot" not in message:
            pasted = rejudged(evidence, f"expect:\n  requests:\n  {check.paste}")
            assert [each.message for each in pasted if each.outcome == "failed"] == []

    def test_reads_a_form(self, bench):
        flows = [bench.flow("f1", body=b"data=%7B%7D&v=1&v=2")]
        text = "expect: {requests: [{form: {data: '{}', v: [1, 2]}}]}"
        assert bench.failures(bench.evidence(text, flows=flows)) == []


class TestDecoded:
    """What a lens makes of a body is asked for in one way, however it was sent."""

    SENT = ({"event": "A", "token": "t", "n": 1.5}, {"event": "B", "at": "東京"})

    def evidence(self, bench: Any, text: str, *, refused: bool = False) -> Evidence:
        one, two = self.SENT
        calls = [bench.call("track", name="A", raw=one), bench.call("group", index=1, raw=one),
                 bench.call("track", index=2, name="B", raw=two)]  # fmt: skip
        told = {"refused": calls} if refused else {"readings": [("v1", Reading(vendor="Acme", calls=tuple(calls)))]}
        flows = [bench.flow("v1", body=b"data=aGk", status=500 if refused else 200), bench.flow("v2", body=b"??")]
        made: Evidence = bench.evidence(f"expect: {{{text}}}", flows=flows, **told)
        return made

    @pytest.mark.parametrize("refused", [False, True])
    @pytest.mark.parametrize("asked", ['"event":"A","token":"t","n":1\\.5},\\{"event":"B"', "東京", "^\\[.*\\]$"])
    def test_the_items_are_text_in_their_order_and_each_once(self, bench, asked: str, refused: bool):
        text = f"requests: [{{decoded: {{$regex: {json.dumps(asked)}}}, count: 1}}]"
        assert bench.failures(self.evidence(bench, text, refused=refused)) == []

    def test_what_they_do_not_say_is_said_to_be_missing(self, bench):
        (check,) = bench.failures(self.evidence(bench, "requests: [{path: /v1/track, decoded: {$regex: token2}}]"))
        assert "decoded" in check.message

    def test_what_they_never_may_say(self, bench):
        (check,) = bench.failures(self.evidence(bench, "never: {requests: [{decoded: {$regex: '\"token\"'}}]}"))
        assert (check.flow, "must never be seen" in check.message) == ("v1", True)

    def test_what_no_lens_decodes_is_not_known_to_be_clean(self, bench):
        (check,) = bench.failures(self.evidence(bench, "never: {requests: [{decoded: {$regex: other}}]}"))
        assert (check.flow, "no lens decodes its body" in check.message) == ("v2", True)


class TestDevice:
    SIGHTINGS = (
        (
            Probe(what="cookie", name="id"),
            Sighting(
                found=True,
                value="u1",
                attributes={"domain": "www.shop.example", "sameSite": "Lax", "maxAge": 3600},
                more=(Sighting(found=True, value="v1", attributes={"domain": ".acme.example", "sameSite": "None"}),),
            ),
        ),
        (Probe(what="cookie", name="gone"), Sighting(found=False)),
        (Probe(what="storage", name="state"), Sighting(found=True, value='{"user": "u1", "n": 1}')),
        (Probe(what="global", name="acme.ready"), Sighting(found=True, value=True)),
        (Probe(what="element", name="#a"), Sighting(found=True, value="Hi", attributes={"href": "/x"})),
    )
    LOGS = (LogLine(source="console", level="info", text="acme is ready now"),)

    HOLDING = {
        "there": "{cookie: id}",
        "value": "{cookie: id, value: {$regex: ^u}}",
        "a cookie's attributes": "{cookie: id, attributes: {sameSite: Lax, maxAge: {$between: [3000, 3600]}}}",
        "another of its name": "{cookie: id, value: v1, attributes: {sameSite: None, maxAge: {$absent: true}}}",
        "JSON in storage": "{storage: state, value: {user: u1, n: {$type: number}}}",
        "exact JSON in storage": "{storage: state, value: {$exact: {user: u1, n: 1}}}",
        "text in storage": "{storage: state, value: {$regex: user}}",
        "global": "{global: acme.ready, value: true}",
        "element": "{element: '#a', value: Hi, attributes: {href: /x}}",
        "log, within a line": "{log: is ready}",
        "log, by pattern": "{log: {$regex: ^acme}}",
        "not on this target": "{cookie: other, only: [ios]}",
    }
    FAILING = {
        "not there": ("{cookie: gone}", "cookie gone is not there", ""),
        "value": ("{cookie: id, value: u2}", 'cookie id: value is "u1", expected "u2"', "- {cookie: id, value: u1}"),
        "cookie": (
            "{cookie: id, attributes: {sameSite: Strict}}",
            'attributes.sameSite is "Lax", expected "Strict"',
            "- {cookie: id, attributes: {sameSite: Lax}}",
        ),
        "of two cookies neither": (
            "{cookie: id, value: u1, attributes: {sameSite: None}}",
            "attributes.sameSite",
            "- {cookie: id, value: u1, attributes: {sameSite: Lax}}",
        ),
        "JSON": ("{storage: state, value: {user: u2}}", "value.user is", "- {storage: state, value: {user: u1}}"),
        "type": ("{global: acme.ready, value: 'true'}", "was sent as boolean", "- {global: acme.ready, value: true}"),
        "attribute": (
            "{element: '#a', attributes: {href: /}}",
            'attributes.href is "/x"',
            '- {element: "#a", attributes: {href: "/x"}}',
        ),
        "log": ("{log: never said}", "is in none of the 1 log lines", ""),
    }  # fmt: skip

    @pytest.mark.parametrize("text", HOLDING.values(), ids=HOLDING)
    def test_holds(self, bench, text):
        evidence = bench.evidence(f"expect: {{device: [{text}]}}", sightings=self.SIGHTINGS, logs=self.LOGS)
        assert bench.failures(evidence) == []

    @pytest.mark.parametrize(("text", "message", "paste"), FAILING.values(), ids=FAILING)
    def test_explains(self, bench, text, message, paste):
        evidence = bench.evidence(f"expect: {{device: [{text}]}}", sightings=self.SIGHTINGS, logs=self.LOGS)
        (check,) = bench.failures(evidence)
        assert message in check.message
        assert check.paste == paste
        if paste:
            pasted = rejudged(evidence, f"expect:\n  device:\n  {paste}")
            assert [each.message for each in pasted if each.outcome == "failed"] == []

    @pytest.mark.parametrize("section", ["device: [{cookie: x}]", "never: {device: [{cookie: x}]}"])
    def test_what_nobody_looked_at_is_an_error_not_an_absence(self, bench, section):
        with pytest.raises(InternalError, match="the device was not asked for cookie x"):
            judge(bench.evidence(f"expect: {{{section}}}"))


class TestNever:
    FOUND = {
        "vendor": ("vendor: [track: A]", 'Acme was told track "A", which must never be seen'),
        "vendor, by properties": ("vendor: [track: {properties: {email: {$any: true}}}]", "Acme was told track"),
        "vendor, what is not judged": ("vendor: [session]", "Acme was told session"),
        "segment": ("segment: [track: {name: S}]", 'Segment was told track "S"'),
        "requests": (
            "requests: [{host: api.acme.example, path: /v1/track}]",
            "was requested, which must never be seen",
        ),
        "device": ("device: [{cookie: id}]", "cookie id is there"),
        "another cookie of the name": ("device: [{cookie: id, attributes: {sameSite: None}}]", "cookie id is there"),
        "log": ("device: [{log: secret}]", "log secret is there"),
    }
    CLEAN = {
        "vendor": "vendor: [track: B, page]",
        "segment": "segment: [track: A]",
        "requests": "requests: [{path: /v2/*}]",
        "device": "device: [{cookie: gone}, {cookie: id, value: u2}, {log: nothing}]",
        "not on this target": "vendor: [track: {name: A, only: [ios]}]",
    }

    def evidence(self, bench: Any, text: str) -> Evidence:
        made: Evidence = bench.evidence(
            f"expect: {{never: {{{text}}}}}",
            vendor=[bench.call("track", name="A", properties={"email": None}), bench.call("session", index=1)],
            segment=[bench.told("track", "m1", name="S")],
            sightings=TestDevice.SIGHTINGS,
            logs=(LogLine(source="console", level="info", text="a secret"),),
        )
        return made

    @pytest.mark.parametrize(("text", "message"), FOUND.values(), ids=FOUND)
    def test_fails_on_what_was_seen(self, bench, text, message):
        (check,) = bench.failures(self.evidence(bench, text))
        assert check.id.startswith("expect.never.")
        assert message in check.message

    @pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
    def test_holds(self, bench, text):
        assert bench.failures(self.evidence(bench, text)) == []


class TestSteps:
    def test_a_failed_step_fails(self, bench):
        replies = {2: bench.reply("failed", reason="no element #buy")}
        evidence = bench.evidence("steps: [page, click: '#buy']", replies=replies)
        (check,) = bench.failures(evidence)
        assert (check.id, check.step, check.message) == ("step", 2, "step 2 (click) failed: no element #buy")

    def test_a_step_without_a_trace_fails(self, bench):
        evidence = bench.evidence("steps: [page, reset]")
        (check,) = bench.failures(msgspec.structs.replace(evidence, steps=evidence.steps[:1]))
        assert check.message == "step 2 (reset) was never played"

    def test_unless_it_is_for_another_target(self, bench):
        evidence = bench.evidence("steps:\n- page\n- reset\n  only: [ios]".replace("- reset\n", "- reset:\n"))
        assert bench.failures(msgspec.structs.replace(evidence, steps=evidence.steps[:1])) == []


def test_fifty_calls_against_twenty_expectations_are_judged_in_no_time(bench):
    """Not timed: were this quadratic in flows, ten thousand of them would hang the suite."""
    names = [f"Event {n}" for n in range(20)]
    lines = "\n".join(f"  - track: {{name: {name}, count: 500}}" for name in names)
    calls = [
        bench.call("track", flow=f"v{n}", name=names[n % 20], properties={"number": n, "plan": "pro"})
        for n in range(10_000)
    ]
    evidence = bench.evidence(f"expect:\n  vendor:\n{lines}", vendor=calls)
    assert bench.failures(evidence) == []


def test_what_the_vendor_refused_was_sent_all_the_same(bench):
    refused = {"flows": [bench.flow("v1", status=500)], "refused": [bench.call("track", name="A")]}
    (check,) = bench.failures(bench.evidence("expect: {never: {vendor: [track: A]}}", **refused))
    assert (check.id, check.flow) == ("expect.never.vendor[0]", "v1")
    # It told the vendor nothing, which is what `vendor` asks.
    assert bench.failures(bench.evidence("expect: {vendor: []}", **refused)) == []


NEVER_EMAIL = "expect: {never: {requests: [{host: '*.acme.example', json: {email: {$any: true}}}]}}"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"email": "a@b.example"}', "must never be seen"),
        (gzip.compress(b'{"email": "a@b.example"}'), "must never be seen"),
        (b"data=eyJlbWFpbCI6ImEifQ", "may be what must never be seen: its body is no JSON"),
        (b"\xff", "may be what must never be seen"),
    ],
)
def test_a_body_that_cannot_be_read_is_not_known_to_be_clean(bench, body: bytes, says: str):
    (check,) = bench.failures(bench.evidence(NEVER_EMAIL, flows=[bench.flow("f1", body=body)]))
    assert says in check.message


@pytest.mark.parametrize("body", [b"", b'{"mail": 1}'])
def test_a_body_that_can_be_read_is(bench, body: bytes):
    assert bench.failures(bench.evidence(NEVER_EMAIL, flows=[bench.flow("f1", body=body)])) == []


def test_what_could_not_be_looked_at_is_not_absent(bench):
    probe = Probe(what="element", name="h1[")
    seen = ((probe, Sighting(found=False, problem="no selector")),)
    for section in ("device: [element: 'h1[']", "never: {device: [element: 'h1[']}"):
        (check,) = bench.failures(bench.evidence(f"expect: {{{section}}}", sightings=seen))
        assert "cannot be looked at: no selector" in check.message
