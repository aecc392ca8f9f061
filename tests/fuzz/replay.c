/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs a fuzz target over the files of a folder, once each, without libFuzzer: the corpus as an
 * ordinary test, with any compiler.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/input.h"

enum {
    INPUT_MAX = 1 << 16,
};

static bool replay(const char *folder, const char *name)
{
    static uint8_t bytes[INPUT_MAX];
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    /* Memory of its own size, so that a read behind its end is seen. */
    uint8_t *input = malloc(size + 1);
    if (!input)
        return false;
    for (size_t i = 0; i < size; i++)
        input[i] = bytes[i];
    (void)LLVMFuzzerTestOneInput(input, size);
    free(input);
    return true;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    unsigned count = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (!replay(argv[1], entry->d_name)) {
            fprintf(stderr, "%s/%s: cannot be read\n", argv[1], entry->d_name);
            return 1;
        }
        count++;
    }
    closedir(folder);
    printf("%u inputs\n", count);
    return count ? 0 : 1;
}
