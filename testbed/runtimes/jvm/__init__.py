"""Apps of Android in a JVM: an APK's jars on Robolectric's framework code, in the jail."""

from testbed.runtimes.jvm.jars import WORKER, Jars
from testbed.runtimes.jvm.java import Java
from testbed.runtimes.jvm.runtime import JvmRuntime

__all__ = ["WORKER", "Jars", "Java", "JvmRuntime"]
