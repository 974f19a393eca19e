"""What is judged is what was sent; what leaves the fleet has tokens in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed import events
from testbed.errors import DeviceFault, ExitCode
from tests.fleet.world import MANIFEST, TalkingDevice, world

SECRET_SETTING = MANIFEST.replace(
    "[egress]", 'secret_settings = ["apiKey"]\n[settings]\napiKey = "k-4711-0815"\n[egress]'
)
KEY, NAME = "k-4711-0815", "Read by me@acme.example"
MARKED = f"""
name: marked
steps: [track: {{$secret: {NAME}}}]
expect: {{vendor: [track: {{name: {NAME}, properties: {{key: {KEY}}}}}], segment: [track: {NAME}]}}
"""


@pytest.mark.parametrize("unsafe_raw", [False, True])
async def test_it_is_judged_raw_and_told_with_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unsafe_raw: bool):
    device = TalkingDevice(vendor=lambda event: [{**event, "properties": {"key": KEY}}])
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin(MARKED, manifest=SECRET_SETTING), unsafe_raw=unsafe_raw)
    assert outcome.code == ExitCode.PASSED, outcome.verdicts
    told = b"".join(events.encode(event) for event in outcome.stream)
    bodies = b"".join(event.flow.request.body for event in outcome.of(events.FlowCaptured))
    for secret in (KEY, NAME):
        assert (secret.encode() in told) is unsafe_raw
        assert (secret.encode() in bodies) is unsafe_raw
    (started,) = outcome.of(events.RunStarted)
    assert started.redaction == ("raw" if unsafe_raw else "tokens")


@pytest.mark.parametrize("where", ["a refused scenario", "a device"])
async def test_a_fault_that_quotes_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str):
    device = TalkingDevice()
    scenario = MARKED
    if where == "a device":
        device.fails_in = {"settle": DeviceFault(f"it said {KEY}")}
    else:
        scenario = f"name: bad\nsteps: [{KEY}: x]"
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin(scenario, manifest=SECRET_SETTING))
    assert outcome.code == (ExitCode.ENVIRONMENT if where == "a device" else ExitCode.REFUSED)
    told = b"".join(events.encode(event) for event in outcome.stream)
    assert KEY.encode() not in told
    assert b"<secret:apiKey:" in told
