"""Becomes another program, in a jail or not, that dies with its parent. Run as a script, in isolation: `python -I -S
inside.py SPEC`, where SPEC is a JSON object:

    parent   process id of whoever started this
    pipes    descriptors that the program gets as 3, 4, ...
    program  its command line
    jail     null, or {control, tools, box, files, limits, nowhere}

With a jail it enters user and network namespaces of its own, in which everything is local: whatever address the
program talks to, the kernel takes it for its own. TCP is redirected to one socket, where SO_ORIGINAL_DST tells what was
meant; all else that is sent is seen on a packet socket, and refused by the kernel, since nobody listens. The sockets go
to the parent over `control` (SCM_RIGHTS): they stay in the namespace in which they were made. Then bubblewrap takes
over, which puts the program into namespaces below, so that it has no say in the network.

Standard library only; Linux only with a jail.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys

TYPE_CHECKING = False  # typing's own takes as long to load as all the rest
if TYPE_CHECKING:
    from typing import Any

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
PR_SET_PDEATHSIG = 1  # linux/prctl.h
SO_ATTACH_FILTER = 26  # asm-generic/socket.h
IP_PKTINFO = 8  # linux/in.h
ETH_P_ALL = 3  # linux/if_ether.h

# The wire is the loopback. eth0 is there because Chromium reports a machine without an interface as offline; it has
# no network of its own, which would be more specific than the one route that makes everything local, and gets no
# address by itself, which would come a second later and make Chromium break its requests off (ERR_NETWORK_CHANGED).
NETWORK = """
link set lo up
route add local 0.0.0.0/0 dev lo
route add local ::/0 dev lo
link add eth0 type veth peer name eth1
link set eth0 addrgenmode none
link set eth1 addrgenmode none
addr add 198.19.0.2/32 dev eth0
addr add fd00:7e57::2/128 dev eth0 nodad
link set eth1 up
link set eth0 up
"""

REDIRECT = """
table inet jail {
  chain output {
    type nat hook output priority -100; policy accept;
    ip daddr %s tcp dport %d return
    meta l4proto tcp redirect to :%d
  }
}
"""


def main() -> None:
    spec = json.loads(sys.argv[1])
    program = spec["program"]
    if spec["jail"] is not None:
        program = enter(spec["jail"], program)
    die_with(spec["parent"])  # after the namespaces: new credentials take the signal away (prctl(2))
    pass_on(spec["pipes"])
    os.execv(program[0], program)


def enter(jail: dict[str, Any], program: list[str]) -> list[str]:
    """Make the namespaces and hand the sockets over; gives the command line that goes on from here."""
    with socket.socket(fileno=jail["control"]) as control:
        try:
            isolate()
            sockets = network(jail["tools"], jail["nowhere"])
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None)
            control.sendall(f"{said.decode(errors='replace').strip() if said else error}".encode())
            sys.exit(1)
        numbers = array.array("i", [each.fileno() for each in sockets])
        control.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)])
    limit(jail["limits"])
    return [jail["tools"]["bwrap"], *jail["box"], *files(jail["files"]), "--", *program]


def isolate() -> None:
    """User and network namespaces, in which this process may do what root may."""
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"unshare: {os.strerror(number)}")
    for name, content in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(content)


def network(tools: dict[str, str], nowhere: list[Any]) -> list[socket.socket]:
    """The sockets on which all comes out that is sent in this namespace: TCP over IPv4 and IPv6, DNS, packets."""
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    no_tcp(packets)
    run([tools["ip"], "-batch", "-"], NETWORK)
    tcp = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = tcp.getsockname()[1]
    tcp6 = socket.create_server(("::1", port), family=socket.AF_INET6, backlog=1024)
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    names.bind(("0.0.0.0", 53))
    run([tools["nft"], "-f", "-"], REDIRECT % (*nowhere, port))
    return [tcp, tcp6, names, packets]


def no_tcp(packets: socket.socket) -> None:
    """Let the kernel keep TCP, and what comes in rather than goes out, from the socket (BPF; socket(7), packet(7))."""
    protocol, direction, outgoing = 0xFFFFF000, 0xFFFFF004, 4  # SKF_AD_OFF + SKF_AD_PROTOCOL, + SKF_AD_PKTTYPE
    ld_half, ld_byte, jump_equal, give = 0x28, 0x30, 0x15, 0x06
    steps = [
        (ld_half, 0, 0, direction),
        (jump_equal, 0, 8, outgoing),
        (ld_half, 0, 0, protocol),
        (jump_equal, 0, 2, 0x0800),
        (ld_byte, 0, 0, 9),
        (jump_equal, 4, 3, 6),
        (jump_equal, 0, 3, 0x86DD),
        (ld_byte, 0, 0, 6),
        (jump_equal, 1, 0, 6),
        (give, 0, 0, 0xFFFF),
        (give, 0, 0, 0),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code)
    packets.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(steps), ctypes.addressof(buffer)))


def run(command: list[str], script: str) -> None:
    subprocess.run(command, input=script.encode(), check=True, capture_output=True)


def limit(limits: dict[str, int]) -> None:
    import resource

    for name, most in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))


def files(contents: dict[str, str]) -> list[str]:
    """bwrap's options for files that only the jail has."""
    options = []
    for path, text in contents.items():
        made = os.memfd_create(os.path.basename(path))
        os.write(made, text.encode())
        os.lseek(made, 0, os.SEEK_SET)
        # Away from the low numbers, which are the program's pipes; and for bwrap to inherit.
        options += ["--ro-bind-data", str(fcntl.fcntl(made, fcntl.F_DUPFD, 64)), path]
    return options


def die_with(parent: int) -> None:
    """`kill -9` of the parent runs nothing of the parent's, so the kernel has to do it: PR_SET_PDEATHSIG (Linux only)
    survives exec and fires when the *thread* that forked ends. Elsewhere the closing pipe ends the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            sys.exit(1)


def pass_on(pipes: list[int]) -> None:
    # Through high numbers, since each may already be one of those that it is to become.
    high = [fcntl.fcntl(pipe, fcntl.F_DUPFD, 64) for pipe in pipes]
    for number, pipe in enumerate(high, start=3):
        os.dup2(pipe, number, inheritable=True)
        os.close(pipe)


if __name__ == "__main__":
    main()
