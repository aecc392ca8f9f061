/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <x4/ike/charon.h>

/* A stranger to the tree: an empty configuration has to be refused, with a text. */
int main(void)
{
    x4s_charon_config config = {0};
    const char *error = NULL;
    x4s_charon *charon = x4_charon_init(&config, &error);

    printf("x4_charon_init: %s\n", error ? error : "no text");
    return charon == NULL && error != NULL ? 0 : 1;
}
