# SPDX-License-Identifier: Apache-2.0
"""TCP ports on the loopback interface that nobody uses."""
import contextlib
import socket


def free_ports(count):
    """As many different free ports. All are held at once while they are chosen, so none is named twice."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
