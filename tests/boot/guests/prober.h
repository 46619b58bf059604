/* SPDX-License-Identifier: Apache-2.0 */
/* The prober: a guest of a few KiB that does one thing after the other as its command line asks, and says what
 * happened. A command line is a list of actions, NAME or NAME=NUMBER or NAME=NUMBER:NUMBER, numbers in hexadecimal. */
#ifndef TESTS_BOOT_GUESTS_PROBER_H
#define TESTS_BOOT_GUESTS_PROBER_H

#include <stdbool.h>
#include <stdint.h>

#define VECTOR_UD 6u
#define VECTOR_GP 13u
#define VECTOR_NMI 2u
#define VECTOR_TIMER 0x20u
#define VECTOR_OWN 0x41u  /* interrupts the prober sends itself */
#define VECTOR_STRAY 0x42u /* interrupts that no core should ever get */
#define VECTOR_NONE 0x100u

struct arguments {
    uint64_t first, second;
};

/* Prints a line. The formats are those of core/lib/format.h. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* trap.c: interrupts are counted; an exception ends the instruction it is expected at. */
void trap_init(void);
uint64_t trap_count(unsigned vector);
/* Interrupts and NMIs so far that were neither the timer's nor the prober's own. */
uint64_t trap_strays(void);
/* Where to go on after an exception: set by the attempt itself, in assembly. */
extern uint64_t trap_recover;
/* The vector of the exception that the last attempt met, or VECTOR_NONE. Ends the attempt. */
unsigned trap_taken(void);

/* time.c */
void timer_start(void); /* the APIC timer: an interrupt each 100 ms */
void wait_milliseconds(uint64_t milliseconds);

/* The actions, by file. */
void probe_cpuid(struct arguments a);
void probe_msrs(struct arguments a);
void probe_ports(struct arguments a);
void probe_instructions(struct arguments a);
void probe_own_interrupts(struct arguments a);
void probe_foreign_interrupts(struct arguments a); /* first: x2APIC id of a core that is somebody else's */
void sweep_msrs(struct arguments a);
void sweep_ports(struct arguments a);
void sweep_cpuid(struct arguments a);
void sweep_local_vectors(struct arguments a);
void sweep_hypercalls(struct arguments a);
void raise_floor(struct arguments a); /* of rollback protection, to the configuration's security version */
void sweep_pci_writes(struct arguments a);
void wall_read(struct arguments a);                /* first: guest-physical address */
void wall_write(struct arguments a);
void wall_execute(struct arguments a);
void wall_walk(struct arguments a); /* page tables there */
void life_idle(struct arguments a);
void life_wait(struct arguments a); /* first: milliseconds */
void life_scrubbed(struct arguments a); /* says whether memory is clean, then soils it */
void life_listen(struct arguments a);   /* for ever: says each second what interrupts came and whether memory changed */
void life_reset(struct arguments a);
void life_power_off(struct arguments a);
void life_triple_fault(struct arguments a);
void life_invalid_state(struct arguments a);
void second_spin(struct arguments a);  /* first: x2APIC id of the partition's second core, which spins from now on */
void second_sleep(struct arguments a); /* the same, but it halts with interrupts off */
void second_read(struct arguments a);  /* second: guest-physical address that the core reads */
/* Starts the core with this x2APIC id, `times` times over: in 64-bit mode, interrupts off, on a stack of its own. */
void second_start(uint64_t apic_id, void (*function)(void), unsigned times);
void outlive_look(struct arguments a);    /* says whether a core of an earlier life still runs */
void outlive_vectors(struct arguments a); /* leaves interrupts pending and resets */
void outlive_startup(struct arguments a); /* first: x2APIC id of a core that starts the one with id second over and over,
                                             while this one resets */
void console_forge(struct arguments a); /* prints what looks like a line of Bulkhead's own */
void pci_list(struct arguments a);
void msix_set(struct arguments a);       /* first: vector; second: x2APIC id; for entry 0 of the first MSI-X table */
void msix_read_wide(struct arguments a); /* reads that entry by an instruction that drivers do not use */
void edu_copy(struct arguments a);    /* DMA inside the own memory, from guest-physical address first to second */
void edu_message(struct arguments a); /* first: vector; second: x2APIC id that the message names */
void tpm_event(struct arguments a);    /* first: a register of the TPM to extend from locality 0; so in the next two */
void tpm_reset(struct arguments a);
void tpm_secret(struct arguments a);   /* sets the secret without which the register is not extended */
void tpm_platform(struct arguments a); /* what the platform hierarchy allows */
void tpm_switch(struct arguments a);   /* asks for another register interface */
void tpm_keep(struct arguments a);     /* for ever: keeps the TPM from everybody else */

#endif
