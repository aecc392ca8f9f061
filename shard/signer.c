/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/signer.h"

#include <errno.h>
#include <unistd.h>

#include "shard/privilege/key_client.h"
#include "shard/privilege/key_process.h"
#include "shard/privilege/keys.h"
#include "shard/privilege/open.h"

#define AGAIN_MS 200

static void connect_signer(struct shard *shard);

static void on_readable(void *user, int fd)
{
    struct shard *shard = user;
    if (key_client_ready(shard->signer))
        return;
    const bool heard = key_client_heard(shard->signer);
    ring_watch_remove(shard->ring, fd);
    close(key_client_disconnect(shard->signer));
    if (heard)
        connect_signer(shard);
    else
        shard_timer_set(shard, &shard->signer_again, AGAIN_MS);
}

static void connect_signer(struct shard *shard)
{
    const int fd = hub_open_helper(HUB_HELPER_KEYS, KEY_ROLE_SIGNER);
    if (fd >= 0 && ring_watch_add(shard->ring, fd, on_readable, shard) == 0) {
        key_client_connect(shard->signer, fd);
        return;
    }
    if (fd >= 0)
        close(fd);
    shard_timer_set(shard, &shard->signer_again, AGAIN_MS);
}

static void on_again(struct shard *shard, struct shard_timer *timer)
{
    (void)timer;
    connect_signer(shard);
}

bool shard_signer_open(struct shard *shard, struct ring_error *error)
{
    shard->signer_again.fire = on_again;
    if (!hub_keys_supervised())
        return true;
    shard->signer = key_client_new();
    if (!shard->signer)
        return ring_error_set(error, "signatures", ENOMEM);
    connect_signer(shard);
    return true;
}

void shard_signer_close(struct shard *shard)
{
    key_client_free(shard->signer);
    shard->signer = NULL;
}

const x4s_key_holder *shard_signer_holder(const struct shard *shard)
{
    return shard->signer ? key_client_holder(shard->signer) : NULL;
}

void shard_signer_count(const struct shard *shard, struct shard_counters *counters)
{
    if (!shard->signer)
        return;
    const struct key_client_counters *own = key_client_counters(shard->signer);
    counters->sign_made = own->made;
    counters->sign_again = own->again;
    counters->sign_no_key = own->unknown;
    counters->sign_refused = own->refused;
    counters->sign_busy = own->busy;
    counters->sign_lost = own->lost;
}
