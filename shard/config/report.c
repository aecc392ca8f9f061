/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/config/report.h"

#define TEXT_MAX 1024

void hub_report_error(struct hub_report *report, struct settings_place place, const char *format,
                      ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    settings_message(text, sizeof(text), place, format, arguments);
    va_end(arguments);
    if (!place.file->loaded || report->strict) {
        hub_report_text(report, text);
        return;
    }
    report->left_out++;
    report->told(report->context, HUB_WARNING, text);
}

void hub_report_warning(struct hub_report *report, struct settings_place place, const char *format,
                        ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    settings_message(text, sizeof(text), place, format, arguments);
    va_end(arguments);
    report->told(report->context, HUB_WARNING, text);
}

void hub_report_text(struct hub_report *report, const char *text)
{
    report->errors++;
    report->told(report->context, HUB_ERROR, text);
}
