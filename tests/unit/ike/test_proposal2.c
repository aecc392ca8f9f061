/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x4/ike/proposal2.h"

static const x4s_ike_transform2 cbc = {.esp = x4c_ike_esp_aes_cbc,
                                       .key_bits = 128,
                                       .integ = x4c_ike_integ_hmac_sha1,
                                       .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 gcm = {
    .esp = x4c_ike_esp_aes_gcm16, .key_bits = 256, .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 ah = {
    .protocol = x4c_ike_protocol_ah, .integ = x4c_ike_integ_hmac_sha256, .mode = x4c_ike_transport};

struct offer {
    uint8_t buffer[8192];
    x4s_ike_offers offers;
};

/* Writes the configuration's offer and takes it apart again. */
static void write(struct offer *offer, const x4s_ike_config2 *config, uint32_t spi, uint16_t offset)
{
    static const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_quick};
    const size_t at = x4c_isakmp_header + x4c_isakmp_generic;
    x4s_ike_build build;
    x4_build_begin(&build, offer->buffer, sizeof(offer->buffer), &header);
    x4_proposal2_write(&build, config, spi, offset);
    assert_true(x4_build_end(&build, 0));
    const x4s_chunk body = {offer->buffer + at, x4_writer_len(&build.w) - at};
    assert_int_equal(x4_sa_parse(body, &offer->offers), x4c_ike_none);
}

static x4s_ike_config2 config_of(const x4s_ike_transform2 *transforms, size_t count)
{
    return (x4s_ike_config2){.transforms = transforms, .transform_count = count};
}

/* Key sizes: RFC 2404, 3602, 4106 8.1, 3686 5.1, 4309 7.1, 4543 6.1, 4868 2.1.1. */
static void test_key_sizes(void **state)
{
    (void)state;
    static const struct {
        x4s_ike_transform2 t;
        x4s_ike_key_sizes sizes;
    } cases[] = {
        {{.esp = x4c_ike_esp_3des, .integ = x4c_ike_integ_hmac_md5}, {24, 0, 16}},
        {{.esp = x4c_ike_esp_null, .integ = x4c_ike_integ_hmac_sha1}, {0, 0, 20}},
        {{.esp = x4c_ike_esp_aes_cbc, .key_bits = 192, .integ = x4c_ike_integ_hmac_sha256},
         {24, 0, 32}},
        {{.esp = x4c_ike_esp_aes_cbc, .key_bits = 256, .integ = x4c_ike_integ_hmac_sha512},
         {32, 0, 64}},
        {{.esp = x4c_ike_esp_aes_gcm16, .key_bits = 128}, {16, 4, 0}},
        {{.esp = x4c_ike_esp_aes_ctr, .key_bits = 128, .integ = x4c_ike_integ_hmac_sha384},
         {16, 4, 48}},
        {{.esp = x4c_ike_esp_aes_ccm8, .key_bits = 256}, {32, 3, 0}},
        {{.protocol = x4c_ike_protocol_ah, .integ = x4c_ike_integ_aes_xcbc}, {0, 0, 16}},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        x4s_ike_key_sizes sizes;
        assert_true(x4_proposal2_key_sizes(&cases[i].t, &sizes));
        assert_memory_equal(&sizes, &cases[i].sizes, sizeof(sizes));
    }
}

/* RFC 4106 8.4: AES-GCM authenticates itself; encryption alone does not exist. */
static void test_combinations_that_do_not_exist(void **state)
{
    (void)state;
    static const x4s_ike_transform2 bad[] = {
        {.esp = x4c_ike_esp_aes_gcm16, .key_bits = 128, .integ = x4c_ike_integ_hmac_sha1},
        {.esp = x4c_ike_esp_aes_cbc, .key_bits = 128},
        {.esp = x4c_ike_esp_aes_cbc, .key_bits = 64, .integ = x4c_ike_integ_hmac_sha1},
        {.esp = x4c_ike_esp_aes_cbc, .integ = x4c_ike_integ_hmac_sha1},
        {.esp = x4c_ike_esp_3des, .key_bits = 192, .integ = x4c_ike_integ_hmac_sha1},
        {.esp = x4c_ike_esp_null},
        {.esp = 7, .integ = x4c_ike_integ_hmac_sha1},              /* Blowfish */
        {.esp = x4c_ike_esp_aes_cbc, .key_bits = 128, .integ = 3}, /* DES-MAC */
        {.protocol = x4c_ike_protocol_ah},
    };
    x4s_ike_key_sizes sizes;
    for (size_t i = 0; i < x4m_countof(bad); i++)
        assert_false(x4_proposal2_key_sizes(&bad[i], &sizes));
}

static void test_usable_configurations(void **state) /* req 2409-5.5-7 */
{
    (void)state;
    x4s_ike_transform2 many[x4c_ike_transforms2_max + 1];
    for (size_t i = 0; i < x4m_countof(many); i++)
        many[i] = cbc;
    x4s_ike_config2 config = config_of(many, 0);
    assert_false(x4_proposal2_usable(&config));
    config.transform_count = x4c_ike_transforms2_max;
    assert_true(x4_proposal2_usable(&config));
    config.transform_count++;
    assert_false(x4_proposal2_usable(&config));
    config.transform_count = 2;
    many[1].group = x4c_group_modp2048; /* RFC 2409 5.5: one group in an offer */
    assert_false(x4_proposal2_usable(&config));
    many[0].group = x4c_group_modp2048;
    assert_true(x4_proposal2_usable(&config));
    many[0].mode = 0;
    assert_false(x4_proposal2_usable(&config));
}

static void test_what_is_written_is_selected(void **state)
{
    (void)state;
    x4s_ike_transform2 transforms[] = {cbc, gcm, ah};
    transforms[0].life_sec = 3600;
    transforms[0].life_kb = 4608000;
    transforms[1].esn = btrue;
    static struct offer offer;
    const x4s_ike_config2 all = config_of(transforms, x4m_countof(transforms));
    write(&offer, &all, 0x01020304, 0);
    assert_int_equal(offer.offers.count, 3);
    for (size_t i = 0; i < x4m_countof(transforms); i++) {
        const x4s_ike_config2 one = config_of(&transforms[i], 1);
        const x4s_ike_offered *chosen;
        x4s_ike_transform2 agreed;
        uint32_t spi;
        assert_int_equal(x4_proposal2_select(&one, &offer.offers, 0, &agreed, &chosen, &spi),
                         x4c_ike_none);
        assert_ptr_equal(chosen, &offer.offers.list[i]);
        assert_int_equal(spi, 0x01020304);
        assert_memory_equal(&agreed, &transforms[i], sizeof(agreed));
    }
    uint8_t protocol;
    assert_int_equal(x4_proposal2_spi(&offer.offers, &protocol), 0x01020304);
    assert_int_equal(protocol, x4c_protocol_esp);
}

static void test_selection_in_either_order(void **state)
{
    (void)state;
    static struct offer offer;
    const x4s_ike_transform2 theirs[] = {cbc, gcm};
    const x4s_ike_transform2 ours[] = {gcm, cbc};
    const x4s_ike_config2 offered = config_of(theirs, 2);
    x4s_ike_config2 config = config_of(ours, 2);
    write(&offer, &offered, 4096, 0);
    for (int own_order = 0; own_order <= 1; own_order++) {
        const x4s_ike_offered *chosen;
        x4s_ike_transform2 agreed;
        uint32_t spi;
        config.own_order = own_order;
        assert_int_equal(x4_proposal2_select(&config, &offer.offers, 0, &agreed, &chosen, &spi),
                         x4c_ike_none);
        assert_int_equal(agreed.esp, own_order ? x4c_ike_esp_aes_gcm16 : x4c_ike_esp_aes_cbc);
    }
}

/* RFC 3947 5.1: UDP encapsulation where there is a NAT, and only there. */
static void test_encapsulation_follows_the_nat(void **state)
{
    (void)state;
    static const uint16_t offsets[] = {0, x4c_mode_offset_rfc, x4c_mode_offset_draft};
    static struct offer offer;
    const x4s_ike_config2 config = config_of(&cbc, 1);
    for (size_t theirs = 0; theirs < x4m_countof(offsets); theirs++) {
        write(&offer, &config, 4096, offsets[theirs]);
        for (size_t ours = 0; ours < x4m_countof(offsets); ours++) {
            const x4s_ike_offered *chosen;
            x4s_ike_transform2 agreed;
            uint32_t spi;
            bval fits = (offsets[theirs] != 0) == (offsets[ours] != 0);
            assert_int_equal(
                x4_proposal2_select(&config, &offer.offers, offsets[ours], &agreed, &chosen, &spi),
                fits ? x4c_ike_none : x4c_ike_no_proposal2);
            assert_true(!fits || agreed.encap == (offsets[ours] != 0));
        }
    }
}

static void test_nothing_in_common(void **state)
{
    (void)state;
    static struct offer offer;
    const x4s_ike_config2 theirs = config_of(&cbc, 1);
    write(&offer, &theirs, 4096, 0);
    for (int part = 0; part < 5; part++) {
        x4s_ike_transform2 other = cbc;
        other.key_bits = part == 0 ? 256 : other.key_bits;
        other.integ = part == 1 ? x4c_ike_integ_hmac_md5 : other.integ;
        other.mode = part == 2 ? x4c_ike_transport : other.mode;
        other.group = part == 3 ? x4c_group_modp2048 : other.group;
        other.esn = part == 4;
        const x4s_ike_config2 config = config_of(&other, 1);
        const x4s_ike_offered *chosen;
        x4s_ike_transform2 agreed;
        uint32_t spi;
        assert_int_equal(x4_proposal2_select(&config, &offer.offers, 0, &agreed, &chosen, &spi),
                         x4c_ike_no_proposal2);
    }
}

/* The responder has to choose one of ours, with an SPI of its own that is not reserved. */
static void test_answers(void **state) /* req 2409-5-14 */
{
    (void)state;
    static struct offer offer;
    const x4s_ike_config2 config = config_of(&gcm, 1);
    const x4s_ike_config2 other = config_of(&cbc, 1);
    const x4s_ike_transform2 both[] = {gcm, gcm};
    const x4s_ike_config2 two = config_of(both, 2);
    x4s_ike_transform2 agreed;
    uint32_t spi;
    write(&offer, &config, 256, 0);
    assert_int_equal(x4_proposal2_accept(&config, &offer.offers, 0, &agreed, &spi), x4c_ike_none);
    assert_int_equal(spi, 256);
    write(&offer, &config, 255, 0);
    assert_int_not_equal(x4_proposal2_accept(&config, &offer.offers, 0, &agreed, &spi),
                         x4c_ike_none);
    write(&offer, &other, 4096, 0);
    assert_int_equal(x4_proposal2_accept(&config, &offer.offers, 0, &agreed, &spi),
                     x4c_ike_bad_response);
    write(&offer, &two, 4096, 0);
    assert_int_equal(x4_proposal2_accept(&config, &offer.offers, 0, &agreed, &spi),
                     x4c_ike_bad_response);
}

static void test_group_of_an_offer(void **state)
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform2 t = cbc;
    x4s_ike_config2 config = config_of(&t, 1);
    write(&offer, &config, 4096, 0);
    assert_int_equal(x4_proposal2_group(&offer.offers), x4c_group_none);
    t.group = x4c_group_ecp384;
    write(&offer, &config, 4096, 0);
    assert_int_equal(x4_proposal2_group(&offer.offers), x4c_group_ecp384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_sizes),
        cmocka_unit_test(test_combinations_that_do_not_exist),
        cmocka_unit_test(test_usable_configurations),
        cmocka_unit_test(test_what_is_written_is_selected),
        cmocka_unit_test(test_selection_in_either_order),
        cmocka_unit_test(test_encapsulation_follows_the_nat),
        cmocka_unit_test(test_nothing_in_common),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_group_of_an_offer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
