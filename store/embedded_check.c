/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/embedded_check.h"

#include <errno.h>
#include <lmdb.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "x4/core/types.h"

#define PATIENCE_SEC 60

/* LMDB's own tables, by their numbers: the pages that are free, the user's keys. */
enum { FREE_PAGES = 0, RECORDS = 1 };

/* The first two pages are the roots. */
#define FIRST_PAGE 2

typedef bool (*entry_fn)(const MDB_val *value, size_t last_page);

/* A number of pages, and their numbers. */
static bool are_pages(const MDB_val *value, size_t last_page)
{
    size_t count;
    if (value->mv_size < sizeof(count) || value->mv_size % sizeof(count) != 0)
        return false;
    memcpy(&count, value->mv_data, sizeof(count));
    if (count >= value->mv_size / sizeof(count))
        return false;
    for (size_t i = 1; i <= count; i++) {
        size_t page;
        memcpy(&page, (const char *)value->mv_data + i * sizeof(page), sizeof(page));
        if (page < FIRST_PAGE || page > last_page)
            return false;
    }
    return true;
}

static bool is_readable(const MDB_val *value, size_t last_page)
{
    unsigned char sum = 0;
    for (size_t i = 0; i < value->mv_size; i++)
        sum ^= ((const volatile unsigned char *)value->mv_data)[i];
    (void)sum;
    (void)last_page;
    return true;
}

/* From the root down there is the entry that comes next from the one before. */
static bool is_found(MDB_cursor *search, const MDB_val *key, const MDB_val *value)
{
    MDB_val found = *key;
    MDB_val there;
    return mdb_cursor_get(search, &found, &there, MDB_SET_RANGE) == 0 &&
           there.mv_data == value->mv_data;
}

static bool is_whole(MDB_txn *txn, MDB_dbi table, size_t last_page, entry_fn is_good)
{
    MDB_cursor *walk, *search;
    MDB_val key, value;
    if (mdb_cursor_open(txn, table, &walk) || mdb_cursor_open(txn, table, &search))
        return false;
    bool good = true;
    int error = mdb_cursor_get(walk, &key, &value, MDB_FIRST);
    for (; good && !error; error = mdb_cursor_get(walk, &key, &value, MDB_NEXT))
        good = is_readable(&key, last_page) && is_good(&value, last_page) &&
               is_found(search, &key, &value);
    return good && error == MDB_NOTFOUND;
}

/* Nothing is given back: the process ends. */
static bool look(const char *file)
{
    MDB_env *env;
    MDB_envinfo info;
    MDB_txn *txn;
    MDB_dbi records;
    if (mdb_env_create(&env) ||
        mdb_env_open(env, file, MDB_RDONLY | MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS, 0) ||
        mdb_env_info(env, &info) || mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) ||
        mdb_dbi_open(txn, NULL, 0, &records))
        return true;
    return records == RECORDS && is_whole(txn, FREE_PAGES, info.me_last_pgno, are_pages) &&
           is_whole(txn, records, info.me_last_pgno, is_readable);
}

static _Noreturn void run_child(const char *file)
{
    static const struct rlimit none = {0, 0};
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM};
    (void)setrlimit(RLIMIT_CORE, &none);
    for (size_t i = 0; i < x4m_countof(deadly); i++)
        (void)signal(deadly[i], SIG_DFL);
    (void)alarm(PATIENCE_SEC);
    _exit(look(file) ? 0 : 1);
}

bool store_check_is_sound(const char *file)
{
    int status;
    const pid_t child = fork();
    if (child == 0)
        run_child(file);
    if (child < 0)
        return true;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return true;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
