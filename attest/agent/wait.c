/* SPDX-License-Identifier: Apache-2.0 */
/* Signals, sleeping, back-off. */
#include "attest/agent/wait.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <time.h>

#define MAX_DOUBLINGS 17u /* 2^17 s is more than a day */

static bool stopped;

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
}

void wait_init(void)
{
    sigset_t set;
    stop_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* a connection that ends is an error where it is used, not the end of the agent */
}

/* Waits for a request, at most that long: sigtimedwait() measures by the monotonic clock. */
static void wait_for_request(const struct timespec *most)
{
    sigset_t set;
    stop_signals(&set);
    int got;
    do
        got = sigtimedwait(&set, NULL, most);
    while (got < 0 && errno == EINTR);
    stopped = stopped || got > 0;
}

bool wait_stopped(void)
{
    static const struct timespec now;
    if (!stopped)
        wait_for_request(&now);
    return stopped;
}

bool wait_ms(uint64_t ms)
{
    struct timespec most = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    if (!stopped)
        wait_for_request(&most);
    return !stopped;
}

uint64_t wait_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* For spreading only; a predictable one does no harm. */
static uint32_t random_below(uint32_t limit)
{
    uint32_t value = 0;
    if (getrandom(&value, sizeof value, GRND_NONBLOCK) != sizeof value)
        value = (uint32_t)clock();
    return value % limit;
}

uint64_t backoff_next_ms(struct backoff *backoff)
{
    uint32_t doublings = backoff->failures < MAX_DOUBLINGS ? backoff->failures : MAX_DOUBLINGS;
    uint64_t ms = UINT64_C(1000) << doublings;
    uint64_t longest = (uint64_t)backoff->longest_s * 1000;
    backoff->failures++;
    if (ms > longest)
        ms = longest;
    return ms - random_below((uint32_t)(ms / 2) + 1);
}
