/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/loader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Findings that are kept. */
#define FINDINGS_MAX 100

struct finding {
    enum hub_severity severity;
    char *text;
};

struct hub_loader {
    pthread_t thread;
    int done;
    char *path;
    const struct hub_config *before;
    struct hub_overlay *overlay;
    struct hub_config *config;
    struct finding findings[FINDINGS_MAX];
    size_t count;
};

/* -------------------------------------------------------------------------- the thread */

/* An error that is not kept is not the first, so that there is one to be told in any case. */
static void keep(void *context, enum hub_severity severity, const char *text)
{
    struct hub_loader *loader = context;
    if (loader->before && severity != HUB_ERROR && !hub_overlay_told(text))
        return;
    char *copy = loader->count < FINDINGS_MAX ? strdup(text) : NULL;
    if (copy)
        loader->findings[loader->count++] = (struct finding){severity, copy};
}

static void *work(void *context)
{
    struct hub_loader *loader = context;
    const uint64_t one = 1;
    (void)pthread_setname_np(pthread_self(), "loader");
    loader->config = hub_overlay_load(loader->path, loader->before, loader->overlay, keep, loader);
    (void)!write(loader->done, &one, sizeof(one));
    return NULL;
}

/* -------------------------------------------------------------------------- the control thread */

static void release_overlay(struct hub_overlay *overlay)
{
    if (overlay)
        overlay->release(overlay);
}

static void release(struct hub_loader *loader)
{
    for (size_t i = 0; i < loader->count; i++)
        free(loader->findings[i].text);
    if (loader->done >= 0)
        close(loader->done);
    release_overlay(loader->overlay);
    free(loader->path);
    free(loader);
}

struct hub_loader *hub_loader_begin(const struct hub_loader_job *job)
{
    struct hub_loader *loader = calloc(1, sizeof(*loader));
    if (!loader) {
        release_overlay(job->overlay);
        return NULL;
    }
    loader->before = job->before;
    loader->overlay = job->overlay;
    loader->path = strdup(job->path);
    loader->done = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loader->path && loader->done >= 0 &&
        pthread_create(&loader->thread, NULL, work, loader) == 0)
        return loader;
    release(loader);
    return NULL;
}

int hub_loader_fd(const struct hub_loader *loader)
{
    return loader->done;
}

struct hub_config *hub_loader_end(struct hub_loader *loader, hub_config_told told, void *context)
{
    pthread_join(loader->thread, NULL);
    struct hub_config *config = loader->config;
    for (size_t i = 0; told && i < loader->count; i++)
        told(context, loader->findings[i].severity, loader->findings[i].text);
    release(loader);
    return config;
}
