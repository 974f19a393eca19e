"""Devices: the seam, its drivers, and a public fake."""

from testbed.devices.api import (
    App,
    Device,
    DeviceSpec,
    Driver,
    Health,
    LogLine,
    Probe,
    Proxy,
    Sighting,
    StepReply,
    Tool,
    Traffic,
)

__all__ = [
    "App",
    "Device",
    "DeviceSpec",
    "Driver",
    "Health",
    "LogLine",
    "Probe",
    "Proxy",
    "Sighting",
    "StepReply",
    "Tool",
    "Traffic",
]
