"""What a plugin can do wrong on Android, and how it must be caught there.

All of it is planted into acme's client at once, so that it is compiled and installed once: the customer's `apiKey` says
which fault is at work."""

from __future__ import annotations

from tests.e2e.conftest import Patch
from tests.e2e.faults import Fault

MANIFEST = "plugin.toml"
CLIENT = "android/src/main/java/com/example/plugin/Client.java"


class AndroidFault(Fault, frozen=True, kw_only=True):
    """A fault that shows on `target`, a glob. `in_call` and `in_background` are Java statements: before an event is
    handed over, with `type` and `event` at hand (analytics-android calls integrations on the main thread,
    analytics-kotlin plugins on one of its own), and on the thread that sends it. What a plugin tries beyond its app
    must be in the ledger (`ledger`), or the log says how it fared (`log`)."""

    patches: tuple[Patch, ...] = ()
    scenario: str = "track"
    check: str = ""
    says: str = ""
    target: str = "android-java"
    in_call: str = ""
    in_background: str = ""
    ledger: str = ""
    log: str = ""
    missed: str = ""
    """What is known to be told wrongly of it, today."""


FAULTS = (
    AndroidFault(
        name="factory that is not there",
        patches=(Patch(MANIFEST, 'AcmeIntegration.FACTORY"', 'AcmeIntegration.FABRIK"'),),
        check="plugin-loads",
        says="has no static field FABRIK",
    ),
    AndroidFault(
        name="class that is not there",
        patches=(Patch(MANIFEST, 'AcmeDestination"', 'AcmeDestinatoin"'),),
        check="plugin-loads",
        says="no class of the app is named com.example.plugin.AcmeDestinatoin",
        target="android-kotlin",
    ),
    # analytics-android takes a destination without settings for one that is switched off; analytics-kotlin does not.
    AndroidFault(
        name="settings {}",
        patches=(Patch("scenarios/track.yaml", "", "cloud: {settings: {empty: true}}\n"),),
        check="expect.vendor[0]",
        says='the vendor was not told track "Article Shared"',
    ),
    AndroidFault(
        name="thrown in a call",
        in_call='throw new IllegalStateException("planted fault");',
        check="plugin-throws",
        says="planted fault",
        target="android-*",
    ),
    AndroidFault(
        name="main thread kept waiting",
        in_call="java.util.concurrent.locks.LockSupport.parkNanos(this, 900_000_000L);",
        check="main-thread",
        says="main thread blocked",
    ),
    AndroidFault(
        name="network on the main thread",
        in_call='new URL(ENDPOINT + "slow").openConnection().getInputStream().close();',
        check="plugin-throws",
        says="NetworkOnMainThreadException",
    ),
    AndroidFault(
        name="wrong event name",
        in_call='event.put("event", event.optString("event").toLowerCase());',
        check="expect.vendor[0]",
        says='"article shared"',
        target="android-*",
    ),
    AndroidFault(
        name="kept for a flush that never comes",
        in_call='stored.edit().putString("queue", event.toString()).apply(); return;',
        check="expect.vendor[0]",
        says="the call got lost in the plugin",
        target="android-*",
    ),
    AndroidFault(
        name="identity kept after reset",
        scenario="reset",
        check="expect.vendor[2]",
        says="user",
        target="android-*",
    ),
    AndroidFault(
        name="System exit",
        in_call="System.exit(3);",
        check="step",
        says="step 1 (track) failed",
    ),
    AndroidFault(
        name="System exit by name",
        in_call="System.exit(3);",
        check="plugin-throws",
        says="ended from within",
        target="android-*",
        missed="what the SDK's threads throw when they are ended is told first, and taken for how the process ended",
    ),
    AndroidFault(
        name="main thread never given back",
        patches=(Patch("scenarios/track.yaml", "", "timeout_s: 12\n"),),
        in_call="while (true) stored.getAll();",
        check="main-thread",
        says="main thread blocked",
        missed="the scenario runs out of time, which is told as exit 6, though the plugin keeps the thread",
    ),
    # Beyond the app
    AndroidFault(
        name="around the proxy",
        in_background='new URL("https://past.example/").openConnection(java.net.Proxy.NO_PROXY).getInputStream().close();',
        check="undeclared-host",
        says="past.example",
        ledger="around https://past.example:443",
    ),
    AndroidFault(
        name="a socket to a machine nearby",
        in_background="""
        try (java.net.Socket socket = new java.net.Socket("192.168.1.1", 80)) {
          socket.getOutputStream().write("GET / HTTP/1.0\\r\\nHost: 192.168.1.1\\r\\n\\r\\n".getBytes());
          socket.getInputStream().read();
        }""",
        check="undeclared-host",
        says="192.168.1.1",
        ledger="refused http://192.168.1.1:80",
    ),
    AndroidFault(
        name="packets",
        in_background="""
        try (java.net.DatagramSocket socket = new java.net.DatagramSocket()) {
          java.net.InetAddress there = java.net.InetAddress.getByName("93.184.216.34");
          socket.send(new java.net.DatagramPacket(new byte[8], 8, there, 4444));
        }""",
        check="unseen",
        says="93.184.216.34",
        ledger="refused UDP 93.184.216.34:4444",
    ),
    AndroidFault(
        name="the home folder",
        in_background='Log.w("Acme", "/home has " + java.util.Arrays.toString(new java.io.File("/home").list()));',
        code=0,
        log="/home has [app]",
    ),
    AndroidFault(
        name="memory without end",
        in_background="Object[] all = {}; while (true) all = new Object[] {all, new byte[1 << 24]};",
        check="plugin-throws",
        says="OutOfMemoryError",
    ),
    AndroidFault(
        name="a disk without end",
        in_background="""
        try (java.io.OutputStream out = new java.io.FileOutputStream(full)) {
          while (true) out.write(new byte[1 << 20]);
        }""",
        code=0,
        log="java.io.IOException: File too large",
    ),
    AndroidFault(
        name="a process",
        in_background="""
        Process started = Runtime.getRuntime().exec(new String[] {"sleep", "600"});
        Log.w("Acme", "a process lives: " + started.isAlive());""",
        code=0,
        log="a process lives: true",
    ),
)


def planted() -> tuple[Patch, ...]:
    """All of them, into the client."""
    in_call = "".join(_when(fault.name, fault.in_call) for fault in FAULTS if fault.in_call)
    in_background = "".join(_when(fault.name, fault.in_background) for fault in FAULTS if fault.in_background)
    return (
        Patch(
            CLIENT,
            "  private final String apiKey;",
            "  private final String apiKey;\n  private final java.io.File full;",
        ),
        Patch(
            CLIENT,
            "    this.apiKey =",
            '    this.full = new java.io.File(context.getFilesDir(), "full");\n    this.apiKey =',
        ),
        Patch(CLIENT, "    try {\n      event.put(", f"    try {{\n{in_call}      event.put("),
        Patch(CLIENT, "} catch (JSONException error) {", "} catch (JSONException | IOException error) {"),
        Patch(CLIENT, "network.execute(() -> post(", "network.execute(() -> { tries(); post("),
        Patch(CLIENT, "event.toString()));", "event.toString()); });"),
        Patch(
            CLIENT,
            "    stored.edit().remove",
            '    if (!apiKey.equals("identity kept after reset")) stored.edit().remove',
        ),
        Patch(
            CLIENT,
            "  private static void post",
            f"""  private void tries() {{
    try {{
{in_background}
    }} catch (IOException error) {{
      Log.w("Acme", error);
    }}
  }}

  private static void post""",
        ),
    )


def chosen(fault: AndroidFault) -> tuple[Patch, ...]:
    return (*planted(), Patch(MANIFEST, '"test-api-key"', f'"{fault.name}"'), *fault.patches)


def _when(name: str, statement: str) -> str:
    return f'      if ("{name}".equals(apiKey)) {{ {statement} }}\n'
