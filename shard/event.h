/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_EVENT_H
#define SHARD_EVENT_H

/*
 * What happens to SAs, told to the control thread as it happens: by letters, which may be lost
 * where it is behind. Nothing is told, and it costs one comparison, while nobody wants to know.
 */

#include "shard/sa_record.h"

enum shard_event_kind {
    SHARD_EVENT_IKE_UPDOWN,   /* an ISAKMP SA is complete, or it is gone */
    SHARD_EVENT_IKE_REKEY,    /* it is complete, and in the place of an older one */
    SHARD_EVENT_IKE_UPDATE,   /* the peer has another address or port */
    SHARD_EVENT_CHILD_UPDOWN, /* a child is complete, or it is gone */
    SHARD_EVENT_CHILD_REKEY,  /* it is complete, and in the place of an older one */
    SHARD_EVENT_LOG,          /* a line was logged */
    SHARD_EVENT_KINDS,
};

/* The letter, which control_event.c reads and releases. */
struct shard_event {
    struct shard_letter letter;
    void *watcher;
    enum shard_event_kind kind;
    uint32_t shard;
    bool up;
    struct shard_sa_record
        *sa; /* without children, or with the one that it is about; NULL: a line */
    struct shard_sa_record *old; /* what it is in the place of; NULL: nothing */
    x4e_trace_level level;
    bool deep;       /* the line is not in the log */
    uint32_t traces; /* a bit for each that the line is about */
    size_t len;
    char line[];
};

void shard_event_watch(struct shard *shard, const struct shard_watcher *watcher);

/* `old` is the ISAKMP SA that this one is to replace, or NULL. */
void shard_event_up1(struct shard_sa *sa, const struct shard_sa *old);
void shard_event_down1(struct shard_sa *sa);
void shard_event_moved1(struct shard_sa *sa);

void shard_event_up2(struct shard_child *child);
void shard_event_down2(struct shard_child *child);

/* A datagram came, or goes: whose cookie it has is known from then on. */
void shard_event_datagram(struct shard *shard, const x4s_net_link *link, const void *data,
                          size_t len);

void shard_event_free(struct shard_event *event);

#endif
