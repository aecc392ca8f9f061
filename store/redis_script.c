/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/redis_script.h"

#include <stdio.h>
#include <string.h>

#include "x4/core/memory.h"
#include "x4/crypto/hash.h"

/* A hash whose records are all gone by then may go as well. */
#define KEEP                                                                                       \
    "if redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) then\n"                                     \
    "  redis.call('EXPIRE', KEYS[1], ARGV[2])\n"                                                   \
    "end\n"

/* What is no hash is nobody's records: it may not keep the others from being written. */
#define COMPARE                                                                                    \
    "local has = redis.pcall('HGET', KEYS[1], 'fence')\n"                                          \
    "if type(has) == 'table' then\n"                                                               \
    "  if not string.find(has.err, 'WRONGTYPE', 1, true) then return has end\n"                    \
    "  redis.call('DEL', KEYS[1])\n"                                                               \
    "  has = nil\n"                                                                                \
    "end\n"                                                                                        \
    "local fence = tonumber(has or '0')\n"                                                         \
    "local token = tonumber(ARGV[1])\n"                                                            \
    "if fence > token then return 'FENCED' end\n"

/* Tokens are numbers of 53 bits, written without an exponent. */
#define WHO                                                                                        \
    "local has = redis.call('HMGET', KEYS[1], 'owner', 'token', 'until')\n"                        \
    "local time = redis.call('TIME')\n"                                                            \
    "local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"                                    \
    "local function text(number) return string.format('%.0f', number) end\n"

static const char *const texts[REDIS_SCRIPTS] = {
    [REDIS_SCRIPT_WRITE] = COMPARE
    "if fence < token then return 'LOST' end\n"
    "local last = 3 + 2 * tonumber(ARGV[3])\n"
    "if last > 3 then redis.call('HSET', KEYS[1], unpack(ARGV, 4, last)) end\n"
    "if #ARGV > last then redis.call('HDEL', KEYS[1], unpack(ARGV, last + 1)) end\n" KEEP
    "return 'DONE'\n",

    [REDIS_SCRIPT_FENCE] =
        COMPARE "if fence < token then redis.call('HSET', KEYS[1], 'fence', ARGV[1]) end\n" KEEP
                "return 'DONE'\n",

    [REDIS_SCRIPT_REBUILD] = COMPARE "if fence < token then\n"
                                     "  redis.call('DEL', KEYS[1])\n"
                                     "  redis.call('HSET', KEYS[1], 'fence', ARGV[1])\n"
                                     "end\n" KEEP "return 'DONE'\n",

    /* The clock in a token makes it grow though the server forgot the last one. */
    [REDIS_SCRIPT_CLAIM] =
        WHO "if has[1] and has[1] ~= ARGV[1] and ARGV[4] ~= '1' and tonumber(has[3]) > now then\n"
            "  return {'HELD', has[1], has[2]}\n"
            "end\n"
            "local token = text(math.max(tonumber(has[2] or '0'), tonumber(ARGV[3]), now) + 1)\n"
            "redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'token', token,\n"
            "           'until', text(now + tonumber(ARGV[2])))\n"
            "return {'DONE', ARGV[1], token}\n",

    /* A server that has not heard of the last claim is told by whoever has the greater token. */
    [REDIS_SCRIPT_RENEW] = WHO "local last = tonumber(has[2] or '0')\n"
                               "local token = tonumber(ARGV[3])\n"
                               "if last > token or last == token and has[1] ~= ARGV[1] then\n"
                               "  return {'FENCED', has[1] or '', has[2]}\n"
                               "end\n"
                               "redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'token', ARGV[3],\n"
                               "           'until', text(now + tonumber(ARGV[2])))\n"
                               "return {last == token and 'DONE' or 'LOST', ARGV[1], ARGV[3]}\n",

    [REDIS_SCRIPT_RELEASE] = WHO "if has[1] ~= ARGV[1] or has[2] ~= ARGV[2] then\n"
                                 "  return {'FENCED', has[1] or '', has[2] or '0'}\n"
                                 "end\n"
                                 "redis.call('HDEL', KEYS[1], 'owner', 'until')\n"
                                 "return {'DONE', '', '0'}\n",
};

const char *redis_script_text(enum redis_script script)
{
    return texts[script];
}

static bool digest(x4s_crypto *crypto, const char *text, char out[REDIS_SCRIPT_DIGEST + 1])
{
    const x4s_chunk part = {(const uint8_t *)text, strlen(text)};
    uint8_t hash[REDIS_SCRIPT_DIGEST / 2];

    if (!x4_hash(crypto, x4c_hash_sha1, &part, 1, hash))
        return false;
    for (size_t i = 0; i < sizeof(hash); i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    return true;
}

bool redis_scripts_init(struct redis_scripts *scripts)
{
    const char *why;
    x4s_crypto *crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &why);
    bool good = crypto != NULL;

    for (int i = 0; good && i < REDIS_SCRIPTS; i++)
        good = digest(crypto, texts[i], scripts->digest[i]);
    x4_crypto_free(crypto);
    return good;
}
