/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a client of the control socket loads: the first byte says of which kind, the rest is the
 * message in the section. It is refused with a reason, or goes into a snapshot, in which it may be
 * left out; either way there is a snapshot, and each finding is one line.
 */

#include <stdlib.h>
#include <string.h>

#include "shard/control/loaded_tree.h"
#include "tests/fuzz/input.h"

static const char text[] = "connections { a { local { auth = psk\n id = a }\n"
                           "remote { auth = psk\n id = b } } }\nsecrets { ike { secret = x } }\n";

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void told(void *context, enum hub_severity severity, const char *finding)
{
    unsigned *errors = context;
    *errors += severity == HUB_ERROR;
    must(*finding && !strchr(finding, '\n'));
}

static struct hub_config *file_of(void)
{
    unsigned errors = 0;
    struct hub_config *config = hub_config_parse("fuzz.conf", text, strlen(text), told, &errors);
    must(config != NULL && errors == 0);
    return config;
}

static void load(const struct hub_config *file, const struct control_wanted *wanted)
{
    char problem[CONTROL_PROBLEM];
    unsigned errors = 0;
    struct control_loaded loaded;
    if (control_loaded_check(file, wanted, problem)) {
        must(*problem != '\0');
        return;
    }
    must(control_loaded_init(&loaded));
    must(control_loaded_put(&loaded, wanted) == CONTROL_PUT_NEW);
    must(control_loaded_put(&loaded, wanted) == CONTROL_PUT_SAME);
    struct hub_overlay *overlay = control_loaded_overlay(&loaded);
    struct hub_config *config = hub_overlay_load("fuzz.conf", file, overlay, told, &errors);
    must(config != NULL && errors == 0);
    overlay->release(overlay);
    control_loaded_fini(&loaded);
    hub_config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Keys and certificates are looked at by the commands, before they come so far. */
    static const enum control_kind kinds[] = {CONTROL_CONNECTION, CONTROL_POOL, CONTROL_SECRET};
    static const char *const sections[] = {"x", "x", "ike-x"};
    x4s_chunk key;
    if (!size)
        return 0;
    const size_t kind = data[0] % x4m_countof(kinds);
    const struct control_wanted wanted = {
        .kind = kinds[kind],
        .name = "x",
        .section = sections[kind],
        .message = {data + 1, size - 1},
    };
    if (!vici_message_valid(wanted.message) || !control_loaded_readable(wanted.message, &key))
        return 0;
    struct hub_config *file = file_of();
    load(file, &wanted);
    hub_config_free(file);
    return 0;
}
