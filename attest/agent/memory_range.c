/* SPDX-License-Identifier: Apache-2.0 */
/* Maps physical memory for the time of one copy. */
#include "attest/agent/memory_range.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* read(2) ends where the RAM ends (Linux, arch/x86/mm/mmap.c, valid_phys_addr_range), and the log stands behind it: it must be
 * mapped. Without O_SYNC the mapping is write-back, which x86's PAT refuses where an MTRR says uncached
 * (arch/x86/mm/pat/memtype.c, reserve_pfn_range); with O_SYNC it is uncached. */
static const uint8_t *map(uint64_t start, size_t size, int flags)
{
    int fd = open(MEMORY_DEVICE, O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0)
        return NULL;
    void *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)start);
    int why = errno;
    close(fd);
    errno = why;
    return mapped == MAP_FAILED ? NULL : mapped;
}

bool memory_range_copy(uint64_t address, uint8_t *bytes, size_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t start = address & ~(page - 1);
    size_t whole = (size_t)(address - start) + size;
    const uint8_t *mapped = map(start, whole, 0);
    if (mapped == NULL && errno == EINVAL)
        mapped = map(start, whole, O_SYNC);
    if (mapped == NULL)
        return false;
    memcpy(bytes, mapped + (address - start), size);
    munmap((void *)(uintptr_t)mapped, whole);
    return true;
}
