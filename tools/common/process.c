/* SPDX-License-Identifier: Apache-2.0 */
/* Runs other programs. */
#include "tools/common/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* posix_spawn takes the arguments without const, but does not write to them (POSIX, rationale of exec). */
static char *const *spawn_arguments(const char *const argv[])
{
    return (char *const *)(uintptr_t)argv;
}

static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return PROCESS_NOT_STARTED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Appends what the pipe holds; false at its end or when there is no memory. */
static bool collect(int fd, struct file_bytes *bytes, size_t limit)
{
    uint8_t chunk[16384];
    ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0)
        return errno == EINTR;
    if (got == 0)
        return false;
    size_t keep = bytes->size > limit ? 0 : (size_t)got; /* past the limit only the pipe is kept empty */
    uint8_t *larger = realloc(bytes->data, bytes->size + keep + 1);
    if (larger == NULL)
        return false;
    memcpy(larger + bytes->size, chunk, keep);
    bytes->data = larger;
    bytes->size += keep;
    bytes->data[bytes->size] = 0;
    return true;
}

static void collect_both(int out, int err, struct file_bytes *output, struct file_bytes *errors, size_t limit)
{
    struct pollfd ends[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            return;
        if (ends[0].revents != 0 && !collect(out, output, limit))
            ends[0].fd = -1;
        if (ends[1].revents != 0 && !collect(err, errors, PROCESS_ERROR_TEXT))
            ends[1].fd = -1;
    }
}

static void copy_text(const struct file_bytes *from, char text[PROCESS_ERROR_TEXT])
{
    size_t length = from->size < PROCESS_ERROR_TEXT ? from->size : PROCESS_ERROR_TEXT - 1;
    if (length > 0)
        memcpy(text, from->data, length);
    text[length] = '\0';
}

static bool spawn_with_pipes(const char *const argv[], int out, int err, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    int failed = posix_spawnp(child, argv[0], &actions, NULL, spawn_arguments(argv), environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed == 0;
}

static void close_both(const int pipe_ends[2])
{
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

int process_capture(const char *const argv[], size_t limit, struct file_bytes *output,
                    char error_text[PROCESS_ERROR_TEXT])
{
    *output = (struct file_bytes){0};
    error_text[0] = '\0';
    int out[2];
    int err[2];
    if (pipe2(out, O_CLOEXEC) != 0)
        return PROCESS_NOT_STARTED;
    if (pipe2(err, O_CLOEXEC) != 0) {
        close_both(out);
        return PROCESS_NOT_STARTED;
    }
    pid_t child;
    if (!spawn_with_pipes(argv, out[1], err[1], &child)) {
        close_both(out);
        close_both(err);
        return PROCESS_NOT_STARTED;
    }
    close(out[1]);
    close(err[1]);
    struct file_bytes errors = {0};
    collect_both(out[0], err[0], output, &errors, limit);
    close(out[0]);
    close(err[0]);
    copy_text(&errors, error_text);
    file_bytes_free(&errors);
    int status = wait_for(child);
    return output->size > limit ? PROCESS_TOO_MUCH : status;
}

int process_run(const char *const argv[])
{
    pid_t child;
    if (posix_spawnp(&child, argv[0], NULL, NULL, spawn_arguments(argv), environ) != 0)
        return PROCESS_NOT_STARTED;
    return wait_for(child);
}
