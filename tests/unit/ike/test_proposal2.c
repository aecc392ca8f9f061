/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike/offer.h"

static const x4s_ike_transform2 cbc = {.esp = x4c_ike_esp_aes_cbc,
                                       .key_bits = 128,
                                       .integ = x4c_ike_integ_hmac_sha1,
                                       .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 gcm = {
    .esp = x4c_ike_esp_aes_gcm16, .key_bits = 256, .mode = x4c_ike_tunnel};

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
        assert_true(x4_proposal2_key_sizes(&cases[i].t, x4c_part_main, &sizes));
        assert_memory_equal(&sizes, &cases[i].sizes, sizeof(sizes));
    }
}

/* RFC 4106 8.4: AES-GCM authenticates itself; encryption alone does not exist. */
/* req 2407-4.4.1-2 2407-4.5-4 2407-4.5-5 2407-4.5-6 */
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
        {.protocol = x4c_ike_protocol_ah,
         .integ = x4c_ike_integ_hmac_sha1,
         .ah = x4c_ike_integ_hmac_sha1}, /* AH around AH */
        {.esp = x4c_ike_esp_null, .ah = x4c_ike_integ_hmac_sha1},
        {.esp = x4c_ike_esp_aes_ctr, .key_bits = 128, .ah = x4c_ike_integ_hmac_sha1},
        {.esp = x4c_ike_esp_3des, .integ = x4c_ike_integ_hmac_sha1, .ah = 3},
        {.esp = x4c_ike_esp_3des, .integ = x4c_ike_integ_hmac_sha1, .ipcomp = 1}, /* OUI */
        {.esp = x4c_ike_esp_3des, .integ = x4c_ike_integ_hmac_sha1, .ipcomp = 4},
    };
    for (size_t i = 0; i < x4m_countof(bad); i++)
        assert_false(x4_proposal2_exists(&bad[i]));
}

/* RFC 2406 2.7: what AH authenticates need not authenticate itself. */
static void test_sizes_in_bundles(void **state)
{
    (void)state;
    static const x4s_ike_transform2 t = {.esp = x4c_ike_esp_aes_cbc,
                                         .key_bits = 256,
                                         .ah = x4c_ike_integ_aes192_gmac,
                                         .ipcomp = x4c_ike_ipcomp_deflate};
    static const x4s_ike_key_sizes expected[x4c_part_count] = {
        [x4c_part_main] = {32, 0, 0}, [x4c_part_ah] = {0, 4, 24}};
    assert_true(x4_proposal2_exists(&t));
    for (unsigned part = 0; part < x4c_part_count; part++) {
        x4s_ike_key_sizes sizes;
        assert_true(x4_proposal2_key_sizes(&t, part, &sizes));
        assert_memory_equal(&sizes, &expected[part], sizeof(sizes));
    }
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

/* What is written for each protocol is read again as it was. */
static void test_parts_on_the_wire(void **state)
{
    (void)state;
    static const x4s_ike_transform2 all = {.esp = x4c_ike_esp_3des,
                                           .integ = x4c_ike_integ_hmac_sha1,
                                           .ah = x4c_ike_integ_hmac_sha256,
                                           .ipcomp = x4c_ike_ipcomp_lzs,
                                           .mode = x4c_ike_transport,
                                           .group = x4c_group_ecp256,
                                           .esn = btrue,
                                           .life_sec = 3600,
                                           .life_kb = 1000000};
    static struct offer offer;
    const x4s_ike_config2 config = config_of(&all, 1);
    write(&offer, &config, 0);
    assert_int_equal(offer.offers.count, x4c_part_count);
    static const struct {
        uint8_t protocol, id, integ;
        bval esn;
        size_t spi_size;
        uint32_t spi;
    } expected[] = {{x4c_protocol_ah, 5, x4c_ike_integ_hmac_sha256, btrue, 4, 0x05060708},
                    {x4c_protocol_esp, 3, x4c_ike_integ_hmac_sha1, btrue, 4, 0x01020304},
                    {x4c_protocol_ipcomp, 3, 0, bfalse, 2, 0x1234}};
    for (size_t i = 0; i < x4m_countof(expected); i++) {
        const x4s_ike_offered *offered = &offer.offers.list[i];
        x4s_ike_transform2 t;
        bval understood;
        assert_true(x4_proposal2_read(offered, &t, &understood));
        assert_true(understood);
        assert_true(offered->bundled);
        assert_int_equal(offered->proposal, offer.offers.list[0].proposal);
        assert_int_equal(offered->protocol, expected[i].protocol);
        assert_int_equal(offered->id, expected[i].id);
        assert_int_equal(offered->spi.len, expected[i].spi_size);
        assert_int_equal(x4_proposal2_spi_number(offered->protocol, offered->spi), expected[i].spi);
        assert_int_equal(t.integ, expected[i].integ);
        assert_int_equal(t.esn, expected[i].esn);
        assert_int_equal(t.mode, all.mode);
        assert_int_equal(t.group, all.group);
        assert_int_equal(t.life_sec, all.life_sec);
        assert_int_equal(t.life_kb, all.life_kb);
    }
}

/* Bundles that differ in the cipher only are one; a peer may look at the first of them alone. */
static void test_like_bundles_are_one(void **state)
{
    (void)state;
    x4s_ike_transform2 transforms[] = {cbc, gcm, cbc, gcm};
    static struct offer offer;
    transforms[0].ipcomp = transforms[1].ipcomp = x4c_ike_ipcomp_deflate;
    const x4s_ike_config2 config = config_of(transforms, x4m_countof(transforms));
    write(&offer, &config, 0);
    static const struct {
        uint8_t proposal, protocol, number;
    } expected[] = {
        {0, 3, 1}, {0, 3, 2}, {0, 4, 1}, {1, 3, 1}, {2, 3, 1},
    };
    assert_int_equal(offer.offers.count, x4m_countof(expected));
    for (size_t i = 0; i < x4m_countof(expected); i++) {
        assert_int_equal(offer.offers.list[i].proposal, expected[i].proposal);
        assert_int_equal(offer.offers.list[i].protocol, expected[i].protocol);
        assert_int_equal(offer.offers.list[i].number, expected[i].number);
    }
}

static void test_nothing_is_compressed_without_cpi(void **state)
{
    (void)state;
    x4s_ike_transform2 transforms[] = {cbc, cbc};
    static struct offer offer;
    x4s_ike_spis spis = offer_spis;
    spis.of[x4c_part_ipcomp] = 0;
    transforms[0].ipcomp = x4c_ike_ipcomp_deflate;
    const x4s_ike_config2 config = config_of(transforms, 2);
    write_with(&offer, &config, &spis, 0);
    assert_int_equal(offer.offers.count, 1);
    assert_int_equal(offer.offers.list[0].protocol, x4c_protocol_esp);
    assert_true(x4_proposal2_offers_any(&config, &spis));
    const x4s_ike_config2 compressed = config_of(transforms, 1);
    assert_false(x4_proposal2_offers_any(&compressed, &spis));
    assert_true(x4_proposal2_offers_any(&compressed, &offer_spis));
}

/* RFC 2407 4.5: attributes with another protocol's meaning make a transform that is not known. */
static void test_ipcomp_has_no_keys(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[4];
        bval understood;
    } attributes[] = {
        {{0x80, 4, 0, 1}, btrue},  /* encapsulation mode */
        {{0x80, 3, 0, 19}, btrue}, /* group */
        {{0x80, 5, 0, 2}, bfalse}, /* authentication algorithm */
        {{0x80, 6, 0, 128}, bfalse}, {{0x80, 11, 0, 1}, bfalse},
        {{0x80, 8, 0, 4}, bfalse}, /* compress dictionary size */
        {{0x80, 9, 0, 1}, bfalse}, /* compress private algorithm */
    };
    for (size_t i = 0; i < x4m_countof(attributes); i++) {
        const x4s_ike_offered offered = {.protocol = x4c_protocol_ipcomp,
                                         .id = x4c_ike_ipcomp_deflate,
                                         .attributes = {attributes[i].bytes, 4}};
        x4s_ike_transform2 t;
        bval understood;
        assert_true(x4_proposal2_read(&offered, &t, &understood));
        assert_int_equal(understood, attributes[i].understood);
    }
}

/* RFC 3173 4.1: the CPI comes in two bytes, or in the lower half of four. */
/* RFC 4304 2: 1 means numbers of 64 bits. Some peers say 0 for 32 bits; nothing else is known. */
static void test_values_of_esn(void **state) /* req 4304-2-4 4304-2-3 */
{
    (void)state;
    for (uint8_t value = 0; value < 4; value++) {
        const uint8_t attributes[] = {0x80, x4c_attr2_esn, 0, value};
        const x4s_ike_offered offered = {.protocol = x4c_protocol_esp,
                                         .id = x4c_ike_esp_3des,
                                         .attributes = {attributes, sizeof(attributes)}};
        x4s_ike_transform2 t;
        bval understood;
        assert_true(x4_proposal2_read(&offered, &t, &understood));
        assert_int_equal(understood, value < 2);
        assert_int_equal(t.esn, value == 1);
    }
}

static void test_spi_numbers(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 0, 0x12, 0x34, 0x56};
    static const struct {
        uint8_t protocol;
        size_t at, len;
        uint32_t number;
    } cases[] = {
        {x4c_protocol_ipcomp, 2, 2, 0x1234}, {x4c_protocol_ipcomp, 0, 4, 0x1234},
        {x4c_protocol_ipcomp, 1, 4, 0},      {x4c_protocol_ipcomp, 2, 3, 0},
        {x4c_protocol_ipcomp, 0, 0, 0},      {x4c_protocol_esp, 1, 4, 0x123456},
        {x4c_protocol_esp, 2, 2, 0},         {x4c_protocol_ah, 0, 5, 0},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        const x4s_chunk spi = {bytes + cases[i].at, cases[i].len};
        assert_int_equal(x4_proposal2_spi_number(cases[i].protocol, spi), cases[i].number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_sizes),
        cmocka_unit_test(test_combinations_that_do_not_exist),
        cmocka_unit_test(test_sizes_in_bundles),
        cmocka_unit_test(test_usable_configurations),
        cmocka_unit_test(test_parts_on_the_wire),
        cmocka_unit_test(test_like_bundles_are_one),
        cmocka_unit_test(test_nothing_is_compressed_without_cpi),
        cmocka_unit_test(test_ipcomp_has_no_keys),
        cmocka_unit_test(test_values_of_esn),
        cmocka_unit_test(test_spi_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
