/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/privilege/rights.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

bool hub_rights_find(const char *user, struct hub_rights *rights, struct ring_error *error)
{
    *rights = (struct hub_rights){.changes = false};
    if (!user)
        return true;
    const struct passwd *account = getpwnam(user);
    if (!account) {
        snprintf(error->text, sizeof(error->text), "user: there is no account '%.64s'", user);
        return false;
    }
    *rights = (struct hub_rights){true, account->pw_uid, account->pw_gid};
    return true;
}

static bool fail(struct ring_error *error, const char *what)
{
    return ring_error_set(error, what, errno ? errno : EPERM);
}

static bool have(int capability)
{
    return capng_have_capability(CAPNG_PERMITTED, (unsigned)capability) != 0;
}

/* Without CAP_SETPCAP the bounding set stays; who executes nothing gets nothing out of it. */
static bool become(const struct hub_rights *rights, int capability)
{
    const bool bounds = have(CAP_SETPCAP);
    const bool keeps = capability >= 0 && have(capability);
    const capng_select_t all = bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS;
    const int flags = CAPNG_DROP_SUPP_GRP | (bounds ? CAPNG_CLEAR_BOUNDING : 0);
    capng_clear(all);
    if (keeps)
        capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)capability);
    errno = 0;
    if (!rights->changes || rights->user == geteuid())
        return capng_apply(all) == 0;
    return capng_change_id((int)rights->user, (int)rights->group, (capng_flags_t)flags) == 0;
}

bool hub_rights_keep(const struct hub_rights *rights, int capability, struct ring_error *error)
{
    if (capng_get_caps_process() != 0)
        return fail(error, "capabilities");
    if (!become(rights, capability))
        return fail(error, "giving up rights");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(error, "no new privileges");
    return true;
}
