/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeping records costs with each engine that Debian has: the measurement behind the choice of
 * the embedded store. It is no part of the build, since the product needs one of them only:
 *
 *     apt-get install liblmdb-dev libsqlite3-dev librocksdb-dev
 *     gcc -std=gnu17 -O2 bench/store_engines.c -llmdb -lsqlite3 -lrocksdb -o store_engines
 *     ./store_engines ENGINE SYNC LIVE FOLDER     lmdb|sqlite|rocksdb  off|on  records
 *
 * FOLDER is made and must not be there. A record has 300 bytes and a name of 17 or 5, both random;
 * a change is an overwrite, or an erasure and a new record, in equal parts, as rekeying does it.
 * `off`: a commit survives the process; `on`: the machine too. CPU is that of all threads.
 */
#include <lmdb.h>
#include <rocksdb/c.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum {
    RECORD = 300,
    NAME_MAX_LEN = 17,
    FILL_BATCH = 64,
    CHANGES = 64000,     /* of each size of batch, without sync */
    SYNCED_COMMITS = 500 /* with it */
};

struct name {
    uint8_t len;
    uint8_t bytes[NAME_MAX_LEN];
};

struct engine {
    const char *name;
    void (*open)(const char *folder, bool sync);
    void (*begin)(void);
    void (*put)(const struct name *name, const uint8_t *data);
    void (*erase)(const struct name *name);
    void (*commit)(void);
    size_t (*read_all)(void);
    void (*close)(void);
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s failed\n", what);
    exit(1);
}

/* -------------------------------------------------------------------------- LMDB */

static MDB_env *env;
static MDB_dbi dbi;
static MDB_txn *txn;

static void lmdb_open(const char *folder, bool sync)
{
    must(!mdb_env_create(&env) && !mdb_env_set_mapsize(env, (size_t)16 << 30), "mdb_env_create");
    must(!mdb_env_open(env, folder, sync ? MDB_NOMETASYNC : MDB_NOSYNC, 0600), "mdb_env_open");
    must(!mdb_txn_begin(env, NULL, 0, &txn) && !mdb_dbi_open(txn, NULL, 0, &dbi), "mdb_dbi_open");
    must(!mdb_txn_commit(txn), "mdb_txn_commit");
}

static void lmdb_begin(void)
{
    must(!mdb_txn_begin(env, NULL, 0, &txn), "mdb_txn_begin");
}

static void lmdb_put(const struct name *name, const uint8_t *data)
{
    MDB_val key = {name->len, (void *)name->bytes};
    MDB_val value = {RECORD, (void *)data};
    must(!mdb_put(txn, dbi, &key, &value, 0), "mdb_put");
}

static void lmdb_erase(const struct name *name)
{
    MDB_val key = {name->len, (void *)name->bytes};
    must(!mdb_del(txn, dbi, &key, NULL), "mdb_del");
}

static void lmdb_commit(void)
{
    must(!mdb_txn_commit(txn), "mdb_txn_commit");
}

static size_t lmdb_read_all(void)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    size_t count = 0;
    uint8_t copy[RECORD];
    must(!mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) && !mdb_cursor_open(txn, dbi, &cursor),
         "mdb_cursor_open");
    for (; !mdb_cursor_get(cursor, &key, &value, MDB_NEXT); count++)
        memcpy(copy, value.mv_data, RECORD);
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return count;
}

static void lmdb_close(void)
{
    mdb_env_close(env);
}

/* -------------------------------------------------------------------------- SQLite */

static sqlite3 *sqlite;
static sqlite3_stmt *begin_statement;
static sqlite3_stmt *put_statement;
static sqlite3_stmt *erase_statement;
static sqlite3_stmt *commit_statement;

static sqlite3_stmt *prepared(const char *text)
{
    sqlite3_stmt *statement;
    must(sqlite3_prepare_v3(sqlite, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) ==
             SQLITE_OK,
         text);
    return statement;
}

static void run(sqlite3_stmt *statement)
{
    must(sqlite3_step(statement) == SQLITE_DONE, sqlite3_sql(statement));
    sqlite3_reset(statement);
}

static void sqlite_open(const char *folder, bool sync)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/store", folder);
    must(sqlite3_open(path, &sqlite) == SQLITE_OK, "sqlite3_open");
    must(sqlite3_exec(sqlite, "PRAGMA journal_mode = WAL; PRAGMA cache_size = -65536", NULL, NULL,
                      NULL) == SQLITE_OK,
         "journal_mode");
    must(sqlite3_exec(sqlite, sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF", NULL,
                      NULL, NULL) == SQLITE_OK,
         "synchronous");
    must(sqlite3_exec(
             sqlite,
             "CREATE TABLE IF NOT EXISTS record (name BLOB PRIMARY KEY, data BLOB) WITHOUT ROWID",
             NULL, NULL, NULL) == SQLITE_OK,
         "CREATE TABLE");
    begin_statement = prepared("BEGIN IMMEDIATE");
    put_statement = prepared("INSERT OR REPLACE INTO record VALUES (?, ?)");
    erase_statement = prepared("DELETE FROM record WHERE name = ?");
    commit_statement = prepared("COMMIT");
}

static void sqlite_begin(void)
{
    run(begin_statement);
}

static void sqlite_put(const struct name *name, const uint8_t *data)
{
    sqlite3_bind_blob(put_statement, 1, name->bytes, name->len, SQLITE_STATIC);
    sqlite3_bind_blob(put_statement, 2, data, RECORD, SQLITE_STATIC);
    run(put_statement);
}

static void sqlite_erase(const struct name *name)
{
    sqlite3_bind_blob(erase_statement, 1, name->bytes, name->len, SQLITE_STATIC);
    run(erase_statement);
}

static void sqlite_commit(void)
{
    run(commit_statement);
}

static size_t sqlite_read_all(void)
{
    sqlite3_stmt *all = prepared("SELECT name, data FROM record");
    size_t count = 0;
    uint8_t copy[RECORD];
    for (; sqlite3_step(all) == SQLITE_ROW; count++)
        memcpy(copy, sqlite3_column_blob(all, 1), RECORD);
    sqlite3_finalize(all);
    return count;
}

static void sqlite_close(void)
{
    sqlite3_finalize(begin_statement);
    sqlite3_finalize(put_statement);
    sqlite3_finalize(erase_statement);
    sqlite3_finalize(commit_statement);
    must(sqlite3_close(sqlite) == SQLITE_OK, "sqlite3_close");
}

/* -------------------------------------------------------------------------- RocksDB */

static rocksdb_t *rocks;
static rocksdb_writebatch_t *batch;
static rocksdb_writeoptions_t *write_options;

static void rocks_open(const char *folder, bool sync)
{
    char *error = NULL;
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(options, 1);
    write_options = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(write_options, sync);
    rocks = rocksdb_open(options, folder, &error);
    must(!error, "rocksdb_open");
    batch = rocksdb_writebatch_create();
}

static void rocks_begin(void)
{
    rocksdb_writebatch_clear(batch);
}

static void rocks_put(const struct name *name, const uint8_t *data)
{
    rocksdb_writebatch_put(batch, (const char *)name->bytes, name->len, (const char *)data, RECORD);
}

static void rocks_erase(const struct name *name)
{
    rocksdb_writebatch_delete(batch, (const char *)name->bytes, name->len);
}

static void rocks_commit(void)
{
    char *error = NULL;
    rocksdb_write(rocks, write_options, batch, &error);
    must(!error, "rocksdb_write");
}

static size_t rocks_read_all(void)
{
    rocksdb_readoptions_t *options = rocksdb_readoptions_create();
    rocksdb_iterator_t *at = rocksdb_create_iterator(rocks, options);
    size_t count = 0;
    uint8_t copy[RECORD];
    for (rocksdb_iter_seek_to_first(at); rocksdb_iter_valid(at); rocksdb_iter_next(at)) {
        size_t len;
        memcpy(copy, rocksdb_iter_value(at, &len), RECORD);
        count++;
    }
    rocksdb_iter_destroy(at);
    rocksdb_readoptions_destroy(options);
    return count;
}

static void rocks_close(void)
{
    rocksdb_close(rocks);
}

static const struct engine engines[] = {
    {"lmdb", lmdb_open, lmdb_begin, lmdb_put, lmdb_erase, lmdb_commit, lmdb_read_all, lmdb_close},
    {"sqlite", sqlite_open, sqlite_begin, sqlite_put, sqlite_erase, sqlite_commit, sqlite_read_all,
     sqlite_close},
    {"rocksdb", rocks_open, rocks_begin, rocks_put, rocks_erase, rocks_commit, rocks_read_all,
     rocks_close},
};

/* -------------------------------------------------------------------------- the load */

static uint64_t state = 0x9e3779b97f4a7c15; /* splitmix64: the same load each time */

static uint64_t next_random(void)
{
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Cookies are random, SPIs all differ. */
static void new_name(struct name *name)
{
    static uint32_t serial;
    const uint64_t bits[2] = {next_random(), next_random()};
    const uint32_t spi = serial++ * 2654435761U;
    name->len = next_random() % 2 ? 17 : 5;
    name->bytes[0] = name->len == 17 ? 1 : 2;
    memcpy(name->bytes + 1, name->len == 17 ? (const void *)bits : &spi, name->len - 1U);
}

static const uint8_t *new_data(void)
{
    static uint8_t data[RECORD];
    for (size_t i = 0; i + 8 <= RECORD; i += 8) {
        const uint64_t bits = next_random();
        memcpy(data + i, &bits, 8);
    }
    return data;
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fill(const struct engine *engine, struct name *names, size_t live)
{
    for (size_t i = 0; i < live; i++) {
        if (i % FILL_BATCH == 0)
            engine->begin();
        new_name(&names[i]);
        engine->put(&names[i], new_data());
        if (i % FILL_BATCH == FILL_BATCH - 1 || i + 1 == live)
            engine->commit();
    }
}

/* Returns how many records were written or erased. */
static size_t change(const struct engine *engine, struct name *names, size_t live, size_t in_batch)
{
    size_t done = 0;
    engine->begin();
    while (done < in_batch) {
        struct name *name = &names[next_random() % live];
        if (done + 2 <= in_batch && next_random() % 2) {
            engine->erase(name);
            new_name(name);
            done++;
        }
        engine->put(name, new_data());
        done++;
    }
    engine->commit();
    return done;
}

static void measure(const char *what, size_t records, size_t commits, double cpu, double wall)
{
    printf("%-8s cpu %6.2f us/record  wall %8.2f us/record  %8.0f us/commit\n", what,
           cpu * 1e6 / (double)records, wall * 1e6 / (double)records, wall * 1e6 / (double)commits);
    fflush(stdout);
}

static void steady(const struct engine *engine, struct name *names, size_t live, size_t in_batch,
                   bool sync)
{
    char what[32];
    const size_t commits = sync ? SYNCED_COMMITS : CHANGES / in_batch;
    const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const double wall = seconds_of(CLOCK_MONOTONIC);
    size_t records = 0;
    for (size_t i = 0; i < commits; i++)
        records += change(engine, names, live, in_batch);
    (void)snprintf(what, sizeof(what), "by %zu", in_batch);
    measure(what, records, commits, seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu,
            seconds_of(CLOCK_MONOTONIC) - wall);
}

int main(int argc, char **argv)
{
    static const size_t batches[] = {1, 8, 64};
    must(argc == 5, "usage: store_engines ENGINE off|on LIVE FOLDER;");
    const struct engine *engine = engines;
    while (engine < engines + sizeof(engines) / sizeof(engines[0]) &&
           strcmp(engine->name, argv[1]) != 0)
        engine++;
    must(engine < engines + sizeof(engines) / sizeof(engines[0]), "finding the engine");
    const bool sync = strcmp(argv[2], "on") == 0;
    const size_t live = strtoul(argv[3], NULL, 10);
    struct name *names = calloc(live, sizeof(*names));
    must(live && names, "calloc");
    must(mkdir(argv[4], 0700) == 0, "mkdir");

    struct rusage before;
    getrusage(RUSAGE_SELF, &before);
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    double wall = seconds_of(CLOCK_MONOTONIC);
    engine->open(argv[4], false);
    fill(engine, names, live);
    measure("fill", live, live / FILL_BATCH, seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu,
            seconds_of(CLOCK_MONOTONIC) - wall);
    if (sync) {
        engine->close();
        engine->open(argv[4], true);
    }
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++)
        steady(engine, names, live, batches[i], sync);
    engine->close();
    engine->open(argv[4], sync);
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    wall = seconds_of(CLOCK_MONOTONIC);
    const size_t count = engine->read_all();
    must(count == live, "reading as many as were written");
    printf("read     cpu %6.2f us/record  wall %8.3f s\n",
           (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / (double)count,
           seconds_of(CLOCK_MONOTONIC) - wall);
    struct rusage after;
    getrusage(RUSAGE_SELF, &after);
    printf("memory   %ld MB at most, without the names\n",
           (after.ru_maxrss - before.ru_maxrss) / 1024);
    engine->close();
    return 0;
}
