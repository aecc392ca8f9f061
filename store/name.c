/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/name.h"

#include "x4/misc/siphash.h"
#include "x4/misc/writer.h"

#define ISAKMP_LEN 17
#define CHILD_LEN  5

_Static_assert(ISAKMP_LEN <= STORE_NAME_MAX && CHILD_LEN <= STORE_NAME_MAX, "room for names");

struct store_name store_name_isakmp(const uint8_t cookie_i[8], const uint8_t cookie_r[8])
{
    struct store_name name = {.len = ISAKMP_LEN};
    x4s_writer w = x4_writer(name.bytes, sizeof(name.bytes));
    x4_writer_u8(&w, STORE_ISAKMP);
    x4_writer_bytes(&w, cookie_i, 8);
    x4_writer_bytes(&w, cookie_r, 8);
    return name;
}

struct store_name store_name_child(uint32_t spi_in)
{
    struct store_name name = {.len = CHILD_LEN};
    x4s_writer w = x4_writer(name.bytes, sizeof(name.bytes));
    x4_writer_u8(&w, STORE_CHILD);
    x4_writer_u32(&w, spi_in);
    return name;
}

bool store_name_read(x4s_chunk bytes, struct store_name *name)
{
    const uint8_t kind = bytes.len ? bytes.data[0] : 0;
    if (!(kind == STORE_ISAKMP && bytes.len == ISAKMP_LEN) &&
        !(kind == STORE_CHILD && bytes.len == CHILD_LEN))
        return false;
    *name = (struct store_name){.len = (uint8_t)bytes.len};
    memcpy(name->bytes, bytes.data, bytes.len);
    return true;
}

/*
 * The key is a constant, since all nodes have to agree. A peer that chooses identities for one
 * partition makes that one larger; nothing is looked up by it in a daemon.
 */
uint32_t store_partition(const x4s_ike_id *local_id, const x4s_ike_id *remote_id)
{
    static const uint8_t key[x4c_siphash_key] = "ikehub partition";
    const x4s_ike_id *ids[] = {local_id, remote_id};
    uint8_t joined[2 * (1 + sizeof(uint64_t))];
    x4s_writer w = x4_writer(joined, sizeof(joined));
    for (size_t i = 0; i < x4m_countof(ids); i++) {
        const uint64_t hash = x4_siphash(key, ids[i]->data.data, ids[i]->data.len);
        x4_writer_u8(&w, (uint8_t)ids[i]->type);
        x4_writer_u32(&w, (uint32_t)(hash >> 32));
        x4_writer_u32(&w, (uint32_t)hash);
    }
    return (uint32_t)(x4_siphash(key, joined, sizeof(joined)) % STORE_PARTITIONS);
}
