/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SHARD_CREDENTIAL_FOLDER_H
#define TESTS_UNIT_SHARD_CREDENTIAL_FOLDER_H

/*
 * A folder with a configuration and credentials beside it, made for one test. Certificates are
 * valid from 2000 to 2090, so that they are when the test runs.
 */

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/crypto/fixture.h"

#define FOLDER_FROM INT64_C(946684800)
#define FOLDER_TO   INT64_C(3786912000)

struct folder {
    char path[64];
};

static inline struct folder folder_new(void)
{
    static const char *const names[] = {"x509",   "x509ca",  "x509crl", "x509ocsp",
                                        "pubkey", "private", "pkcs8"};
    struct folder folder = {"/tmp/test_credentials.XXXXXX"};
    assert_non_null(mkdtemp(folder.path));
    for (size_t i = 0; i < x4m_countof(names); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", folder.path, names[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    return folder;
}

/* With all that is in it, folders last. */
static inline void folder_remove(int above, const char *name)
{
    int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (entry->d_type == DT_DIR)
            folder_remove(fd, entry->d_name);
        else
            unlinkat(fd, entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
    unlinkat(above, name, AT_REMOVEDIR);
}

static inline void folder_free(const struct folder *folder)
{
    folder_remove(AT_FDCWD, folder->path);
}

static inline void folder_write(const struct folder *folder, const char *name, const void *data,
                                size_t len, mode_t mode)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static inline void folder_write_der(const struct folder *folder, const char *name,
                                    const fixture_der *der)
{
    const x4s_chunk chunk = fixture_chunk(der);
    folder_write(folder, name, chunk.data, chunk.len, 0600);
}

/* A certificate that is valid now. */
static inline X509 *folder_cert(const char *subject, EVP_PKEY *key, X509 *issuer,
                                EVP_PKEY *issuer_key)
{
    return fixture_x509(&(fixture_cert){.subject = subject,
                                        .key = key,
                                        .issuer = issuer,
                                        .issuer_key = issuer_key,
                                        .ca = !issuer,
                                        .not_before = FOLDER_FROM,
                                        .not_after = FOLDER_TO});
}

#endif
