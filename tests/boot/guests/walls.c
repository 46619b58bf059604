/* SPDX-License-Identifier: Apache-2.0 */
/* Reaching for memory outside the partition. None of these comes back when the wall stands. */
#include "core/x86/cpu.h"
#include "tests/boot/guests/prober.h"

void wall_read(struct arguments a)
{
    say("reading 0x%lx", a.first);
    say("WALL BROKEN: read 0x%x", mmio_read32((const volatile void *)a.first));
}

void wall_write(struct arguments a)
{
    say("writing 0x%lx", a.first);
    mmio_write32((volatile void *)a.first, 0x4d494e45);
    say("WALL BROKEN: written");
}

void wall_execute(struct arguments a)
{
    say("executing 0x%lx", a.first);
    __asm__ volatile("call *%0" : : "r"(a.first) : "memory");
    say("WALL BROKEN: executed");
}

void wall_walk(struct arguments a)
{
    say("page tables at 0x%lx", a.first);
    cpu_write_cr3(a.first);
    say("WALL BROKEN: page tables read");
}
