/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_SURVEY_H
#define SHARD_SURVEY_H

/*
 * The counters of all shards, together and each by itself, as log lines.
 */

#include "shard/hub.h"

/*
 * Asks all shards, and when all have answered writes event=NAME and an event=shard-NAME for each;
 * when they have ended, at once. `name` is static. While a survey is under way another is ignored.
 */
void hub_survey(struct hub *hub, const char *name);

/* One that is under way comes to nothing: shards have ended before they answered. */
void hub_survey_forget(struct hub *hub);

#endif
