/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/hex.h"
#include "tests/unit/store/records.h"

/* A record in memory of exactly its size, so that a read behind its end is found. */
struct copy {
    uint8_t *bytes;
    size_t len;
};

static struct copy copy_of(const uint8_t *bytes, size_t len)
{
    struct copy copy = {malloc(len ? len : 1), len};
    assert_non_null(copy.bytes);
    memcpy(copy.bytes, bytes, len);
    return copy;
}

static x4s_chunk chunk_of(const struct copy *copy)
{
    return (x4s_chunk){copy->bytes, copy->len};
}

/* The records that all tests walk over. */
struct sample {
    enum store_kind kind;
    size_t len;
    uint8_t bytes[STORE_RECORD_MAX];
};

static struct sample sample_isakmp(const struct store_isakmp *sa)
{
    struct sample sample = {.kind = STORE_ISAKMP};
    sample.len = store_isakmp_write(sa, sample.bytes);
    assert_true(sample.len > 0);
    return sample;
}

static struct sample sample_child(const struct store_child *child)
{
    struct sample sample = {.kind = STORE_CHILD};
    sample.len = store_child_write(child, sample.bytes);
    assert_true(sample.len > 0);
    return sample;
}

#define SAMPLES 4

static struct sample sample(size_t index)
{
    const struct store_isakmp sa = records_isakmp();
    const struct store_child child = records_child();
    const struct store_child bundle = records_bundle();
    const struct store_isakmp session = records_session();
    if (index == 0 || index == 3)
        return sample_isakmp(index == 0 ? &sa : &session);
    return sample_child(index == 1 ? &child : &bundle);
}

/* Why it is refused; what was accepted is the same bytes when it is written again. */
static enum store_reason reread(const struct sample *of, const uint8_t *bytes, size_t len)
{
    struct copy copy = copy_of(bytes, len);
    static uint8_t again[STORE_RECORD_MAX];
    enum store_reason reason;
    size_t written = 0;
    if (of->kind == STORE_ISAKMP) {
        struct store_isakmp sa;
        reason = store_isakmp_read(chunk_of(&copy), RECORDS_UP_AT, &sa);
        if (reason == STORE_none)
            written = store_isakmp_write(&sa, again);
    } else {
        struct store_child child;
        reason = store_child_read(chunk_of(&copy), RECORDS_UP_AT, &child);
        if (reason == STORE_none)
            written = store_child_write(&child, again);
    }
    if (reason == STORE_none && bytes[1] == STORE_MINOR) {
        assert_int_equal(written, len);
        assert_memory_equal(again, bytes, len);
    }
    free(copy.bytes);
    return reason;
}

/* -------------------------------------------------------------------------- round trips */

static void assert_chunk(x4s_chunk chunk, x4s_chunk expected)
{
    assert_int_equal(chunk.len, expected.len);
    assert_memory_equal(chunk.data, expected.data, expected.len);
}

static void assert_id(const x4s_ike_id *id, const x4s_ike_id *expected)
{
    assert_int_equal(id->type, expected->type);
    assert_chunk(id->data, expected->data);
}

static void test_isakmp_comes_back(void **state)
{
    (void)state;
    const struct store_isakmp sa = records_isakmp();
    const struct sample sample = sample_isakmp(&sa);
    struct store_isakmp read;
    assert_int_equal(
        store_isakmp_read((x4s_chunk){sample.bytes, sample.len}, RECORDS_UP_AT + 4600, &read),
        STORE_none);
    const x4s_ike_keys1 *a = &read.keys;
    const x4s_ike_keys1 *b = &sa.keys;
    assert_memory_equal(a->cookie_i, b->cookie_i, 8);
    assert_memory_equal(a->cookie_r, b->cookie_r, 8);
    assert_int_equal(a->role, b->role);
    assert_true(x4_net_link_equal(&a->link, &b->link));
    assert_true(a->link.encap);
    assert_int_equal(a->suite.cipher, b->suite.cipher);
    assert_int_equal(a->suite.hash, b->suite.hash);
    assert_int_equal(a->suite.group, b->suite.group);
    assert_int_equal(a->suite.auth, b->suite.auth);
    assert_int_equal(a->suite.key_bits, b->suite.key_bits);
    assert_int_equal(a->suite.life_sec, b->suite.life_sec);
    assert_memory_equal(&a->skeyid_d, &b->skeyid_d, sizeof(a->skeyid_d));
    assert_memory_equal(&a->skeyid_a, &b->skeyid_a, sizeof(a->skeyid_a));
    assert_memory_equal(&a->cipher_key, &b->cipher_key, sizeof(a->cipher_key));
    assert_memory_equal(a->iv, b->iv, sizeof(a->iv));
    assert_id(&a->local_id, &b->local_id);
    assert_id(&a->remote_id, &b->remote_id);
    assert_chunk(a->user, b->user);
    assert_true(a->knows_dpd);
    assert_int_equal(a->natt, b->natt);
    assert_true(a->fragments);
    assert_int_equal(a->fragment_size, b->fragment_size);
    assert_false(a->behind_local);
    assert_true(a->behind_remote);
    assert_int_equal(a->dpd_sequence, b->dpd_sequence);
    assert_chunk(read.connection, sa.connection);
    assert_true(x4_net_addr_equal(&read.inner, &sa.inner));
    assert_false(read.replaced);
    assert_int_equal(read.life.written, sa.life.written);
    assert_int_equal(read.life.up_at, sa.life.up_at);
    assert_int_equal(read.life.soft_sec, 13000);
    assert_int_equal(read.life.life_sec, 14400);
    assert_int_equal(a->age_sec, 5);
    assert_int_equal(a->life_left_sec, 14395);
    assert_int_equal(read.life.soft_left_sec, 12995);
}

static void assert_child(const struct store_child *read, const struct store_child *child)
{
    const x4s_ike_keys2 *a = &read->keys;
    const x4s_ike_keys2 *b = &child->keys;
    assert_memory_equal(&a->in, &b->in, sizeof(a->in));
    assert_memory_equal(&a->out, &b->out, sizeof(a->out));
    assert_memory_equal(&a->ah_in, &b->ah_in, sizeof(a->ah_in));
    assert_memory_equal(&a->ah_out, &b->ah_out, sizeof(a->ah_out));
    assert_int_equal(a->encr_len, b->encr_len);
    assert_int_equal(a->salt_len, b->salt_len);
    assert_int_equal(a->integ_len, b->integ_len);
    assert_int_equal(a->ah_integ_len, b->ah_integ_len);
    assert_int_equal(a->cpi_in, b->cpi_in);
    assert_int_equal(a->cpi_out, b->cpi_out);
    assert_int_equal(a->transform.protocol, b->transform.protocol);
    assert_int_equal(a->transform.esp, b->transform.esp);
    assert_int_equal(a->transform.integ, b->transform.integ);
    assert_int_equal(a->transform.ah, b->transform.ah);
    assert_int_equal(a->transform.ipcomp, b->transform.ipcomp);
    assert_int_equal(a->transform.mode, b->transform.mode);
    assert_int_equal(a->transform.group, b->transform.group);
    assert_int_equal(a->transform.esn, b->transform.esn);
    assert_int_equal(a->transform.encap, b->transform.encap);
    assert_int_equal(a->transform.key_bits, b->transform.key_bits);
    assert_int_equal(a->transform.life_sec, b->transform.life_sec);
    assert_int_equal(a->message_id, b->message_id);
    assert_int_equal(a->role, b->role);
    assert_int_equal(a->selectors, b->selectors);
    assert_memory_equal(&a->local, &b->local, sizeof(a->local));
    assert_memory_equal(&a->remote, &b->remote, sizeof(a->remote));
    assert_true(x4_net_addr_equal(&a->original_local, &b->original_local));
    assert_true(x4_net_addr_equal(&a->original_remote, &b->original_remote));
    assert_int_equal(a->life_kb, b->life_kb);
    assert_int_equal(a->soft_kb, b->soft_kb);
    assert_true(x4_net_link_equal(&read->link, &child->link));
    assert_int_equal(read->link.encap, child->link.encap);
    assert_memory_equal(read->cookie_i, child->cookie_i, 8);
    assert_memory_equal(read->cookie_r, child->cookie_r, 8);
    assert_id(&read->local_id, &child->local_id);
    assert_id(&read->remote_id, &child->remote_id);
    assert_chunk(read->connection, child->connection);
    assert_chunk(read->child, child->child);
    assert_true(x4_net_addr_equal(&read->inner, &child->inner));
    assert_int_equal(read->out_sequence, child->out_sequence);
    assert_int_equal(read->replaced, child->replaced);
    assert_int_equal(read->adopted, child->adopted);
}

static void test_children_come_back(void **state)
{
    (void)state;
    const struct store_child children[] = {records_child(), records_bundle()};
    for (size_t i = 0; i < x4m_countof(children); i++) {
        const struct sample sample = sample_child(&children[i]);
        struct store_child read;
        assert_int_equal(
            store_child_read((x4s_chunk){sample.bytes, sample.len}, RECORDS_UP_AT + 1001, &read),
            STORE_none);
        assert_child(&read, &children[i]);
        assert_int_equal(read.keys.life_left_sec, 14398);
        assert_int_equal(read.life.soft_left_sec, 12998);
    }
}

/* What a record may cost; the limits are those that the documents state. */
static void test_records_are_small(void **state)
{
    (void)state;
    const size_t isakmp = sample(0).len;
    const size_t child = sample(1).len;
    print_message("an ISAKMP SA has %zu bytes, a child %zu\n", isakmp, child);
    assert_in_range(isakmp, 1, 400);
    assert_in_range(child, 1, 400);
}

static void test_the_longest_fits(void **state)
{
    (void)state;
    static uint8_t long_name[STORE_TEXT_MAX];
    static uint8_t long_id[1024];
    static uint8_t long_classes[STORE_SESSION_CLASSES_MAX];
    memset(long_name, 'n', sizeof(long_name));
    memset(long_id, 'i', sizeof(long_id));
    const x4s_chunk name = {long_name, sizeof(long_name)};
    const x4s_ike_id id = {x4c_ike_id_key_id, {long_id, sizeof(long_id)}};

    struct store_isakmp sa = records_isakmp();
    sa.keys.local_id = sa.keys.remote_id = id;
    sa.keys.user = id.data;
    sa.connection = name;
    sa.session = records_session().session;
    sa.session.user = (x4s_chunk){long_name, STORE_SESSION_USER_MAX};
    sa.session.classes = (x4s_chunk){long_classes, sizeof(long_classes)};
    for (size_t i = 0; i < sizeof(long_classes); i += 128)
        long_classes[i + 1] = 128;
    (void)sample_isakmp(&sa);

    struct store_child child = records_bundle();
    child.local_id = child.remote_id = id;
    child.connection = child.child = name;
    (void)sample_child(&child);
}

/* -------------------------------------------------------------------------- time */

static enum store_reason read_at(const struct store_isakmp *of, uint64_t now,
                                 struct store_isakmp *sa)
{
    static struct sample sample;
    sample = sample_isakmp(of);
    return store_isakmp_read((x4s_chunk){sample.bytes, sample.len}, now, sa);
}

static void test_nothing_lives_longer_or_gets_younger(void **state)
{
    (void)state;
    struct store_isakmp of = records_isakmp();
    of.life = (struct store_life){
        .written = RECORDS_UP_AT, .up_at = RECORDS_UP_AT, .soft_sec = 60, .life_sec = 100};
    static const struct {
        uint64_t after_ms;
        uint32_t age;
        uint32_t life_left;
        uint32_t soft_left;
    } rows[] = {
        {0, 0, 100, 60},    {1, 1, 99, 59},     {999, 1, 99, 59},
        {1000, 1, 99, 59},  {1001, 2, 98, 58},  {59000, 59, 41, 1},
        {59500, 60, 40, 1}, {70000, 70, 30, 1}, {99000, 99, 1, 1},
    };
    struct store_isakmp sa;
    for (size_t i = 0; i < x4m_countof(rows); i++) {
        assert_int_equal(read_at(&of, RECORDS_UP_AT + rows[i].after_ms, &sa), STORE_none);
        assert_int_equal(sa.keys.age_sec, rows[i].age);
        assert_int_equal(sa.keys.life_left_sec, rows[i].life_left);
        assert_int_equal(sa.life.soft_left_sec, rows[i].soft_left);
    }
    assert_int_equal(read_at(&of, RECORDS_UP_AT + 99001, &sa), STORE_expired);
    assert_int_equal(read_at(&of, RECORDS_UP_AT + 1000000, &sa), STORE_expired);
}

/* Clocks of two machines are not the same, and some are set back. */
static void test_a_clock_behind_makes_nothing_younger(void **state)
{
    (void)state;
    struct store_isakmp of = records_isakmp();
    of.life.written = of.life.up_at + 50000;
    struct store_isakmp sa;
    assert_int_equal(read_at(&of, RECORDS_UP_AT - 3600000, &sa), STORE_none);
    assert_int_equal(sa.keys.age_sec, 50);
    assert_int_equal(sa.keys.life_left_sec, 14350);
    of.life.written = 0;
    assert_int_equal(read_at(&of, RECORDS_UP_AT - 3600000, &sa), STORE_none);
    assert_int_equal(sa.keys.age_sec, 0);
    assert_int_equal(sa.keys.life_left_sec, 14400);
}

static void test_without_limits_nothing_is_over(void **state)
{
    (void)state;
    struct store_isakmp of = records_isakmp();
    of.life.soft_sec = of.life.life_sec = 0;
    struct store_isakmp sa;
    assert_int_equal(read_at(&of, UINT64_MAX, &sa), STORE_none);
    assert_int_equal(sa.keys.age_sec, UINT32_MAX);
    assert_int_equal(sa.keys.life_left_sec, 0);
    assert_int_equal(sa.life.soft_left_sec, 0);
}

/* -------------------------------------------------------------------------- refusals */

static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample whole = sample(i);
        for (size_t len = 0; len < whole.len; len++)
            assert_int_equal(reread(&whole, whole.bytes, len), STORE_truncated);
        assert_int_equal(reread(&whole, whole.bytes, whole.len), STORE_none);
    }
}

static void test_trailing_bytes_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct sample longer = sample(i);
        longer.bytes[longer.len] = 0;
        assert_int_equal(reread(&longer, longer.bytes, longer.len + 1), STORE_trailing);
    }
}

/* It is refused, or it is another SA that can be; and never more is read than there is. */
static void test_every_changed_byte_is_survived(void **state)
{
    (void)state;
    static const uint8_t changes[] = {0x01, 0x80, 0xff};
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample whole = sample(i);
        for (size_t at = 0; at < whole.len; at++)
            for (size_t k = 0; k < x4m_countof(changes); k++) {
                struct sample changed = whole;
                changed.bytes[at] ^= changes[k];
                (void)reread(&changed, changed.bytes, changed.len);
            }
    }
}

static void test_versions(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct sample other = sample(i);
        other.bytes[0] = STORE_MAJOR + 1;
        assert_int_equal(reread(&other, other.bytes, other.len), STORE_too_new);
        assert_int_equal(reread(&other, other.bytes, 1), STORE_too_new);
        other.bytes[0] = 0;
        assert_int_equal(reread(&other, other.bytes, other.len), STORE_bad_value);

        /* Of a newer minor version the fields behind ours are passed over. */
        other.bytes[0] = STORE_MAJOR;
        other.bytes[1] = STORE_MINOR + 1;
        assert_int_equal(reread(&other, other.bytes, other.len), STORE_none);
        memset(other.bytes + other.len, 0xee, 7);
        assert_int_equal(reread(&other, other.bytes, other.len + 7), STORE_none);
        assert_int_equal(reread(&other, other.bytes, other.len - 1), STORE_truncated);
    }
}

static void test_kinds_are_not_confused(void **state)
{
    (void)state;
    struct sample child = sample(1);
    child.kind = STORE_ISAKMP;
    assert_int_equal(reread(&child, child.bytes, child.len), STORE_wrong_kind);
    struct sample isakmp = sample(0);
    isakmp.kind = STORE_CHILD;
    assert_int_equal(reread(&isakmp, isakmp.bytes, isakmp.len), STORE_wrong_kind);
}

static void test_what_is_refused_leaves_no_secret(void **state)
{
    (void)state;
    static const struct store_isakmp no_sa;
    static const struct store_child no_child;
    struct sample isakmp = sample(0);
    struct sample child = sample(1);
    struct store_isakmp sa;
    struct store_child other;
    assert_int_equal(
        store_isakmp_read((x4s_chunk){isakmp.bytes, isakmp.len - 1}, RECORDS_UP_AT, &sa),
        STORE_truncated);
    assert_memory_equal(&sa, &no_sa, sizeof(sa));
    assert_int_equal(
        store_child_read((x4s_chunk){child.bytes, child.len - 1}, RECORDS_UP_AT, &other),
        STORE_truncated);
    assert_memory_equal(&other, &no_child, sizeof(other));
}

/* A change of an ISAKMP SA after which nobody may write it; nor could it be read. */
typedef void (*spoil_isakmp_fn)(struct store_isakmp *sa);

static void no_cookie_i(struct store_isakmp *sa)
{
    memset(sa->keys.cookie_i, 0, 8);
}

static void no_cookie_r(struct store_isakmp *sa)
{
    memset(sa->keys.cookie_r, 0, 8);
}

static void no_cipher(struct store_isakmp *sa)
{
    sa->keys.suite.cipher = 99;
}

static void no_hash(struct store_isakmp *sa)
{
    sa->keys.suite.hash = 3;
}

static void no_group(struct store_isakmp *sa)
{
    sa->keys.suite.group = 0;
}

static void high_group(struct store_isakmp *sa)
{
    sa->keys.suite.group = x4c_group_curve448 + 1;
}

static void no_method(struct store_isakmp *sa)
{
    sa->keys.suite.auth = 4;
}

static void short_key(struct store_isakmp *sa)
{
    sa->keys.cipher_key.len--;
}

static void long_skeyid(struct store_isakmp *sa)
{
    sa->keys.skeyid_d.len++;
}

static void no_identity(struct store_isakmp *sa)
{
    sa->keys.remote_id.data.len = 0;
}

static void bad_identity(struct store_isakmp *sa)
{
    sa->keys.local_id.type = x4c_ike_id_ipv4;
}

static void no_connection(struct store_isakmp *sa)
{
    sa->connection.len = 0;
}

static void long_connection(struct store_isakmp *sa)
{
    static uint8_t name[STORE_TEXT_MAX + 1];
    memset(name, 'n', sizeof(name));
    sa->connection = (x4s_chunk){name, sizeof(name)};
}

static void nul_in_connection(struct store_isakmp *sa)
{
    sa->connection = (x4s_chunk){(const uint8_t *)"a\0b", 3};
}

static void no_port(struct store_isakmp *sa)
{
    sa->keys.link.remote.port = 0;
}

static void no_link(struct store_isakmp *sa)
{
    sa->keys.link.local.family = x4c_net_none;
}

static void two_versions_of_natt(struct store_isakmp *sa)
{
    sa->keys.natt = x4c_ike_natt_rfc | x4c_ike_natt_02;
}

static void never_up(struct store_isakmp *sa)
{
    sa->life.up_at = 0;
}

static void up_in_far_future(struct store_isakmp *sa)
{
    sa->life.up_at = UINT64_MAX;
}

static void written_in_far_future(struct store_isakmp *sa)
{
    sa->life.written = UINT64_C(1) << 48;
}

static void test_impossible_isakmp_is_not_written(void **state)
{
    (void)state;
    static const spoil_isakmp_fn spoils[] = {
        no_cookie_i,
        no_cookie_r,
        no_cipher,
        no_hash,
        no_group,
        high_group,
        no_method,
        short_key,
        long_skeyid,
        no_identity,
        bad_identity,
        no_connection,
        long_connection,
        no_port,
        no_link,
        nul_in_connection,
        up_in_far_future,
        never_up,
        two_versions_of_natt,
        written_in_far_future,
    };
    uint8_t bytes[STORE_RECORD_MAX];
    for (size_t i = 0; i < x4m_countof(spoils); i++) {
        struct store_isakmp sa = records_isakmp();
        spoils[i](&sa);
        assert_int_equal(store_isakmp_write(&sa, bytes), 0);
    }
}

typedef void (*spoil_child_fn)(struct store_child *child);

static void one_cookie(struct store_child *child)
{
    memset(child->cookie_r, 0, 8);
}

static void no_mode(struct store_child *child)
{
    child->keys.transform.mode = 0;
}

static void no_transform(struct store_child *child)
{
    child->keys.transform.esp = 1;
}

static void high_pfs_group(struct store_child *child)
{
    child->keys.transform.group = x4c_group_curve448 + 1;
}

static void reserved_spi(struct store_child *child)
{
    child->keys.in.spi = 255;
}

static void no_spi_out(struct store_child *child)
{
    child->keys.out.spi = 0;
}

static void no_cpi(struct store_child *child)
{
    child->keys.transform.ipcomp = x4c_ike_ipcomp_lzs;
}

static void no_selector(struct store_child *child)
{
    child->keys.local.family = x4c_net_none;
}

static void turned_selector(struct store_child *child)
{
    child->keys.local.from[0] = 11;
}

static void no_form(struct store_child *child)
{
    child->keys.local.form = 3;
}

static void no_child_name(struct store_child *child)
{
    child->child.len = 0;
}

static void test_impossible_children_are_not_written(void **state)
{
    (void)state;
    static const spoil_child_fn spoils[] = {
        one_cookie, no_mode,     no_transform,    high_pfs_group, reserved_spi,  no_spi_out,
        no_cpi,     no_selector, turned_selector, no_form,        no_child_name,
    };
    uint8_t bytes[STORE_RECORD_MAX];
    for (size_t i = 0; i < x4m_countof(spoils); i++) {
        struct store_child child = records_child();
        spoils[i](&child);
        assert_int_equal(store_child_write(&child, bytes), 0);
    }
}

/* The two hosts themselves need no selectors. */
static void test_a_child_without_selectors(void **state)
{
    (void)state;
    struct store_child child = records_child();
    child.keys.selectors = bfalse;
    child.keys.local = child.keys.remote = (x4s_net_selector){0};
    const struct sample sample = sample_child(&child);
    struct store_child read;
    assert_int_equal(store_child_read((x4s_chunk){sample.bytes, sample.len}, RECORDS_UP_AT, &read),
                     STORE_none);
    assert_child(&read, &child);
}

/* -------------------------------------------------------------------------- version 1 */

/* Bytes of version 1.0, which every later one with the same major version has to read. */
#define GOLDEN 3
static const char *const golden[GOLDEN] = {
    "0100010000018bcfe568800000018bcfe5687b000032c800003840010203040506070811121314151617180104"
    "c0000201c6336407119480e80107040efde901000000384000000000202122232425262728292a2b2c2d2e2f30"
    "3132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d"
    "5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a"
    "8b8c8d8e8f020013676174657761792e6578616d706c652e6e657403001167726f7570406578616d706c652e6e"
    "65740005616c6963650112345678010001010500000000000c726f616477617272696f7273040a09080700",
    "0100020000018bcfe568800000018bcfe5687b000032c800003840010203040506070811121314151617180100"
    "0c0500000100000001010000000e1000000000c0ffee01202122232425262728292a2b2c2d2e2f303132333435"
    "363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5fdecade"
    "02606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"
    "8c8d8e8f909192939495969798999a9b9c9d9e9fabcdef010104010000000a0101000a0101ff04010000000a01"
    "02000a0102ff0000000f4240000dbba004c0000201c6336407119480e801020013676174657761792e6578616d"
    "706c652e6e65740b0005616c6963650c726f616477617272696f7273036e6574040a0908070000000100000000"
    "0000",
    "0100020000018bcfe568800000018bcfe5687b000032c800003840000000000000000000000000000000000100"
    "14000702021301000001000000000000000000c0ffee010102030405060708090a0b0c0d0e0f10111213141516"
    "1718191a1b1c1d1e1f2002030405c0ffee01030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
    "1e1f202122040506070000010005060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324"
    "25262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f4041424344ffffffff060708090a0b0c0d0e"
    "0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b"
    "3c3d3e3f4041424344450100efffabcdef01010600060050200100000000000000000000000000000602000000"
    "200200000000000000000000000000002003000000000000000000000000000004c0a8000106fe800000000000"
    "00000000000000000000000003000f4240000dbba006fe80000000000000000000000000000000000002200100"
    "000000000000000000000000000000000001f401f400020013676174657761792e6578616d706c652e6e65740b"
    "0005616c6963650c726f616477617272696f7273036e65740000000001000000000101",
};

/* Bytes of an ISAKMP SA behind those of version 1.0: no session, and no IPv6 address besides, which
 * a child has as well. */
#define NOTHING_BEHIND 2

/* What version 1.2 has there, with a session and an IPv6 address. */
static const char session_golden[] =
    "010000018bcfe569430000018bd01c56fbfedcba980000004d0000012c01040a09080704ffff000005616c6963"
    "65000619046162"
    "1902"
    "06fd03000000000000000000000000000700000000";

static size_t read_golden(size_t index, uint8_t bytes[STORE_RECORD_MAX])
{
    return hex_read(golden[index], bytes, STORE_RECORD_MAX);
}

static void test_version_1_stays_as_it_is(void **state)
{
    (void)state;
    uint8_t expected[STORE_RECORD_MAX];
    for (size_t i = 0; i < GOLDEN; i++) {
        const struct sample of = sample(i);
        memset(expected, 0, sizeof(expected));
        size_t len = read_golden(i, expected);
        expected[1] = STORE_MINOR;
        len += of.kind == STORE_ISAKMP ? NOTHING_BEHIND : 1;
        assert_int_equal(of.len, len);
        assert_memory_equal(of.bytes, expected, len);
    }
    const struct sample session = sample(3);
    const size_t tail = hex_read(session_golden, expected, sizeof(expected));
    assert_int_equal(session.len, sample(0).len - NOTHING_BEHIND + tail);
    assert_memory_equal(session.bytes + session.len - tail, expected, tail);
}

/* It had no IPv6 address besides. */
static void test_version_1_1_is_read(void **state)
{
    (void)state;
    struct sample old = sample(0);
    struct store_isakmp sa;
    old.bytes[1] = 1;
    assert_int_equal(store_isakmp_read((x4s_chunk){old.bytes, old.len - 1}, RECORDS_UP_AT, &sa),
                     STORE_none);
}

static void test_version_1_0_is_read(void **state)
{
    (void)state;
    uint8_t bytes[STORE_RECORD_MAX];
    static uint8_t again[STORE_RECORD_MAX];
    struct store_isakmp sa;
    struct store_child child;
    size_t len = read_golden(0, bytes);
    assert_int_equal(store_isakmp_read((x4s_chunk){bytes, len}, RECORDS_UP_AT, &sa), STORE_none);
    assert_int_equal(store_isakmp_write(&sa, again), sample(0).len);
    assert_memory_equal(again, sample(0).bytes, sample(0).len);
    for (size_t i = 1; i < GOLDEN; i++) {
        len = read_golden(i, bytes);
        assert_int_equal(store_child_read((x4s_chunk){bytes, len}, RECORDS_UP_AT, &child),
                         STORE_none);
        assert_int_equal(store_child_write(&child, again), sample(i).len);
        assert_memory_equal(again, sample(i).bytes, sample(i).len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isakmp_comes_back),
        cmocka_unit_test(test_children_come_back),
        cmocka_unit_test(test_records_are_small),
        cmocka_unit_test(test_the_longest_fits),
        cmocka_unit_test(test_nothing_lives_longer_or_gets_younger),
        cmocka_unit_test(test_a_clock_behind_makes_nothing_younger),
        cmocka_unit_test(test_without_limits_nothing_is_over),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_trailing_bytes_are_refused),
        cmocka_unit_test(test_every_changed_byte_is_survived),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_kinds_are_not_confused),
        cmocka_unit_test(test_what_is_refused_leaves_no_secret),
        cmocka_unit_test(test_impossible_isakmp_is_not_written),
        cmocka_unit_test(test_impossible_children_are_not_written),
        cmocka_unit_test(test_a_child_without_selectors),
        cmocka_unit_test(test_version_1_stays_as_it_is),
        cmocka_unit_test(test_version_1_0_is_read),
        cmocka_unit_test(test_version_1_1_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
