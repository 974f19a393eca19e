"""What a scenario's `expect` asks for, a module a family. In the order in which it is judged and reported."""

from testbed.verdict.expectations.device import device
from testbed.verdict.expectations.never import never
from testbed.verdict.expectations.requests import requests
from testbed.verdict.expectations.segment import segment
from testbed.verdict.expectations.steps import steps
from testbed.verdict.expectations.unused import unused
from testbed.verdict.expectations.vendor import vendor
from testbed.verdict.finding import Family

EXPECTATIONS: tuple[Family, ...] = (
    steps,
    vendor,
    segment,
    requests,
    device,
    never,
    unused,
)

__all__ = ["EXPECTATIONS"]
