"""What is looked for, in order of report."""

from testbed.lint.rules.android import ClassFiles, Factory, LibrarySize, NativeCode
from testbed.lint.rules.api import Rule
from testbed.lint.rules.bundle import (
    BundleEval,
    BundleGlobal,
    BundleShim,
    BundleSize,
    BundleSyntax,
    SourceMap,
    Unparsed,
)
from testbed.lint.rules.hosts import PlainHttp, UndeclaredHost, UnusedHost
from testbed.lint.rules.refused import Archive, Lens, Manifest, UnreadScenario
from testbed.lint.rules.scenarios import NoExpectation, NoScenario, NoTarget
from testbed.lint.rules.secrets import KeyShape, SecretValue, UnmarkedSecret

RULES: tuple[Rule, ...] = (
    Archive(),
    Manifest(),
    Lens(),
    UnreadScenario(),
    NoScenario(),
    NoExpectation(),
    NoTarget(),
    BundleSyntax(),
    BundleGlobal(),
    BundleShim(),
    BundleSize(),
    BundleEval(),
    SourceMap(),
    Unparsed(),
    Factory(),
    ClassFiles(),
    NativeCode(),
    LibrarySize(),
    UndeclaredHost(),
    PlainHttp(),
    UnusedHost(),
    SecretValue(),
    KeyShape(),
    UnmarkedSecret(),
)

__all__ = ["RULES", "Rule"]
