"""The lenses of a run: whose turn it is, what they make of a request, and what their order is worth."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import get_args

import msgspec
import pytest

from testbed.errors import InternalError, PluginRefused
from testbed.http import Request, Response, header
from testbed.lenses import JUDGED, Kind, Reading, VendorCall, default_stub, lenses_for, read, relate
from testbed.plugin.lens import Definition, LensKind, in_full
from testbed.plugin.model import CallType, Manifest, Plugin
from testbed.plugin.typed import build
from testbed.scenario.vocabulary import VENDOR_KINDS

URL = "https://api.acme.example/v1/track"


def plugin_with(*lenses: dict[str, object]) -> Plugin:
    made = tuple(build(Definition, in_full(table)) for table in lenses)
    return Plugin(manifest=Manifest(name="Acme", version="1", lens=made), files={}, sha256="", source="acme")


class Fixed:
    """A Lens that claims what it is told to, and makes one thing of it."""

    def __init__(self, vendor: str, reading: Reading | Exception, *, claims: bool | Exception = True) -> None:
        self.vendor = vendor
        self._reading = reading
        self._claims = claims

    def claims(self, request: Request) -> bool:
        if isinstance(self._claims, Exception):
            raise self._claims
        return self._claims

    def read(self, request: Request) -> Reading:
        if isinstance(self._reading, Exception):
            raise self._reading
        return self._reading

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        return [*calls, VendorCall(vendor=self.vendor, kind=Kind.AUTOMATIC, name=f"after {len(calls)}")]

    def stub(self, request: Request) -> Response | None:
        return Response.json({"from": self.vendor})


def call(vendor: str, name: str) -> VendorCall:
    return VendorCall(vendor=vendor, kind=Kind.TRACK, name=name)


def test_a_plugins_own_lenses_come_before_the_known_vendors():
    lenses = lenses_for(plugin_with({"vendor": "b", "host": "b.example"}, {"vendor": "a", "host": "a.example"}))
    known = sorted(entry.name for entry in entry_points(group="testbed.lenses"))
    assert [lens.vendor for lens in lenses] == ["b", "a", *known]
    assert len(known) >= 3


def test_a_plugin_can_read_a_known_vendor_in_its_own_way():
    (own, *_) = lenses_for(plugin_with({"vendor": "mine", "host": "api.mixpanel.com"}))
    request = Request.get("https://api.mixpanel.com/track/", method="POST", body=b'{"type":"track"}')
    assert own.claims(request)
    reading = read(lenses_for(plugin_with({"vendor": "mine", "host": "api.mixpanel.com"})), "f1", request)
    assert reading is not None
    assert reading.vendor == "mine"


def test_a_definition_that_cannot_work_is_refused():
    with pytest.raises(PluginRefused, match=r"lens\[0\]\.user\[0\]: '\$' is no JMESPath"):
        lenses_for(plugin_with({"vendor": "a", "host": "a.example", "user": "$"}))


def test_the_first_lens_that_claims_reads():
    lenses = [
        Fixed("a", Reading(vendor="a"), claims=False),
        Fixed("b", Reading(vendor="b", calls=(call("b", "x"), call("b", "y")))),
        Fixed("c", Reading(vendor="c")),
    ]
    reading = read(lenses, "f1", Request.get(URL))
    assert reading is not None
    # Where a call was read is the same for all lenses, whatever they say themselves.
    assert [(c.vendor, c.name, c.flow, c.index) for c in reading.calls] == [("b", "x", "f1", 0), ("b", "y", "f1", 1)]


def test_where_no_lens_claims_there_is_no_reading():
    assert read([], "f1", Request.get(URL)) is None
    assert read([Fixed("a", Reading(vendor="a"), claims=False)], "f1", Request.get(URL)) is None


@pytest.mark.parametrize("part", ["claims", "read"])
def test_a_lens_that_raises_is_a_fault_of_ours(part: str):
    fault = ZeroDivisionError("planted")
    lens = Fixed("a", fault if part == "read" else Reading(vendor="a"), claims=fault if part == "claims" else True)
    with pytest.raises(InternalError, match=r"the a lens failed on https://api\.acme\.example/v1/track: .*planted"):
        read([lens], "f1", Request.get(URL))


def test_each_vendor_relates_its_own_calls():
    lenses = [Fixed("a", Reading(vendor="a")), Fixed("b", Reading(vendor="b"))]
    related = relate(lenses, [call("b", "1"), call("a", "2"), call("b", "3")])
    assert [(c.vendor, c.name) for c in related] == [
        ("b", "1"),
        ("b", "3"),
        ("b", "after 2"),
        ("a", "2"),
        ("a", "after 1"),
    ]
    assert relate(lenses, []) == []


@pytest.mark.parametrize(
    ("method", "claims", "vendor"),
    [
        ("POST", (True, True), "a"),
        ("POST", (False, True), "b"),
        ("POST", (False, False), None),
        ("OPTIONS", (True, True), None),
    ],
)
def test_the_answer_of_the_lens_that_claims(method: str, claims: tuple[bool, bool], vendor: str | None):
    lenses = [Fixed(name, Reading(vendor=name), claims=does) for name, does in zip("ab", claims, strict=True)]
    request = Request.get(URL, method=method, headers=(("origin", "https://shop.example"),))
    response = default_stub(lenses, request)
    if vendor is None:
        assert response is None
    else:
        assert response is not None
        assert msgspec.json.decode(response.body) == {"from": vendor}
        # The page that asked must be able to read it.
        assert header(response.headers, "access-control-allow-origin") == "https://shop.example"


@pytest.mark.parametrize("entry", entry_points(group="testbed.lenses"), ids=lambda entry: entry.name)
def test_a_lens_of_ours_is_named_as_its_entry_point(entry):
    lens = entry.load()()
    assert lens.vendor == entry.name
    assert not lens.claims(Request.get("https://www.shop.example/"))


def test_kinds_are_the_same_everywhere():
    assert tuple(Kind) == VENDOR_KINDS
    assert (*Kind, "ignore") == get_args(LensKind)
    assert tuple(kind for kind in Kind if kind in JUDGED) == get_args(CallType)


def test_a_second_lens_of_a_vendor_takes_nothing_from_the_first():
    lenses = [Declared("b"), Fixed("b", Reading(vendor="b"))]
    assert [c.name for c in relate(lenses, [call("b", "1")])] == ["1", "after 1"]


class Declared(Fixed):
    """A Lens for which the order of calls says nothing, as one of plugin.toml."""

    def __init__(self, vendor: str) -> None:
        super().__init__(vendor, Reading(vendor=vendor))

    def relate(self, calls: list[VendorCall]) -> list[VendorCall]:
        return calls
