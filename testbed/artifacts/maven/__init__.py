"""What a library needs, by the rules of Maven: "Introduction to the Dependency Mechanism", "POM Reference"."""

from testbed.artifacts.maven.repository import Repository
from testbed.artifacts.maven.resolving import LeftOut, Resolution, Resolved, Unresolved, resolve

__all__ = ["LeftOut", "Repository", "Resolution", "Resolved", "Unresolved", "resolve"]
