"""Python imports this when it starts with this folder on its path: sockets to the outside are refused.

The book promises to run without a network. Chapters are executed under this promise, in the kernel and
in every process that the kernel starts. Addresses of this machine stay open: Jupyter itself talks over them.
"""

import ipaddress
import socket
import sys


def is_local(host: object) -> bool:
    """Whether `host` means this machine: loopback, the empty name, or the machine's own name."""
    if host is None or host in ("", b"", "localhost", b"localhost", socket.gethostname()):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: sees every connection and name look-up of the process before it happens."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not is_local(host):
        raise ConnectionRefusedError(f"The book runs without a network, but something asked for {host!r}")


sys.addaudithook(refuse_outside)
