/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Writes inputs for fuzz_message and fuzz_initiator: what a real peer sends in a session with the
 * node of the target. Because the worlds are the same, the target goes through the whole session.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/datagrams.h"
#include "tests/sim/check.h"

enum {
    ASKED_SEC = 3, /* earlier than the node would ask */
};

/* A session, as the peer of the target's node would have it. */
struct session {
    const char *name;
    unsigned transform1; /* which of the node's */
    unsigned transform2;
    bool force; /* the peer makes a NAT of nothing */
    bool asks;  /* the peer asks for signs of life, else the node does */
};

static const struct session sessions[] = {
    {"session-aes", 0, 0, false, false},        {"session-aes256-gcm", 1, 1, false, true},
    {"session-3des", 2, 0, false, true},        {"session-aes-natt", 0, 0, true, false},
    {"session-3des-natt", 2, 1, true, true},    {"session-ipcomp", 0, 2, false, true},
    {"session-ipcomp-natt", 1, 2, true, false},
};

struct recorder {
    const struct sim_node *node;
    FILE *file;
    x4_msec last;
};

static bool tap(void *context, const struct sim_datagram *datagram)
{
    struct recorder *recorder = context;
    const struct sim_node *node = recorder->node;
    if (!x4_net_addr_same_ip(&datagram->to, &node->addr))
        return true;
    x4_msec steps = (node->sim->now - recorder->last) / DATAGRAM_STEP_MS;
    int how = datagram->from.ip[3] | (int)(x4m_min(steps, 15) << 4);
    if (datagram->to.port == SIM_PORT_NATT)
        how |= DATAGRAM_PORT_NATT;
    recorder->last = node->sim->now;
    fputc((int)(datagram->len >> 8), recorder->file);
    fputc((int)(datagram->len & 0xff), recorder->file);
    fputc(how, recorder->file);
    fwrite(datagram->data, 1, datagram->len, recorder->file);
    return true;
}

static void open_file(struct recorder *recorder, const char *folder, const char *target,
                      const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
    recorder->file = fopen(path, "wb");
    if (!recorder->file) {
        perror(path);
        exit(1);
    }
}

static void choose(struct sim_node *peer, const struct session *session)
{
    peer->transforms1[0] = peer->transforms1[session->transform1];
    peer->transforms2[0] = peer->transforms2[session->transform2];
    peer->config1.transform_count = peer->config2.transform_count = 1;
    peer->config1.natt_force = session->force;
    peer->config1.dpd_sec = session->asks ? ASKED_SEC : 0;
}

static void begin_quick_mode(struct sim_xchg *xchg, enum sim_call call)
{
    if (call == SIM_COMPLETED && xchg->phase == 1)
        sim_init2(xchg);
}

/* The peer ends what it has, after a while. */
static void end(struct sim_node *peer)
{
    enum { A_WHILE_MS = 12 * 1000 };
    struct sim_xchg *first = sim_last(peer, 1);
    struct sim_xchg *second = sim_last(peer, 2);
    sim_check(first && sim_complete(first) && second && sim_complete(second), "no session");
    sim_check(sim_init2(first), "no quick mode of the peer's");
    sim_settle(peer->sim);
    sim_run(peer->sim, A_WHILE_MS);
    sim_term(second, btrue);
    sim_settle(peer->sim);
    sim_term(first, btrue);
    sim_settle(peer->sim);
}

/* The target's node is the first of its world, in either role. */
static void record(const char *folder, const char *target, const struct session *session)
{
    bool initiates = strcmp(target, "initiator") == 0;
    struct sim *sim = sim_new(DATAGRAMS_SEED);
    struct sim_node *node = sim_add(sim);
    struct sim_node *peer = sim_add(sim);
    struct sim_node *initiator = initiates ? node : peer;
    struct recorder recorder = {.node = node, .last = sim->now};
    datagrams_configure(node);
    datagrams_configure(peer);
    choose(peer, session);
    open_file(&recorder, folder, target, session->name);
    initiator->hook = begin_quick_mode;
    sim->network.tap = tap;
    sim->network.tap_context = &recorder;
    sim_check(sim_boot(node) && sim_init1(initiator, initiates ? peer : node), "no beginning");
    sim_settle(sim);
    end(peer);
    sim_free(sim);
    fclose(recorder.file);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < x4m_countof(sessions); i++) {
        record(argv[1], "message", &sessions[i]);
        record(argv[1], "initiator", &sessions[i]);
    }
    return 0;
}
