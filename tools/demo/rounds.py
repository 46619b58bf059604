# SPDX-License-Identifier: Apache-2.0
"""Two rounds in which mail breaks: what happens to it, and that web and database do not notice."""

# A request that takes longer counts as failed, and so does a longer time without an answer. The emulator's user network loses a
# packet now and then, and sends a connection's first one again after 6 s; mail is away for longer than this.
REQUEST_SECONDS = 10
PAGE = 0x1000


class Noticed(Exception):
    """A partition noticed what happened in another one."""


def judge(watch, progress):
    """Prints how the watched services did; raises when one was without an answer."""
    problems = watch.problems(REQUEST_SECONDS)
    for name, service in watch.services.items():
        progress.say(f"{name:8} meanwhile: {service.answers} requests, {len(service.failures)} failed, longest time "
                     f"between two answers {service.longest_gap:.2f} s")
    if problems:
        raise Noticed("; ".join(problems[:5]))


def break_mail(shop, progress, command, code):
    """Runs a command in mail that ends it; waits until the monitor has started it again and its services listen."""
    progress.now("log in to mail by ssh")
    with shop.ssh("mail", command) as remote, shop.watched(REQUEST_SECONDS) as watch:
        remote.go()
        line = shop.wait_stop("mail", code)
        progress.say(f"console: {line}")
        progress.say(f"console: {shop.wait_start('mail')}")
        progress.now("mail is down; web and database are asked several times a second")
        shop.wait_ready("mail")
    judge(watch, progress)


def crash(shop, progress):
    """Round 1: mail's kernel panics."""
    break_mail(shop, progress, "echo c >/proc/sysrq-trigger", "STOP-602")


def foreign_address(shop, name, other):
    """An address in the middle of `other`'s memory that is not an address of `name`'s own memory."""
    own_end = max(end for first, end in shop.memory_ranges(name)[0])
    first, end = max((max(first, own_end), end) for first, end in shop.memory_ranges(other)[1])
    if first >= end:
        raise LookupError(f"all of {other}'s memory lies below the end of {name}'s addresses")
    return (first + end) // 2 // PAGE * PAGE


def trespass(shop, progress):
    """Round 2: mail reads the memory of web, as far as the machine's addresses say where it is."""
    address = foreign_address(shop, "mail", "web")
    progress.say(f"mail reads {address:#x}, where web's memory is in the machine")
    break_mail(shop, progress, f"busybox devmem {address:#x}", "STOP-603")
