"""The built-in checks: what is judged in every scenario, whether it expects anything or not. In order of report."""

from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.checks.coverage import AroundProxy, Opaque, Unread, Unseen
from testbed.verdict.checks.double import DoubleDelivery
from testbed.verdict.checks.duplicates import DuplicateDelivery
from testbed.verdict.checks.egress import Tls, UndeclaredHost
from testbed.verdict.checks.exceptions import PluginThrows
from testbed.verdict.checks.fidelity import SegmentAltered
from testbed.verdict.checks.gate import IntegrationsGate
from testbed.verdict.checks.loading import BundleGlobal, PluginLoads, PluginReady
from testbed.verdict.checks.resources import VendorScript
from testbed.verdict.checks.spec import Spec
from testbed.verdict.checks.suppression import Suppressed
from testbed.verdict.checks.threads import MainThread

BUILT_IN: tuple[BuiltIn, ...] = (
    UndeclaredHost(),
    Tls(),
    BundleGlobal(),
    PluginLoads(),
    PluginReady(),
    PluginThrows(),
    MainThread(),
    VendorScript(),
    DuplicateDelivery(),
    DoubleDelivery(),
    IntegrationsGate(),
    SegmentAltered(),
    Spec(),
    Suppressed(),
    Unseen(),
    AroundProxy(),
    Opaque(),
    Unread(),
)

__all__ = ["BUILT_IN", "BuiltIn"]
