/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/hex.h"
#include "tests/unit/crypto/fixture.h"
#include "x4/crypto/internal.h"
#include "x4/crypto/sign.h"

static x4s_crypto *crypto;

/* One private key of each type, in the order of `types`. */
static const x4e_key_type types[] = {x4c_key_rsa, x4c_key_ecdsa256, x4c_key_ecdsa384,
                                     x4c_key_ecdsa521};
static x4s_private_key *keys[x4m_countof(types)];

static x4s_private_key *take_key(EVP_PKEY *pkey)
{
    const char *error;
    fixture_der der = fixture_private(pkey);
    x4s_private_key *key = x4_private_key_new(crypto, fixture_chunk(&der), &error);
    assert_non_null(key);
    EVP_PKEY_free(pkey);
    return key;
}

static int setup(void **state)
{
    (void)state;
    const char *error;
    crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
    keys[0] = take_key(fixture_rsa(1024));
    keys[1] = take_key(fixture_ec("P-256"));
    keys[2] = take_key(fixture_ec("P-384"));
    keys[3] = take_key(fixture_ec("P-521"));
    return crypto ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(keys); i++)
        x4_private_key_free(keys[i]);
    x4_crypto_free(crypto);
    return 0;
}

static x4s_sign_job job_for(x4s_private_key *key, x4e_hash negotiated, uint8_t *signature)
{
    x4e_hash hash = x4_sign_hash(x4_public_key_type(x4_private_key_public(key)), negotiated);
    x4s_sign_job job = {
        .key = key, .hash_len = (uint8_t)x4_hash_size(hash), .signature = signature};
    for (size_t i = 0; i < job.hash_len; i++)
        job.hash[i] = (uint8_t)(i + 1);
    return job;
}

static void run_one(x4s_sign_job *job)
{
    x4_sign_run(crypto, &job, 1);
}

static bval verify(const x4s_sign_job *job, const uint8_t *signature, size_t len)
{
    return x4_sign_verify(crypto, x4_private_key_public(job->key),
                          (x4s_chunk){.data = job->hash, .len = job->hash_len},
                          (x4s_chunk){.data = signature, .len = len});
}

static size_t size_of(const x4s_sign_job *job)
{
    return x4_public_key_signature_size(x4_private_key_public(job->key));
}

/* ------------------------------------------------------------------ what is signed */

static void hashes_of_types(void **state)
{
    (void)state;
    assert_int_equal(x4_sign_hash(x4c_key_rsa, x4c_hash_sha1), x4c_hash_sha1);
    assert_int_equal(x4_sign_hash(x4c_key_ecdsa256, x4c_hash_sha1), x4c_hash_sha256);
    assert_int_equal(x4_sign_hash(x4c_key_ecdsa384, x4c_hash_sha1), x4c_hash_sha384);
    assert_int_equal(x4_sign_hash(x4c_key_ecdsa521, x4c_hash_sha1), x4c_hash_sha512);
}

static void sign_and_verify(void **state)
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        uint8_t signature[x4c_signature_max];
        x4s_sign_job job = job_for(keys[i], x4c_hash_sha1, signature);
        run_one(&job);
        assert_int_equal(job.state, x4c_sign_done);
        assert_true(verify(&job, signature, size_of(&job)));

        job.hash[0] ^= 1;
        assert_false(verify(&job, signature, size_of(&job)));
        job.hash[0] ^= 1;
        assert_false(verify(&job, signature, size_of(&job) - 1));
        assert_false(verify(&job, signature, 0));
        for (size_t k = 0; k < size_of(&job); k += 7) {
            signature[k] ^= 0x10;
            assert_false(verify(&job, signature, size_of(&job)));
            signature[k] ^= 0x10;
        }
        assert_true(verify(&job, signature, size_of(&job)));
        assert_int_equal(ERR_peek_error(), 0);
    }
}

/* One longer, with a byte before or behind it. */
static void exact_length(void **state) /* req 4754-7-1 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        uint8_t longer[x4c_signature_max + 2] = {0};
        x4s_sign_job job = job_for(keys[i], x4c_hash_sha256, longer + 1);
        run_one(&job);
        assert_false(verify(&job, longer, size_of(&job) + 1));
        assert_false(verify(&job, longer + 1, size_of(&job) + 1));
        assert_true(verify(&job, longer + 1, size_of(&job)));
    }
}

/* RFC 2409 5.1: block type 1 around the bare hash, for every hash that can be negotiated. */
static void rsa_block_is_bare(void **state) /* req 2409-5.1-1 */
{
    (void)state;
    static const x4e_hash hashes[] = {x4c_hash_md5, x4c_hash_sha1, x4c_hash_sha256, x4c_hash_sha384,
                                      x4c_hash_sha512};
    for (size_t i = 0; i < x4m_countof(hashes); i++) {
        uint8_t signature[128];
        uint8_t block[128];
        size_t len = sizeof(block);
        x4s_sign_job job = job_for(keys[0], hashes[i], signature);
        run_one(&job);
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(keys[0]->public_key->pkey, NULL);
        assert_int_equal(EVP_PKEY_verify_recover_init(ctx), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
        assert_int_equal(EVP_PKEY_verify_recover(ctx, block, &len, signature, 128), 1);
        EVP_PKEY_CTX_free(ctx);

        size_t padding = 128 - 3 - job.hash_len;
        assert_int_equal(len, 128);
        assert_int_equal(block[0], 0);
        assert_int_equal(block[1], 1);
        for (size_t k = 0; k < padding; k++)
            assert_int_equal(block[2 + k], 0xff);
        assert_int_equal(block[2 + padding], 0);
        assert_memory_equal(block + 3 + padding, job.hash, job.hash_len);
    }
}

static void hash_of_wrong_size(void **state)
{
    (void)state;
    static const uint8_t sizes[] = {0, 15, 65};
    uint8_t signature[x4c_signature_max] = {0};
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        for (size_t k = 0; k < x4m_countof(sizes); k++) {
            uint8_t hash[65] = {0};
            const x4s_public_key *key = x4_private_key_public(keys[i]);
            assert_false(x4_sign_verify(
                crypto, key, (x4s_chunk){.data = hash, .len = sizes[k]},
                (x4s_chunk){.data = signature, .len = x4_public_key_signature_size(key)}));
        }
        x4s_sign_job job = job_for(keys[i], x4c_hash_sha256, signature);
        job.hash_len = types[i] == x4c_key_ecdsa256 ? 48 : 12;
        run_one(&job);
        assert_int_equal(job.state, x4c_sign_failed);
    }
}

/* ------------------------------------------------------------------ RFC 4754 8 */

static const struct {
    const char *curve;
    x4e_hash hash; /* of "abc" */
    const char *x;
    const char *y;
    const char *r;
    const char *s;
} vectors[] = {
    {"P-256", x4c_hash_sha256, "2442a5cc0ecd015fa3ca31dc8e2bbc70bf42d60cbca20085e0822cb04235e970",
     "6fc98bd7e50211a4a27102fa3549df79ebcb4bf246b80945cddfe7d509bbfd7d",
     "cb28e0999b9c7715fd0a80d8e47a77079716cbbf917dd72e97566ea1c066957c",
     "86fa3bb4e26cad5bf90b7f81899256ce7594bb1ea0c89212748bff3b3d5b0315"},
    {"P-384", x4c_hash_sha384,
     "96281bf8dd5e0525ca049c048d345d3082968d10fedf5c5aca0c64e6465a97ea"
     "5ce10c9dfec21797415710721f437922",
     "447688ba94708eb6e2e4d59f6ab6d7edff9301d249fe49c33096655f5d502fad"
     "3d383b91c5e7edaa2b714cc99d5743ca",
     "fb017b914e29149432d8bac29a514640b46f53ddab2c69948084e2930f1c8f7e"
     "08e07c9c63f2d21a07dcb56a6af56eb3",
     "b263a1305e057f984d38726a1b46874109f417bca112674c528262a40a629af1"
     "cbb9f516ce0fa7d2ff630863a00e8b9f"},
    {"P-521", x4c_hash_sha512,
     "0151518f1af0f563517edd5485190df95a4bf57b5cba4cf2a9a3f6474725a35f"
     "7afe0a6ddeb8bedbcd6a197e592d40188901cecd650699c9b5e456aea5add19052a8",
     "006f3b142ea1bfff7e2837ad44c9e4ff6d2d34c73184bbad90026dd5e6e85317"
     "d9df45cad7803c6c20035b2f3ff63aff4e1ba64d1c077577da3f4286c58f0aeae643",
     "0154fd3836af92d0dca57dd5341d3053988534fde8318fc6aaaab68e2e6f4339"
     "b19f2f281a7e0b22c269d93cf8794a9278880ed7dbb8d9362caeacee544320552251",
     "017705a7030290d1ceb605a9a1bb03ff9cdd521e87a696ec926c8c10c8362df4"
     "975367101f67d1cf9bccbf2f3d239534fa509e70aac851ae01aac68d62f866472660"},
};

static x4s_public_key *public_point(const char *curve, const char *x, const char *y)
{
    uint8_t point[1 + 132] = {4};
    size_t half = hex_read(x, point + 1, 66);
    size_t len = 1 + half + hex_read(y, point + 1 + half, 66);
    char group[16];
    assert_int_equal(len, 1 + 2 * half);
    (void)snprintf(group, sizeof(group), "%s", curve);
    OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, strlen(group)),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, len),
        OSSL_PARAM_END,
    };
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(ctx);
    fixture_der der = fixture_spki(pkey);
    EVP_PKEY_free(pkey);
    const char *error;
    x4s_public_key *key = x4_public_key_new(crypto, fixture_chunk(&der), &error);
    assert_non_null(key);
    return key;
}

static void rfc4754_vectors(void **state) /* req 4754-7-1 */
{
    (void)state;
    for (size_t i = 0; i < x4m_countof(vectors); i++) {
        uint8_t signature[132];
        uint8_t hash[x4c_hash_size_max];
        const x4s_chunk abc = {.data = (const uint8_t *)"abc", .len = 3};
        size_t half = hex_read(vectors[i].r, signature, 66);
        assert_int_equal(hex_read(vectors[i].s, signature + half, 66), half);
        assert_true(x4_hash(crypto, vectors[i].hash, &abc, 1, hash));

        x4s_chunk bytes = {.data = signature, .len = 2 * half};
        x4s_chunk digest = {.data = hash, .len = x4_hash_size(vectors[i].hash)};
        x4s_public_key *key = public_point(vectors[i].curve, vectors[i].x, vectors[i].y);
        assert_int_equal(x4_public_key_signature_size(key), bytes.len);
        assert_true(x4_sign_verify(crypto, key, digest, bytes));
        signature[half - 1] ^= 1;
        assert_false(x4_sign_verify(crypto, key, digest, bytes));
        x4_public_key_free(key);
    }
}

/* ------------------------------------------------------------------ keys that are elsewhere */

typedef struct vault {
    x4s_private_key *key; /* the real one */
    x4s_sign_job *held;
    bval at_once;
    unsigned cancelled;
} vault;

static void vault_end(vault *v, x4s_sign_job *job)
{
    x4s_sign_job real = *job;
    real.key = v->key;
    run_one(&real);
    job->state = real.state;
}

static void vault_sign(void *context, x4s_sign_job *job)
{
    vault *v = context;
    assert_int_equal(job->state, x4c_sign_pending);
    if (v->at_once)
        vault_end(v, job);
    else
        v->held = job;
}

static void vault_cancel(void *context, x4s_sign_job *job)
{
    vault *v = context;
    assert_ptr_equal(job, v->held);
    v->held = NULL;
    v->cancelled++;
}

static x4s_private_key *opaque(vault *v)
{
    const x4s_key_holder holder = {.sign = vault_sign, .cancel = vault_cancel, .context = v};
    x4s_private_key *key = x4_private_key_opaque(crypto, x4_private_key_public(v->key), &holder);
    assert_non_null(key);
    assert_true(x4_public_key_equal(x4_private_key_public(key), x4_private_key_public(v->key)));
    return key;
}

static void count_completion(x4s_sign_job *job)
{
    ++*(unsigned *)job->owner;
}

static void opaque_at_once(void **state)
{
    (void)state;
    vault v = {.key = keys[1], .at_once = btrue};
    uint8_t signature[x4c_signature_max];
    unsigned completions = 0;
    x4s_private_key *key = opaque(&v);
    x4s_sign_job job = job_for(key, x4c_hash_sha1, signature);
    job.completed = count_completion;
    job.owner = &completions;
    run_one(&job);
    assert_int_equal(job.state, x4c_sign_done);
    assert_true(verify(&job, signature, size_of(&job)));
    assert_int_equal(completions, 0);
    x4_private_key_free(key);
}

/* A batch of which one waits, and ends later. */
static void opaque_later(void **state)
{
    (void)state;
    vault v = {.key = keys[0]};
    uint8_t signatures[2][x4c_signature_max];
    unsigned completions = 0;
    x4s_private_key *key = opaque(&v);
    x4s_sign_job slow = job_for(key, x4c_hash_sha1, signatures[0]);
    x4s_sign_job fast = job_for(keys[2], x4c_hash_sha1, signatures[1]);
    slow.completed = count_completion;
    slow.owner = &completions;
    x4s_sign_job *const batch[] = {&slow, &fast};
    x4_sign_run(crypto, batch, x4m_countof(batch));
    assert_int_equal(slow.state, x4c_sign_pending);
    assert_int_equal(fast.state, x4c_sign_done);
    assert_true(verify(&fast, signatures[1], size_of(&fast)));

    vault_end(&v, v.held);
    slow.completed(&slow);
    assert_int_equal(completions, 1);
    assert_int_equal(slow.state, x4c_sign_done);
    assert_true(verify(&slow, signatures[0], size_of(&slow)));
    x4_sign_cancel(&slow);
    assert_int_equal(slow.state, x4c_sign_done);
    x4_private_key_free(key);
}

static void opaque_cancelled(void **state)
{
    (void)state;
    vault v = {.key = keys[0]};
    uint8_t signature[x4c_signature_max];
    x4s_private_key *key = opaque(&v);
    x4s_sign_job job = job_for(key, x4c_hash_sha1, signature);
    run_one(&job);
    x4_sign_cancel(&job);
    assert_int_equal(job.state, x4c_sign_idle);
    assert_int_equal(v.cancelled, 1);
    x4_sign_cancel(&job);
    assert_int_equal(v.cancelled, 1);
    x4_private_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_of_types),    cmocka_unit_test(sign_and_verify),
        cmocka_unit_test(exact_length),       cmocka_unit_test(rsa_block_is_bare),
        cmocka_unit_test(hash_of_wrong_size), cmocka_unit_test(rfc4754_vectors),
        cmocka_unit_test(opaque_at_once),     cmocka_unit_test(opaque_later),
        cmocka_unit_test(opaque_cancelled),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
