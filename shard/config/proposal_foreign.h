/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_CONFIG_PROPOSAL_FOREIGN_H
#define SHARD_CONFIG_PROPOSAL_FOREIGN_H

/*
 * Algorithms that strongSwan has keywords for and that are not supported here. A proposal goes on
 * without them, as strongSwan's does where it was built without one.
 */

#include <stdbool.h>
#include <stddef.h>

#define HUB_FOREIGN_NAME 32 /* bytes of a keyword with its NUL */

/* Whether one proposal, which is text of its own, makes sense. */
typedef bool (*hub_proposal_makes_sense)(void *context, const char *proposal);

/*
 * Copies a list of proposals without such keywords; a proposal that makes no sense without them is
 * left out, and so is the comma. `out` has as many bytes as the text with its NUL. `name` is the
 * first that was left out, or empty.
 */
void hub_proposal_drop_foreign(const char *text, hub_proposal_makes_sense makes_sense,
                               void *context, char *out, char name[HUB_FOREIGN_NAME]);

#endif
