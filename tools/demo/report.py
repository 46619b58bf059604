# SPDX-License-Identifier: Apache-2.0
"""What the demonstration prints at its end: the table, and how to reach a machine that stays up."""

from demo.verifier import PROGRAM

HEADINGS = ("partition", "cores", "memory", "devices", "service checked", "state")


def table(headings, rows):
    """Lines with columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(headings, *rows)]
    lines = [headings, ["-" * width for width in widths], *rows]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]


def summary(shop, checked):
    """`checked` is {partition: what was tried and worked}."""
    rows = []
    for name, partition in shop.partitions.items():
        devices = ", ".join(f"{device['name']} {device['pci'].removeprefix('0000:')}" for device in partition["devices"])
        rows.append((name, str(partition["cores"]), f"{partition['memory_mib']} MiB", devices, checked[name],
                     shop.state(name)))
    return table(HEADINGS, rows)


def how_to_reach(shop, verifier, pids):
    web, mail, database = (lambda guest, name=name: shop.port(name, guest) for name in ("web", "mail", "database"))
    lines = [
        "The machine stays up. All ports are on 127.0.0.1.",
        f"  page       curl http://127.0.0.1:{web(80)}/",
        f"  mail       SMTP port {mail(25)}, IMAP port {mail(143)}; demo@shop.example, password demo",
        f"  database   PGPASSWORD=demo psql -h 127.0.0.1 -p {database(5432)} -U demo shop",
    ]
    lines += [f"  {'ssh' if name == 'web' else '':8}   ssh -i {shop.key(name)} -p {shop.port(name, 22)} "
              f"-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1    # {name}"
              for name in shop.partitions]
    return lines + [f"  verifier   {PROGRAM} status --data {verifier.folder}",
                    f"  console    tail -f {shop.machine.console.path}",
                    f"  stop them  kill {' '.join(map(str, pids))}    # server, verifier"]
