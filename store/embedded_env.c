/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/embedded_env.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/embedded_check.h"
#include "x4/misc/reader.h"
#include "x4/misc/writer.h"

#define FORMAT     1
#define MAP_FIRST  ((size_t)64 << 20) /* it doubles as needed */
#define ENTRY_HEAD (1 + 4)            /* in a slice, before name and record */

struct store_env {
    MDB_env *lmdb; /* NULL: has to be opened anew */
    MDB_dbi records;
    size_t map;
    int lock;
    char file[PATH_MAX];
};

/* estate | 0 | partition | name; `format` is a key of its own, which no estate's begins with. */
struct key {
    size_t len;
    uint8_t bytes[STORE_ESTATE_MAX + 1 + 1 + STORE_NAME_MAX];
};

static const uint8_t format_key[] = {0, 'f', 'o', 'r', 'm', 'a', 't'};

static MDB_val val_of(const void *data, size_t len)
{
    /* LMDB's type is for both directions; it does not write through what it is given. */
    return (MDB_val){.mv_size = len, .mv_data = (void *)(uintptr_t)data};
}

static struct key prefix_of(const char *estate, unsigned partition)
{
    struct key key;
    x4s_writer w = x4_writer(key.bytes, sizeof(key.bytes));
    x4_writer_bytes(&w, estate, strlen(estate) + 1);
    x4_writer_u8(&w, (uint8_t)partition);
    key.len = x4_writer_len(&w);
    return key;
}

static struct key key_of(const char *estate, unsigned partition, const struct store_name *name)
{
    struct key key = prefix_of(estate, partition);
    memcpy(key.bytes + key.len, name->bytes, name->len);
    key.len += name->len;
    return key;
}

/* -------------------------------------------------------------------------- opening */

static bool fail(struct store_error *error, const char *path, const char *why)
{
    store_error_set(error, "%s: %s", path, why);
    return false;
}

static bool make_folder(const char *folder, struct store_error *error)
{
    return mkdir(folder, S_IRWXU) == 0 || errno == EEXIST || fail(error, folder, strerror(errno));
}

static bool taken(int lock, const char *folder, struct store_error *error)
{
    char holder[32] = "";
    const ssize_t len = pread(lock, holder, sizeof(holder) - 1, 0);
    holder[len > 0 ? len : 0] = '\0';
    store_error_set(error, "%s: in use by process %s", folder, *holder ? holder : "unknown");
    return false;
}

/* For who comes second; the lock itself ends with the process. */
static void leave_name(int lock)
{
    char holder[32];
    const int len = snprintf(holder, sizeof(holder), "%ld", (long)getpid());
    if (ftruncate(lock, 0) == 0)
        (void)!pwrite(lock, holder, (size_t)len, 0);
}

static bool take_lock(struct store_env *env, const char *folder, struct store_error *error)
{
    char path[PATH_MAX];
    const int len = snprintf(path, sizeof(path), "%s/lock", folder);
    if (len < 0 || (size_t)len >= sizeof(path))
        return fail(error, folder, strerror(ENAMETOOLONG));
    env->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (env->lock < 0)
        return fail(error, path, strerror(errno));
    if (flock(env->lock, LOCK_EX | LOCK_NB) < 0)
        return taken(env->lock, folder, error);
    leave_name(env->lock);
    return true;
}

/* The first user writes which format it is. 0, or LMDB's error. */
static int check_format(MDB_txn *txn, MDB_dbi records)
{
    static const uint8_t ours = FORMAT;
    MDB_val key = val_of(format_key, sizeof(format_key));
    MDB_val value = val_of(&ours, 1);
    const int error = mdb_put(txn, records, &key, &value, MDB_NOOVERWRITE);
    if (error != MDB_KEYEXIST)
        return error;
    return value.mv_size == 1 && *(const uint8_t *)value.mv_data == FORMAT ? 0
                                                                           : MDB_VERSION_MISMATCH;
}

static int begin_use(struct store_env *env)
{
    MDB_txn *txn;
    int error = mdb_txn_begin(env->lmdb, NULL, 0, &txn);
    if (error)
        return error;
    error = mdb_dbi_open(txn, NULL, 0, &env->records);
    if (!error)
        error = check_format(txn, env->records);
    if (!error)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return error;
}

/*
 * Without locks of LMDB's: the directory's lock is enough for one user. NOMETASYNC: a commit syncs
 * what it wrote, and the root that leads there with the next commit or sync.
 */
static int open_lmdb(struct store_env *env)
{
    int error = mdb_env_create(&env->lmdb);
    if (error)
        return error;
    error = mdb_env_set_mapsize(env->lmdb, env->map);
    if (!error)
        error =
            mdb_env_open(env->lmdb, env->file,
                         MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS | MDB_NOMETASYNC, S_IRUSR | S_IWUSR);
    if (!error)
        error = begin_use(env);
    if (!error)
        return 0;
    mdb_env_close(env->lmdb);
    env->lmdb = NULL;
    return error;
}

static bool open_in(struct store_env *env, const char *folder, struct store_error *error)
{
    const int len = snprintf(env->file, sizeof(env->file), "%s/records", folder);
    if (len < 0 || (size_t)len >= sizeof(env->file))
        return fail(error, folder, strerror(ENAMETOOLONG));
    if (!make_folder(folder, error) || !take_lock(env, folder, error))
        return false;
    if (!store_check_is_sound(env->file))
        return fail(
            error, env->file,
            "its pages are damaged; without this file the daemon begins without any SA of before");
    const int why = open_lmdb(env);
    return !why || fail(error, env->file, mdb_strerror(why));
}

struct store_env *store_env_open(const char *folder, struct store_error *error)
{
    struct store_env *env = calloc(1, sizeof(*env));
    if (!env) {
        store_error_set(error, "no memory");
        return NULL;
    }
    env->lock = -1;
    env->map = MAP_FIRST;
    if (open_in(env, folder, error))
        return env;
    store_env_close(env);
    return NULL;
}

void store_env_close(struct store_env *env)
{
    if (env->lmdb) {
        store_env_sync(env);
        mdb_env_close(env->lmdb);
    }
    if (env->lock >= 0)
        (void)close(env->lock);
    free(env);
}

/* -------------------------------------------------------------------------- writing */

static int put(struct store_env *env, MDB_txn *txn, const struct key *key,
               const struct store_write *write)
{
    MDB_val name = val_of(key->bytes, key->len);
    MDB_val value = val_of(write->data, write->len);
    return mdb_put(txn, env->records, &name, &value, 0);
}

static int erase(struct store_env *env, MDB_txn *txn, const struct key *key)
{
    MDB_val name = val_of(key->bytes, key->len);
    const int error = mdb_del(txn, env->records, &name, NULL);
    return error == MDB_NOTFOUND ? 0 : error;
}

/* One that can never be written does not keep the others from it. */
static int do_write(struct store_env *env, MDB_txn *txn, struct store_write *write)
{
    const struct key key = key_of(write->estate->name, write->partition, &write->name);
    write->result = write->len > STORE_ENV_VALUE_MAX ? STORE_REFUSED : STORE_DONE;
    if (write->result == STORE_REFUSED)
        return 0;
    return write->data ? put(env, txn, &key, write) : erase(env, txn, &key);
}

static int do_batch(struct store_env *env, MDB_txn *txn, struct store_batch *batch)
{
    int error = 0;
    for (size_t i = 0; i < batch->count && !error; i++)
        error = do_write(env, txn, &batch->writes[i]);
    return error;
}

static int do_all(struct store_env *env, struct store_batch *const *batches, size_t count)
{
    MDB_txn *txn;
    int error = mdb_txn_begin(env->lmdb, NULL, 0, &txn);
    if (error)
        return error;
    for (size_t i = 0; i < count && !error; i++)
        error = do_batch(env, txn, batches[i]);
    if (!error)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return error;
}

static int grow(struct store_env *env)
{
    env->map *= 2;
    return mdb_env_set_mapsize(env->lmdb, env->map);
}

/* After some failures LMDB is of no use until it is opened anew. */
static void give_up(struct store_env *env)
{
    mdb_env_close(env->lmdb);
    env->lmdb = NULL;
}

static int write_or_grow(struct store_env *env, struct store_batch *const *batches, size_t count)
{
    int error = env->lmdb ? 0 : open_lmdb(env);
    if (!error)
        error = do_all(env, batches, count);
    while (error == MDB_MAP_FULL) {
        error = grow(env);
        if (!error)
            error = do_all(env, batches, count);
    }
    return error;
}

static void set_results(struct store_batch *const *batches, size_t count, enum store_result result)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < batches[i]->count; k++)
            batches[i]->writes[k].result = (uint8_t)result;
}

/* Of a write that a full disk cut short LMDB says EIO; the next one says that the disk is full. */
bool store_env_write(struct store_env *env, struct store_batch *const *batches, size_t count,
                     struct store_error *why)
{
    const int error = write_or_grow(env, batches, count);
    if (!error)
        return true;
    set_results(batches, count, STORE_AWAY);
    if (env->lmdb)
        give_up(env);
    return fail(why, env->file, mdb_strerror(error));
}

void store_env_sync(struct store_env *env)
{
    /* What cannot be synced is told by the next commit, which syncs as well. */
    if (env->lmdb)
        (void)mdb_env_sync(env->lmdb, 1);
}

/* -------------------------------------------------------------------------- reading */

/* False: there is no room for it. */
static bool add(struct store_slice *slice, const struct store_name *name, x4s_chunk data)
{
    x4s_writer w = x4_writer(slice->bytes + slice->len, sizeof(slice->bytes) - slice->len);
    x4_writer_u8(&w, name->len);
    x4_writer_u32(&w, (uint32_t)data.len);
    x4_writer_bytes(&w, name->bytes, name->len);
    x4_writer_bytes(&w, data.data, data.len);
    if (w.failed)
        return false;
    slice->len += x4_writer_len(&w);
    return true;
}

bool store_slice_next(const struct store_slice *slice, size_t *at, struct store_name *name,
                      x4s_chunk *data)
{
    x4s_reader r = x4_reader(slice->bytes + *at, slice->len - *at);
    const uint8_t name_len = x4_reader_u8(&r);
    const uint32_t len = x4_reader_u32(&r);
    const x4s_chunk bytes = x4_reader_chunk(&r, name_len);
    *data = x4_reader_chunk(&r, len);
    if (r.failed || name_len == 0)
        return false;
    *name = (struct store_name){.len = name_len};
    memcpy(name->bytes, bytes.data, name_len);
    *at += ENTRY_HEAD + (size_t)name_len + len;
    return true;
}

/* What is no record of ours is passed over. False: it does not fit into the slice any more. */
static bool take(struct store_slice *slice, x4s_chunk name_bytes, MDB_val value)
{
    struct store_name name;
    const x4s_chunk data = {value.mv_data, value.mv_size};
    if (data.len > STORE_ENV_VALUE_MAX || !store_name_read(name_bytes, &name))
        return true;
    if (!add(slice, &name, data))
        return false;
    slice->last = name;
    return true;
}

static bool begins_with(MDB_val value, const struct key *prefix)
{
    return value.mv_size >= prefix->len && !memcmp(value.mv_data, prefix->bytes, prefix->len);
}

static bool is_key(MDB_val value, const struct key *key)
{
    return value.mv_size == key->len && begins_with(value, key);
}

static int walk(MDB_cursor *cursor, const struct key *from, const struct key *prefix,
                struct store_slice *slice)
{
    MDB_val name = val_of(from->bytes, from->len);
    MDB_val value;
    int error = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
    if (!error && slice->last.len && is_key(name, from))
        error = mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
    for (; !error && begins_with(name, prefix);
         error = mdb_cursor_get(cursor, &name, &value, MDB_NEXT)) {
        const x4s_chunk bytes = {(const uint8_t *)name.mv_data + prefix->len,
                                 name.mv_size - prefix->len};
        if (!take(slice, bytes, value))
            return 0;
    }
    slice->end = !error || error == MDB_NOTFOUND;
    return slice->end ? 0 : error;
}

static int read_slice(struct store_env *env, const struct key *from, const struct key *prefix,
                      struct store_slice *slice)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    int error = env->lmdb ? 0 : open_lmdb(env);
    if (!error)
        error = mdb_txn_begin(env->lmdb, NULL, MDB_RDONLY, &txn);
    if (error)
        return error;
    error = mdb_cursor_open(txn, env->records, &cursor);
    if (!error) {
        error = walk(cursor, from, prefix, slice);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return error;
}

bool store_env_read(struct store_env *env, const char *estate, unsigned partition,
                    struct store_slice *slice, struct store_error *why)
{
    const struct key prefix = prefix_of(estate, partition);
    const struct key from = key_of(estate, partition, &slice->last);
    slice->len = 0;
    slice->end = false;
    const int error = read_slice(env, &from, &prefix, slice);
    return !error || fail(why, env->file, mdb_strerror(error));
}
