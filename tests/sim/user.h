/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_USER_H
#define SIM_USER_H

/*
 * The user of libike in a node: the callbacks, each of which checks that it may come now.
 */

#include "tests/sim/sim.h"

extern const x4s_ike_calls1 sim_calls1;
extern const x4s_ike_calls2 sim_calls2;

/* The instance's own callbacks, for the node as userdata. */
x4_msec sim_clock(void *userdata);
void sim_send_unbound(void *userdata, const x4s_net_link *link, const void *data, size_t len);
void sim_trace(void *userdata, const x4s_trace_event *event);
bval sim_draw(void *userdata, void *data, size_t len);
bval sim_draw_cookie(void *userdata, x4e_ike_role role, uint8_t cookie[8]);

/* A new record, the last of the node's. */
struct sim_xchg *sim_xchg_new(struct sim_node *node, int phase, x4e_ike_role role);

/* Takes the node's last record away again: libike did not want it. */
void sim_xchg_drop(struct sim_xchg *xchg);

/* A link between one of the node's ports and an address, as its transport would state it. */
x4s_net_link sim_link(const struct sim_node *node, uint16_t port, const x4s_net_addr *remote);

/* Compares the exchange with its other end, if that is complete as well. */
void sim_agree(const struct sim_xchg *xchg);

#endif
