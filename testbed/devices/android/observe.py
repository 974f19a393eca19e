"""Questions about the app at the end of a scenario."""

from __future__ import annotations

from testbed.devices.android.run import Died, Run
from testbed.devices.api import Probe, Sighting

NOTHING = Sighting(found=False)


async def sight(run: Run, probe: Probe) -> Sighting:
    """The answer to one question. A log line is found where its text contains the probe's name."""
    match probe.what:
        case "log":
            lines = (line.text for line in run.logbook.lines if str(probe.name) in line.text)
            return next((Sighting(found=True, value=text) for text in lines), NOTHING)
        case "storage":
            try:
                reply = await run.ask("observe", what=probe.what, name=probe.name)
            except Died as died:
                return Sighting(found=False, problem=str(died))
            except TimeoutError:
                return Sighting(found=False, problem="the app's main thread did not answer")
            return Sighting(found=reply.found, value=reply.value, problem=reply.problem or reply.na)
        case _:
            return Sighting(found=False, problem=f"an Android app has no {probe.what}")
