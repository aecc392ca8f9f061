/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHARD_METRICS_ASSET_H
#define SHARD_METRICS_ASSET_H

#include <stddef.h>

/* A file of page/, which is in the program: the build makes them (cmake/embed.cmake). */
struct metrics_asset {
    const unsigned char *data;
    size_t len;
};

extern const struct metrics_asset metrics_asset_status_html;
extern const struct metrics_asset metrics_asset_status_css;
extern const struct metrics_asset metrics_asset_status_js;
extern const struct metrics_asset metrics_asset_chart_js;
extern const struct metrics_asset metrics_asset_icon_svg;

#endif
