/* SPDX-License-Identifier: Apache-2.0 */
/* A TPM behind its FIFO registers, for unit tests: five localities, the states of the interface, and as many ways to be broken
 * or hostile. Commands are recorded; `answer` says what comes back. */
#ifndef TESTS_UNIT_MONITOR_TPM_H
#define TESTS_UNIT_MONITOR_TPM_H

#include <stdbool.h>
#include <stdint.h>

#define TPM_MODEL_LOCALITIES 5
#define TPM_MODEL_BUFFER 4096u
#define TPM_MODEL_NOBODY (-1)

enum tpm_model_state { TPM_MODEL_IDLE, TPM_MODEL_READY, TPM_MODEL_RECEPTION, TPM_MODEL_EXECUTION, TPM_MODEL_COMPLETION };

struct tpm_model {
    const volatile void *pages[TPM_MODEL_LOCALITIES]; /* where the code under test sees them; NULL: nowhere */
    bool absent;                       /* every register reads all-ones */
    bool closed[TPM_MODEL_LOCALITIES]; /* the same for one locality */
    bool keeps;                        /* the holder does not let go when asked */
    bool keeps_all;                    /* ... nor when it is seized */
    uint32_t interface_id;
    bool lockless;                     /* the interface cannot be locked */
    uint32_t burst;                    /* bytes at a time; 0: never any */
    uint32_t stubborn_ready;           /* so many writes of commandReady end in the idle state */
    bool never_ready;
    bool expects_no_more;              /* Expect is clear too early */
    bool expects_always;               /* Expect never becomes clear */
    bool hangs;                        /* no command is ever completed */
    bool data_without_end;             /* dataAvail never becomes clear */
    /* Writes the response to a command of this locality and returns how many bytes the FIFO will give: not always as many as
     * the response states. NULL: tpm_model_success(). */
    uint32_t (*answer)(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response);

    int active; /* locality, or TPM_MODEL_NOBODY */
    int waiting;
    enum tpm_model_state state;
    uint8_t command[TPM_MODEL_BUFFER], response[TPM_MODEL_BUFFER];
    uint32_t command_used, response_size, response_at;
    uint32_t commands; /* how many were carried out */
    uint32_t aborts;   /* how many were not */
    uint32_t seizures;
};

extern struct tpm_model tpm_model;

/* A sound TPM with nobody at it, and these pages. */
void tpm_model_reset(void);

uint32_t tpm_model_read(const volatile void *at, unsigned width);
void tpm_model_write(volatile void *at, uint32_t value);

/* Success, without parameters. */
uint32_t tpm_model_success(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response);

/* Success for everything. TPM2_PCR_Event returns a SHA-256 and a SHA-384 digest: their bytes all are the data's last one. */
uint32_t tpm_model_measures(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response);

/* Copies `size` bytes of response and completes its header's size. */
uint32_t tpm_model_say(uint8_t *response, const void *bytes, uint32_t size);

#endif
