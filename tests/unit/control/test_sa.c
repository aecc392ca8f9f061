/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/sa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/control/vici_print.h"

static struct shard_sa_record *a_record(uint32_t children)
{
    struct shard_sa_record *record =
        calloc(1, sizeof(*record) + children * sizeof(record->children[0]));
    record->connection = "site";
    record->number = 3;
    record->local_id = (x4s_ike_id){x4c_ike_id_fqdn, {(const uint8_t *)"hub", strlen("hub")}};
    record->link = (x4s_net_link){
        .local = {.ip = {192, 0, 2, 1}, .port = 500, .family = x4c_net_ipv4},
        .remote = {.ip = {192, 0, 2, 2}, .port = 4500, .family = x4c_net_ipv4},
    };
    record->child_count = children;
    return record;
}

static void establish(struct shard_sa_record *record)
{
    record->remote_id = (x4s_ike_id){x4c_ike_id_fqdn, {(const uint8_t *)"spoke", strlen("spoke")}};
    record->established = record->up = true;
    record->suite = (x4s_ike_transform1){.cipher = x4c_cipher_aes,
                                         .hash = x4c_hash_sha256,
                                         .group = x4c_group_modp2048,
                                         .key_bits = 128};
    record->age_sec = 5;
    record->rekey_sec = 60;
    memcpy(record->cookie_i, "\1\2\3\4\5\6\7\xfe", 8);
    memcpy(record->cookie_r, "\xff\2\3\4\5\6\7\x8", 8);
}

static const char *put(const struct shard_sa_record *record, char text[TEXT_MAX])
{
    uint8_t buffer[TEXT_MAX];
    x4s_chunk message;
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    control_sa_put(&writer, record);
    assert_true(vici_writer_message(&writer, &message));
    print(message, text);
    return text;
}

static void test_begun(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    struct shard_sa_record *record = a_record(0);
    assert_string_equal(put(record, text), "site{uniqueid=3 version=1 state=CONNECTING "
                                           "local-host=192.0.2.1 local-port=500 local-id=hub "
                                           "remote-host=192.0.2.2 remote-port=4500 remote-id=%any "
                                           "initiator=yes child-sas{}}");
    free(record);
}

static void test_established(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    struct shard_sa_record *record = a_record(0);
    establish(record);
    record->role = x4c_ike_responder;
    record->behind_remote = true;
    record->leases[HUB_INSIDE_IP4] = (x4s_net_addr){.ip = {10, 0, 0, 9}, .family = x4c_net_ipv4};
    assert_string_equal(put(record, text),
                        "site{uniqueid=3 version=1 state=ESTABLISHED "
                        "local-host=192.0.2.1 local-port=500 local-id=hub "
                        "remote-host=192.0.2.2 remote-port=4500 remote-id=spoke "
                        "nat-remote=yes nat-any=yes "
                        "initiator-spi=01020304050607fe responder-spi=ff02030405060708 "
                        "encr-alg=AES_CBC encr-keysize=128 integ-alg=HMAC_SHA2_256_128 "
                        "prf-alg=PRF_HMAC_SHA2_256 dh-group=MODP_2048 "
                        "established=5 rekey-time=60 remote-vips[10.0.0.9]child-sas{}}");
    free(record);
}

static void has_state(struct shard_sa_record *record, const char *state)
{
    char text[TEXT_MAX];
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "state=%s ", state);
    assert_non_null(strstr(put(record, text), wanted));
}

static void test_states(void **state)
{
    (void)state;
    struct shard_sa_record *record = a_record(0);
    establish(record);
    record->replaced = true;
    has_state(record, "REKEYED");
    record->up = false;
    has_state(record, "ORPHANED");
    free(record);
}

static void test_user(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    struct shard_sa_record *record = a_record(0);
    establish(record);
    record->user = true;
    assert_non_null(strstr(put(record, text), "remote-xauth-id=spoke "));
    free(record);
}

static void test_child(void **state)
{
    (void)state;
    char text[TEXT_MAX];
    struct shard_sa_record *record = a_record(1);
    establish(record);
    record->children_untold = 2;
    record->children[0] = (struct shard_child_record){
        .name = "net",
        .spi_in = 0x1000,
        .spi_out = 0xabcdef01,
        .suite = {.esp = x4c_ike_esp_aes_cbc,
                  .integ = x4c_ike_integ_hmac_sha1,
                  .mode = x4c_ike_tunnel,
                  .group = x4c_group_modp2048,
                  .key_bits = 256,
                  .esn = btrue,
                  .encap = btrue},
        .age_sec = 1,
        .expire_sec = 9,
        .up = true,
        .installed = true,
    };
    put(record, text);
    const char *child = strstr(text, "children-untold");
    assert_non_null(child);
    assert_string_equal(child,
                        "children-untold=2 child-sas{net-4096{name=net uniqueid=4096 reqid=4096 "
                        "state=INSTALLED mode=TUNNEL protocol=ESP encap=yes "
                        "spi-in=00001000 spi-out=abcdef01 encr-alg=AES_CBC encr-keysize=256 "
                        "integ-alg=HMAC_SHA1_96 dh-group=MODP_2048 esn=1 "
                        "life-time=9 install-time=1 local-ts[none]remote-ts[none]}}}");
    assert_null(strstr(text, "cpi"));
    record->children[0].cpi_in = 0x100;
    record->children[0].cpi_out = 0xefff;
    assert_non_null(strstr(put(record, text), "spi-out=abcdef01 cpi-in=0100 cpi-out=efff encr"));
    record->children[0].rekeying = true;
    has_state(record, "REKEYING");
    record->children[0].replaced = true;
    has_state(record, "REKEYED");
    record->children[0].up = false;
    has_state(record, "CREATED");
    free(record);
}

/* The most that a record can tell fits into a packet. */
static void test_longest(void **state)
{
    (void)state;
    static uint8_t buffer[512 * 1024];
    static char name[256];
    static uint8_t id[HUB_IDENTITY_MAX];
    memset(name, 'n', sizeof(name) - 1);
    x4s_chunk message;
    struct shard_sa_record *record = a_record(SHARD_RECORD_CHILDREN_MAX);
    establish(record);
    record->connection = name;
    record->remote_id = (x4s_ike_id){x4c_ike_id_key_id, {id, sizeof(id)}};
    record->user = true;
    for (uint32_t i = 0; i < record->child_count; i++)
        record->children[i] = (struct shard_child_record){
            .name = name,
            .spi_in = UINT32_MAX - i,
            .suite = {.esp = x4c_ike_esp_camellia_cbc,
                      .integ = x4c_ike_integ_hmac_sha512,
                      .mode = x4c_ike_transport,
                      .group = x4c_group_modp1024s160,
                      .key_bits = 256,
                      .esn = btrue,
                      .encap = btrue},
            .local = {.family = x4c_net_ipv6,
                      .form = x4c_net_range,
                      .port = 65535,
                      .protocol = 255},
            .remote = {.family = x4c_net_ipv6, .form = x4c_net_range},
            .age_sec = UINT32_MAX,
            .rekey_sec = UINT32_MAX,
            .expire_sec = UINT32_MAX,
            .up = true,
        };
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    control_sa_put(&writer, record);
    assert_true(vici_writer_message(&writer, &message));
    assert_true(vici_message_valid(message));
    free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begun),  cmocka_unit_test(test_established),
        cmocka_unit_test(test_states), cmocka_unit_test(test_user),
        cmocka_unit_test(test_child),  cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
