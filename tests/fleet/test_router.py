"""Who answers a request: the order of the policy, row by row."""

from __future__ import annotations

import pytest

from testbed.capture.flow import Disposition
from testbed.devices.api import App
from testbed.devices.fake import FakeDevice
from testbed.fleet.router import Router
from testbed.http import Request, Response
from testbed.lenses import lenses_for
from testbed.plugin.model import Egress, Manifest, Plugin, Stub, Target
from testbed.scenario.model import Expectations, Scenario
from testbed.segment import Cloud, SdkFiles

TARGET = Target(id="web", sdk="web", style="classic", entry="acme.js")
PLUGIN = Plugin(
    manifest=Manifest(
        name="Acme",
        version="1",
        egress=Egress(hosts=("api.acme.example", "cdn.acme.example", "api-js.mixpanel.com", "10.0.0.1")),
        stub=(Stub(host="api.acme.example", path="/v1/*", json={"by": "plugin"}), Stub(host="10.0.0.1")),
        targets={"web": TARGET},
    ),
    files={"acme.js": b""},
    sha256="",
    source="acme.zip",
)
SCENARIO = Scenario(
    name="s", file="s.yaml", steps=(), expect=Expectations(),
    stubs=(
        Stub(host="api.acme.example", path="/v1/own", json={"by": "scenario"}),
        Stub(host="localhost"),
        Stub(host="stubbed.example"),
    ),
)  # fmt: skip


class Shop(FakeDevice):
    """A device whose customer's site is www.shop.example."""

    def answer(self, app: App, request: Request) -> Response | None:
        return Response.text("the shop") if request.host == "www.shop.example" else None


def router(*live: str) -> Router:
    cloud = Cloud(PLUGIN, TARGET, SCENARIO, write_key="k", sdk=SdkFiles(version="1", files={}))
    app = App(run="r1", plugin=PLUGIN, target=TARGET, write_key="k")
    return Router(
        device=Shop(), app=app, cloud=cloud, plugin=PLUGIN, scenario=SCENARIO, lenses=lenses_for(PLUGIN), live=live
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "live", "disposition", "body"),
    [
        # The customer's site and Segment come first, whatever --live says.
        ("https://www.shop.example/", ("*",), Disposition.APP, b"the shop"),
        ("https://cdn.segment.com/v1/projects/k/settings", ("*",), Disposition.SEGMENT, b'"Acme"'),
        # Nothing opens this machine and its networks: no stub, no declaration, no --live.
        ("http://127.0.0.1:8080/", ("*",), Disposition.DENIED, b"refused"),
        ("http://localhost/", (), Disposition.DENIED, b"refused"),
        ("http://10.0.0.1/", ("10.0.0.1",), Disposition.DENIED, b"refused"),
        ("http://169.254.169.254/latest/meta-data", ("*",), Disposition.DENIED, b"refused"),
        ("http://2130706433/", (), Disposition.DENIED, b"refused"),
        ("http://[::ffff:127.0.0.1]/", ("*",), Disposition.DENIED, b"refused"),
        # The scenario's stub, then --live, then the plugin's.
        ("https://api.acme.example/v1/own", ("api.acme.example",), Disposition.STUB, b'{"by":"scenario"}'),
        ("https://api.acme.example/v1/track", ("*.acme.example",), Disposition.LIVE, None),
        ("https://api.acme.example/v1/track", (), Disposition.STUB, b'{"by":"plugin"}'),
        # Undeclared hosts are refused, also those of vendors that we know. Neither a stub nor --live declares.
        ("https://metrics.acme.example/", (), Disposition.UNDECLARED, b"not in [egress] hosts"),
        ("https://api2.amplitude.com/2/httpapi", (), Disposition.UNDECLARED, b"not in [egress] hosts"),
        ("https://stubbed.example/", (), Disposition.UNDECLARED, b"not in [egress] hosts"),
        ("https://metrics.acme.example/", ("*",), Disposition.UNDECLARED, b"not in [egress] hosts"),
        # Declared, without a stub: what the vendor's SDK expects, else the plainest success.
        ("https://api-js.mixpanel.com/track/?verbose=1", (), Disposition.STUB, b'{"status":1,"error":null}'),
        ("https://cdn.acme.example/anything", (), Disposition.STUB, b"{}"),
    ],
)
async def test_who_answers(url: str, live: tuple[str, ...], disposition: Disposition, body: bytes | None):
    answer = await router(*live).answer(Request.get(url, method="POST" if "mixpanel" in url else "GET"))
    assert answer.disposition is disposition
    if body is None:
        assert answer.response is None
    else:
        assert answer.response is not None
        assert body in answer.response.body
    assert bool(answer.reason) is (disposition in {Disposition.DENIED, Disposition.UNDECLARED})


async def test_refusals_are_no_success_to_whoever_asks():
    for url in ("http://127.0.0.1/", "https://unknown.example/"):
        answer = await router().answer(Request.get(url))
        assert answer.response is not None
        assert answer.response.status == 403
        assert url in answer.response.body.decode()


async def test_preflights_of_known_vendors_are_let_through():
    asked = (("origin", "https://www.shop.example"), ("access-control-request-headers", "content-encoding"))
    request = Request.get("https://api-js.mixpanel.com/track/", method="OPTIONS", headers=asked)
    answer = await router().answer(request)
    assert answer.response is not None
    assert answer.response.status == 204
