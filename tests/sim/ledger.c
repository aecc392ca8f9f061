/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/check.h"

/* Before each block, and as large as any alignment. */
union header {
    size_t size;
    max_align_t align;
};

static bool must_fail(struct sim_ledger *ledger)
{
    if (ledger->fail_at == 0 || ledger->calls < ledger->fail_at)
        return false;
    return ledger->fail_on || ledger->calls == ledger->fail_at;
}

static void *take(void *context, size_t size)
{
    struct sim_ledger *ledger = context;
    ledger->calls++;
    if (must_fail(ledger)) {
        ledger->failed++;
        return NULL;
    }
    union header *header = malloc(sizeof(*header) + size);
    sim_check(header, "%zu bytes", size);
    header->size = size;
    memset(header + 1, 0xa5, size);
    ledger->blocks++;
    ledger->bytes += size;
    return header + 1;
}

/* The arrays of tables, which hold pointers alone, go back as they are (x4/misc/table.c). */
static bool may_be_buckets(size_t size)
{
    return size >= 64 * sizeof(void *) && (size & (size - 1)) == 0;
}

static void give_back(void *context, void *pointer, size_t size)
{
    struct sim_ledger *ledger = context;
    sim_check(pointer, "NULL returned");
    union header *header = (union header *)pointer - 1;
    sim_check(header->size == size, "taken %zu, returned %zu", header->size, size);
    const uint8_t *bytes = pointer;
    for (size_t i = 0; i < size && !may_be_buckets(size); i++)
        sim_check(bytes[i] == 0, "byte %zu of %zu not wiped", i, size);
    ledger->blocks--;
    ledger->bytes -= size;
    free(header);
}

x4s_allocator sim_ledger_allocator(struct sim_ledger *ledger)
{
    return (x4s_allocator){.alloc = take, .free = give_back, .context = ledger};
}
