# SPDX-License-Identifier: Apache-2.0
"""How often a partition leaves its guest for the monitor: read inside the partition, from outside, over ssh."""
import subprocess

from demo.services import ssh_command

TOOL = "/run/bulkhead-exits"
LOGIN_SECONDS = 120


class ExitCounter:
    """Runs bulkhead-exits in a partition and asks it for samples over a session that stays open.

    Logging in costs the partition exits, for programs that start execute CPUID; asking for a sample costs it none but
    the tool's own, which it takes off."""

    def __init__(self, key, port, tool):
        self.key, self.port, self.tool = key, port, tool
        self._copy_tool()
        self.session = subprocess.Popen(ssh_command(key, port, f"{TOOL} --each-line"), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        at_once = self.sample()
        self._copy_tool()
        login = difference(self.sample(), at_once)
        # Two logins have happened before the first sample: the tool's copying, and the session itself.
        self.before = {reason: max(count - 2 * login[reason], 0) for reason, count in at_once.items()}

    def _copy_tool(self):
        subprocess.run(ssh_command(self.key, self.port, f"cat >{TOOL}.new && chmod 755 {TOOL}.new && "
                                                        f"mv {TOOL}.new {TOOL}"),
                       input=self.tool.read_bytes(), check=True, timeout=LOGIN_SECONDS)

    def sample(self):
        """{reason: exits since the machine started}."""
        self.session.stdin.write("\n")
        self.session.stdin.flush()
        counts = {}
        for line in self.session.stdout:
            if line == "end\n":
                return counts
            reason, count = line.split()
            counts[reason] = int(count)
        raise EOFError(f"the session at port {self.port} ended")

    def close(self):
        self.session.kill()
        self.session.wait()
        self.session.stdin.close()
        self.session.stdout.close()


def difference(later, earlier):
    return {reason: later[reason] - earlier[reason] for reason in later}
