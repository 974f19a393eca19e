"""Android's shell (mksh), as far as clients of adb use it: its grammar, its words, and what runs it."""

from testbed.virtual.android.shell.conversation import converse
from testbed.virtual.android.shell.parser import SyntaxFault, parse
from testbed.virtual.android.shell.running import Shell
from testbed.virtual.android.shell.state import State
from testbed.virtual.android.shell.streams import Source, Streams, lines

__all__ = ["Shell", "Source", "State", "Streams", "SyntaxFault", "converse", "lines", "parse"]
