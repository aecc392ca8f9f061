/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ike/offer.h"

static const x4s_ike_transform2 cbc = {.esp = x4c_ike_esp_aes_cbc,
                                       .key_bits = 128,
                                       .integ = x4c_ike_integ_hmac_sha1,
                                       .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 gcm = {
    .esp = x4c_ike_esp_aes_gcm16, .key_bits = 256, .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 ah = {
    .protocol = x4c_ike_protocol_ah, .integ = x4c_ike_integ_hmac_sha256, .mode = x4c_ike_transport};
static const x4s_ike_transform2 ah_esp = {
    .esp = x4c_ike_esp_3des, .ah = x4c_ike_integ_hmac_sha1, .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 esp_ipcomp = {.esp = x4c_ike_esp_3des,
                                              .integ = x4c_ike_integ_hmac_sha1,
                                              .ipcomp = x4c_ike_ipcomp_deflate,
                                              .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 ah_ipcomp = {.protocol = x4c_ike_protocol_ah,
                                             .integ = x4c_ike_integ_hmac_sha1,
                                             .ipcomp = x4c_ike_ipcomp_lzs,
                                             .mode = x4c_ike_tunnel};
static const x4s_ike_transform2 all_three = {.esp = x4c_ike_esp_aes_cbc,
                                             .key_bits = 192,
                                             .integ = x4c_ike_integ_hmac_sha256,
                                             .ah = x4c_ike_integ_hmac_sha512,
                                             .ipcomp = x4c_ike_ipcomp_deflate,
                                             .mode = x4c_ike_transport};

static x4e_ike_reason select_one(const x4s_ike_transform2 *ours, const x4s_ike_offers *offers,
                                 x4s_ike_choice *choice)
{
    static const x4s_ike_terms terms = {.compresses = btrue};
    const x4s_ike_config2 config = config_of(ours, 1);
    return x4_bundle_select(&config, offers, &terms, choice);
}

static void expect_refused(const x4s_ike_transform2 *ours, const x4s_ike_offers *offers)
{
    x4s_ike_choice choice;
    assert_int_equal(select_one(ours, offers, &choice), x4c_ike_no_proposal2);
}

/* req 2408-2.4-3 2408-4.2-4 2408-4.2-5 2408-5.5-1 */
static void test_what_is_written_is_selected(void **state)
{
    (void)state;
    x4s_ike_transform2 transforms[] = {cbc, gcm, ah, ah_esp, esp_ipcomp, ah_ipcomp, all_three};
    transforms[0].life_sec = 3600;
    transforms[0].life_kb = 4608000;
    transforms[1].esn = transforms[3].esn = btrue;
    transforms[6].life_sec = 600;
    static struct offer offer;
    const x4s_ike_config2 all = config_of(transforms, x4m_countof(transforms));
    write(&offer, &all, 0);
    assert_int_equal(offer.offers.count, 1 + 1 + 1 + 2 + 2 + 2 + 3);
    for (size_t i = 0; i < x4m_countof(transforms); i++) {
        x4s_ike_choice choice;
        assert_int_equal(select_one(&transforms[i], &offer.offers, &choice), x4c_ike_none);
        assert_memory_equal(&choice.agreed, &transforms[i], sizeof(choice.agreed));
        for (unsigned part = 0; part < x4c_part_count; part++) {
            bval has = x4_proposal2_has(&transforms[i], part);
            assert_int_equal(choice.spis.of[part], has ? offer_spis.of[part] : 0);
            assert_true(!has || offer.offers.list[choice.at[part]].proposal == i);
        }
    }
}

/* A bundle is chosen whole: not its parts, and not with parts that were not offered. */
static void test_all_or_nothing(void **state) /* req 2408-4.2-2 */
{
    (void)state;
    static const x4s_ike_transform2 *const kinds[] = {&cbc,        &ah,        &ah_esp,
                                                      &esp_ipcomp, &ah_ipcomp, &all_three};
    static struct offer offer;
    for (size_t theirs = 0; theirs < x4m_countof(kinds); theirs++) {
        const x4s_ike_config2 config = config_of(kinds[theirs], 1);
        write(&offer, &config, 0);
        for (size_t ours = 0; ours < x4m_countof(kinds); ours++)
            if (ours != theirs)
                expect_refused(kinds[ours], &offer.offers);
        x4s_ike_transform2 part = *kinds[theirs];
        part.ipcomp = part.ah = 0;
        part.integ = part.integ ? part.integ : x4c_ike_integ_hmac_sha1;
        if (kinds[theirs]->ipcomp || kinds[theirs]->ah)
            expect_refused(&part, &offer.offers);
    }
}

static void test_selection_in_either_order(void **state) /* req 2408-4.2-7 2408-4.2.1-1 */
{
    (void)state;
    static struct offer offer;
    const x4s_ike_transform2 theirs[] = {cbc, gcm, esp_ipcomp};
    const x4s_ike_transform2 ours[] = {esp_ipcomp, gcm, cbc};
    static const x4s_ike_terms terms = {.compresses = btrue};
    const x4s_ike_config2 offered = config_of(theirs, 3);
    x4s_ike_config2 config = config_of(ours, 3);
    write(&offer, &offered, 0);
    for (int own_order = 0; own_order <= 1; own_order++) {
        x4s_ike_choice choice;
        config.own_order = own_order;
        assert_int_equal(x4_bundle_select(&config, &offer.offers, &terms, &choice), x4c_ike_none);
        assert_int_equal(choice.agreed.esp, own_order ? x4c_ike_esp_3des : x4c_ike_esp_aes_cbc);
    }
}

/* Of the transforms in one bundle the peer's first, or ours. */
static void test_order_within_a_bundle(void **state)
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform2 theirs[] = {cbc, gcm};
    static const x4s_ike_terms terms = {.compresses = btrue};
    theirs[0].ipcomp = theirs[1].ipcomp = x4c_ike_ipcomp_deflate;
    const x4s_ike_transform2 ours[] = {theirs[1], theirs[0]};
    const x4s_ike_config2 offered = config_of(theirs, 2);
    x4s_ike_config2 config = config_of(ours, 2);
    write(&offer, &offered, 0);
    assert_int_equal(offer.offers.count, 3);
    for (int own_order = 0; own_order <= 1; own_order++) {
        x4s_ike_choice choice;
        config.own_order = own_order;
        assert_int_equal(x4_bundle_select(&config, &offer.offers, &terms, &choice), x4c_ike_none);
        assert_int_equal(choice.at[x4c_part_main], own_order);
        assert_int_equal(choice.at[x4c_part_ipcomp], 2);
    }
}

/* RFC 3947 5.1: UDP encapsulation where there is a NAT, and only there. */
static void test_encapsulation_follows_the_nat(void **state) /* req 3947-5.1-1 3947-5.1-2 */
{
    (void)state;
    static const uint16_t offsets[] = {0, x4c_mode_offset_rfc, x4c_mode_offset_draft};
    static const x4s_ike_transform2 *const kinds[] = {&cbc, &esp_ipcomp};
    static struct offer offer;
    for (size_t kind = 0; kind < x4m_countof(kinds); kind++) {
        const x4s_ike_config2 config = config_of(kinds[kind], 1);
        for (size_t theirs = 0; theirs < x4m_countof(offsets); theirs++) {
            write(&offer, &config, offsets[theirs]);
            for (size_t ours = 0; ours < x4m_countof(offsets); ours++) {
                const x4s_ike_terms terms = {offsets[ours], btrue};
                x4s_ike_choice choice;
                bval fits = (offsets[theirs] != 0) == (offsets[ours] != 0);
                assert_int_equal(x4_bundle_select(&config, &offer.offers, &terms, &choice),
                                 fits ? x4c_ike_none : x4c_ike_no_proposal2);
                assert_true(!fits || choice.agreed.encap == (offsets[ours] != 0));
            }
        }
    }
}

/* Attributes are to blame if there is nothing in the offer but such that cannot be read. */
/* req 2407-4.5.2-2 2407-4.5.3-1 4304-2-2 */
static void test_attributes_that_cannot_be_read(void **state)
{
    (void)state;
    static const uint8_t unknown[] = {0x80, 30, 0, 1};
    static const uint8_t esn[] = {0x80, x4c_attr2_esn, 0, 2};
    static const uint8_t contradiction[] = {0x80, x4c_attr2_mode, 0, 1, 0x80, x4c_attr2_mode, 0, 2};
    const x4s_chunk lists[] = {
        {unknown, sizeof(unknown)}, {esn, sizeof(esn)}, {contradiction, sizeof(contradiction)}};
    for (size_t i = 0; i < x4m_countof(lists); i++) {
        static struct offer offer;
        const x4s_ike_transform2 both[] = {gcm, cbc};
        const x4s_ike_config2 config = config_of(both, 2);
        x4s_ike_choice choice;
        write(&offer, &config, 0);
        offer.offers.list[0].attributes = lists[i];
        assert_int_equal(select_one(&cbc, &offer.offers, &choice), x4c_ike_none);
        assert_int_equal(select_one(&gcm, &offer.offers, &choice), x4c_ike_no_proposal2);
        offer.offers.list[1].attributes = lists[i];
        assert_int_equal(select_one(&cbc, &offer.offers, &choice), x4c_ike_bad_attributes);
        offer.offers.list[1].protocol = 9;
        assert_int_equal(select_one(&cbc, &offer.offers, &choice), x4c_ike_bad_attributes);
        offer.offers.list[0].protocol =
            9; /* protocols that are not ours have attributes of theirs */
        assert_int_equal(select_one(&cbc, &offer.offers, &choice), x4c_ike_no_proposal2);

        static const x4s_ike_terms terms = {0};
        const x4s_ike_config2 one = config_of(&cbc, 1);
        write(&offer, &one, 0);
        offer.offers.list[0].attributes = lists[i];
        assert_int_equal(x4_bundle_accept(&one, &offer.offers, &terms, &choice),
                         x4c_ike_bad_response);
    }
}

static void test_nothing_in_common(void **state) /* req 2408-5.5-3 2408-5.5-4 2408-5.6-2 */
{
    (void)state;
    static struct offer offer;
    const x4s_ike_config2 theirs = config_of(&all_three, 1);
    write(&offer, &theirs, 0);
    for (int part = 0; part < 8; part++) {
        x4s_ike_transform2 other = all_three;
        other.key_bits = part == 0 ? 256 : other.key_bits;
        other.integ = part == 1 ? x4c_ike_integ_hmac_md5 : other.integ;
        other.mode = part == 2 ? x4c_ike_tunnel : other.mode;
        other.group = part == 3 ? x4c_group_modp2048 : other.group;
        other.esn = part == 4;
        other.ah = part == 5 ? x4c_ike_integ_hmac_sha1 : other.ah;
        other.ipcomp = part == 6 ? x4c_ike_ipcomp_lzs : other.ipcomp;
        other.esp = part == 7 ? x4c_ike_esp_camellia_cbc : other.esp;
        expect_refused(&other, &offer.offers);
    }
}

/* Without a CPI of ours what is compressed is passed over. */
static void test_no_cpi(void **state)
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform2 transforms[] = {esp_ipcomp, esp_ipcomp};
    static const x4s_ike_terms terms = {0};
    transforms[1].ipcomp = x4c_ike_ipcomp_none;
    const x4s_ike_config2 config = config_of(transforms, 2);
    const x4s_ike_config2 compressed = config_of(transforms, 1);
    write(&offer, &config, 0);
    x4s_ike_choice choice;
    assert_int_equal(x4_bundle_select(&compressed, &offer.offers, &terms, &choice),
                     x4c_ike_no_proposal2);
    assert_int_equal(x4_bundle_select(&config, &offer.offers, &terms, &choice), x4c_ike_none);
    assert_int_equal(choice.agreed.ipcomp, x4c_ike_ipcomp_none);
    assert_int_equal(choice.at[x4c_part_main], 2);
}

/* ------------------------------------------------------------------ offers as others write them */

/* A proposal payload with one transform, of 3DES with HMAC-SHA-1 or DEFLATE. */
struct payload {
    uint8_t number;
    uint8_t protocol;
    uint8_t mode; /* 0: not said */
    uint32_t spi;
    uint8_t spi_size;
};

static void parse(const struct payload *payloads, size_t count, x4s_ike_offers *offers)
{
    static const uint8_t ids[] = {
        [x4c_protocol_ah] = 3, [x4c_protocol_esp] = 3, [x4c_protocol_ipcomp] = 2, [5] = 1};
    static const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_quick};
    static uint8_t buffer[1024];
    const size_t at = x4c_isakmp_header + x4c_isakmp_generic;
    x4s_ike_build build;
    x4s_sa_writer sa;
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_sa_begin(&sa, &build);
    for (size_t i = 0; i < count; i++) {
        const struct payload *p = &payloads[i];
        uint8_t spi[4];
        x4_proposal2_spi_bytes(p->spi, p->spi_size, spi);
        x4_sa_proposal(&sa, p->number, p->protocol, (x4s_chunk){spi, p->spi_size});
        x4_sa_transform(&sa, 1, ids[p->protocol]);
        if (p->mode)
            x4_writer_u32(&build.w, 0x80040000u | p->mode);
        if (p->protocol != x4c_protocol_ipcomp)
            x4_writer_u32(&build.w, 0x80050002u);
    }
    x4_sa_end(&sa);
    assert_true(x4_build_end(&build, 0));
    const x4s_chunk body = {buffer + at, x4_writer_len(&build.w) - at};
    assert_int_equal(x4_sa_parse(body, offers), x4c_ike_none);
}

#define AH(number, mode)                                                                           \
    {                                                                                              \
        number, x4c_protocol_ah, mode, 0x1000, 4                                                   \
    }
#define ESP(number, mode)                                                                          \
    {                                                                                              \
        number, x4c_protocol_esp, mode, 0x2000, 4                                                  \
    }
#define COMP(number, mode)                                                                         \
    {                                                                                              \
        number, x4c_protocol_ipcomp, mode, 0x3000, 2                                               \
    }

static x4s_ike_transform2 three_of(uint8_t mode)
{
    return (x4s_ike_transform2){.esp = x4c_ike_esp_3des,
                                .integ = x4c_ike_integ_hmac_sha1,
                                .ah = x4c_ike_integ_hmac_sha1,
                                .ipcomp = x4c_ike_ipcomp_deflate,
                                .mode = mode};
}

/* All in one mode, or the innermost in tunnel mode and what is around it in transport mode. */
static void test_modes(void **state)
{
    (void)state;
    enum { NONE = 0, TUNNEL = x4c_ike_tunnel, TRANSPORT = x4c_ike_transport };
    static const struct {
        uint8_t ah, esp, ipcomp, agreed;
    } cases[] = {
        {TUNNEL, TUNNEL, TUNNEL, TUNNEL},
        {TRANSPORT, TRANSPORT, TRANSPORT, TRANSPORT},
        {TRANSPORT, TRANSPORT, TUNNEL, TUNNEL},
        {TRANSPORT, TUNNEL, TUNNEL, TUNNEL},
        {NONE, NONE, NONE, TUNNEL},
        {NONE, NONE, TRANSPORT, TRANSPORT},
        {TUNNEL, TRANSPORT, TRANSPORT, NONE},
        {TRANSPORT, TUNNEL, TRANSPORT, NONE},
        {3, TUNNEL, TUNNEL, NONE}, /* in UDP, where there is no NAT */
        {TUNNEL, 3, TUNNEL, NONE},
        {TUNNEL, TUNNEL, 3, NONE},
    };
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        const struct payload payloads[] = {AH(1, cases[i].ah), ESP(1, cases[i].esp),
                                           COMP(1, cases[i].ipcomp)};
        x4s_ike_offers offers;
        parse(payloads, x4m_countof(payloads), &offers);
        for (uint8_t mode = TUNNEL; mode <= TRANSPORT; mode++) {
            const x4s_ike_transform2 ours = three_of(mode);
            x4s_ike_choice choice;
            bval fits = mode == cases[i].agreed;
            assert_int_equal(select_one(&ours, &offers, &choice),
                             fits ? x4c_ike_none : x4c_ike_no_proposal2);
            if (fits)
                assert_int_equal(x4_bundle_transports(&offers), mode == TRANSPORT);
        }
    }
}

/* What cannot be a bundle is nothing, and what follows it is looked at all the same. */
static void test_bundles_that_are_none(void **state) /* req 2408-4.2-2 2408-4.2-3 */
{
    (void)state;
    static const struct payload cases[][4] = {
        {ESP(1, 1), ESP(1, 1), ESP(2, 1)},
        {ESP(1, 1), AH(1, 1), AH(1, 1), ESP(2, 1)},
        {COMP(1, 1), COMP(1, 1), ESP(2, 1)},
        {COMP(1, 1), ESP(2, 1)},
        {ESP(1, 1), {1, 5, 1, 0x4000, 4}, ESP(2, 1)},
        {ESP(1, 1), ESP(2, 1), COMP(1, 1), ESP(3, 1)}, /* in pieces */
    };
    static const size_t last[] = {2, 3, 2, 1, 2, 1};
    const x4s_ike_transform2 ours = {
        .esp = x4c_ike_esp_3des, .integ = x4c_ike_integ_hmac_sha1, .mode = x4c_ike_tunnel};
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        size_t count = 0;
        while (count < 4 && cases[i][count].protocol)
            count++;
        x4s_ike_offers offers;
        x4s_ike_choice choice;
        parse(cases[i], count, &offers);
        assert_int_equal(select_one(&ours, &offers, &choice), x4c_ike_none);
        assert_int_equal(choice.at[x4c_part_main], last[i]);
    }
}

/* Each protocol has an SPI of its own, and none of those that are reserved. */
static void test_spis(void **state) /* req 3948-2.1-4 */
{
    (void)state;
    static const struct {
        uint32_t ah, esp, cpi;
        uint8_t cpi_size;
        bval fits;
    } cases[] = {
        {256, 256, 256, 2, btrue},      {256, 256, 256, 4, btrue},
        {255, 256, 256, 2, bfalse},     {256, 255, 256, 2, bfalse},
        {256, 256, 255, 2, bfalse},     {256, 256, 0xffff, 2, btrue},
        {256, 256, 0x10100, 4, bfalse}, {UINT32_MAX, 300, 400, 4, btrue},
    };
    const x4s_ike_transform2 ours = three_of(x4c_ike_tunnel);
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        struct payload payloads[] = {COMP(1, 1), ESP(1, 1), AH(1, 1)}; /* in any order */
        payloads[0].spi = cases[i].cpi;
        payloads[0].spi_size = cases[i].cpi_size;
        payloads[1].spi = cases[i].esp;
        payloads[2].spi = cases[i].ah;
        x4s_ike_offers offers;
        x4s_ike_choice choice;
        parse(payloads, 3, &offers);
        assert_int_equal(select_one(&ours, &offers, &choice),
                         cases[i].fits ? x4c_ike_none : x4c_ike_no_proposal2);
        if (!cases[i].fits)
            continue;
        assert_int_equal(choice.spis.of[x4c_part_main], cases[i].esp);
        assert_int_equal(choice.spis.of[x4c_part_ah], cases[i].ah);
        assert_int_equal(choice.spis.of[x4c_part_ipcomp], cases[i].cpi);
        assert_int_equal(choice.cpi_size, cases[i].cpi_size);
    }
}

/* The notify that refuses an offer names an SPI that its receiver knows: not a CPI. */
static void test_spi_for_a_notify(void **state)
{
    (void)state;
    static const struct payload payloads[] = {COMP(1, 1), AH(1, 1), ESP(2, 1)};
    x4s_ike_offers offers;
    uint8_t protocol;
    parse(payloads, 3, &offers);
    assert_int_equal(x4_bundle_spi(&offers, &protocol), 0x1000);
    assert_int_equal(protocol, x4c_protocol_ah);
    assert_true(x4_bundle_compresses(&offers));
    parse(payloads, 1, &offers);
    assert_int_equal(x4_bundle_spi(&offers, &protocol), 0);
    parse(payloads + 1, 2, &offers);
    assert_false(x4_bundle_compresses(&offers));
}

/* ------------------------------------------------------------------ answers */

static x4e_ike_reason accept(const x4s_ike_config2 *config, const x4s_ike_offers *offers)
{
    static const x4s_ike_terms terms = {.compresses = btrue};
    x4s_ike_choice choice;
    return x4_bundle_accept(config, offers, &terms, &choice);
}

/* The responder has to choose one of ours, with an SPI of its own that is not reserved. */
static void test_answers(void **state) /* req 2409-5-14 2408-4.2-11 */
{
    (void)state;
    static struct offer offer;
    const x4s_ike_config2 config = config_of(&gcm, 1);
    const x4s_ike_config2 other = config_of(&cbc, 1);
    const x4s_ike_transform2 both[] = {gcm, gcm};
    const x4s_ike_config2 two = config_of(both, 2);
    x4s_ike_spis spis = {{256}};
    write_with(&offer, &config, &spis, 0);
    assert_int_equal(accept(&config, &offer.offers), x4c_ike_none);
    spis.of[x4c_part_main] = 255;
    write_with(&offer, &config, &spis, 0);
    assert_int_equal(accept(&config, &offer.offers), x4c_ike_bad_response);
    write(&offer, &other, 0);
    assert_int_equal(accept(&config, &offer.offers), x4c_ike_bad_response);
    write(&offer, &two, 0);
    assert_int_equal(accept(&config, &offer.offers), x4c_ike_bad_response);
}

/* One transform for each protocol that was offered together, no more and no less. */
static void test_answers_to_bundles(void **state)
{
    (void)state;
    static const struct payload good[] = {AH(1, 1), ESP(1, 1), COMP(1, 1)};
    static const struct payload cases[][4] = {
        {AH(1, 1), ESP(1, 1)},
        {ESP(1, 1), COMP(1, 1)},
        {ESP(1, 1)},
        {COMP(1, 1)},
        {AH(1, 1), ESP(1, 1), COMP(2, 1)},
        {AH(1, 1), ESP(1, 1), COMP(1, 1), ESP(2, 1)},
        {AH(1, 1), ESP(1, 1), COMP(1, 1), COMP(1, 1)},
        {AH(1, 2), ESP(1, 2), COMP(1, 2)},
    };
    const x4s_ike_transform2 ours = three_of(x4c_ike_tunnel);
    const x4s_ike_config2 config = config_of(&ours, 1);
    x4s_ike_offers offers;
    parse(good, x4m_countof(good), &offers);
    assert_int_equal(accept(&config, &offers), x4c_ike_none);
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        size_t count = 0;
        while (count < 4 && cases[i][count].protocol)
            count++;
        parse(cases[i], count, &offers);
        assert_int_equal(accept(&config, &offers), x4c_ike_bad_response);
    }
}

/* strongSwan repeats the chosen ESP alone behind the bundle; what else follows is no answer. */
static void test_answer_with_an_echo(void **state)
{
    (void)state;
    static const struct {
        struct payload payloads[4];
        bval accepted;
    } cases[] = {
        {{ESP(1, 1), COMP(1, 1), ESP(2, 1)}, btrue},
        {{COMP(0, 1), ESP(0, 1), ESP(1, 1)}, btrue},
        {{ESP(1, 1), COMP(1, 1), ESP(2, 2)}, bfalse},
        {{ESP(1, 1), COMP(1, 1), {2, x4c_protocol_esp, 1, 0x2001, 4}}, bfalse},
        {{ESP(1, 1), COMP(1, 1), COMP(2, 1)}, bfalse},
        {{ESP(1, 1), COMP(1, 1), ESP(2, 1), COMP(2, 1)}, bfalse},
        {{ESP(1, 1), COMP(1, 1), ESP(2, 1), ESP(3, 1)}, bfalse},
        {{ESP(1, 1), ESP(2, 1)}, bfalse},
    };
    x4s_ike_transform2 ours[2] = {three_of(x4c_ike_tunnel), three_of(x4c_ike_tunnel)};
    ours[0].ah = ours[1].ah = ours[1].ipcomp = 0;
    const x4s_ike_config2 config = config_of(ours, 2);
    for (size_t i = 0; i < x4m_countof(cases); i++) {
        static const x4s_ike_terms terms = {.compresses = btrue};
        x4s_ike_offers offers;
        x4s_ike_choice choice;
        size_t count = 0;
        while (count < 4 && cases[i].payloads[count].protocol)
            count++;
        parse(cases[i].payloads, count, &offers);
        assert_int_equal(x4_bundle_accept(&config, &offers, &terms, &choice),
                         cases[i].accepted ? x4c_ike_none : x4c_ike_bad_response);
        if (cases[i].accepted)
            assert_int_equal(choice.spis.of[x4c_part_ipcomp], 0x3000);
    }
}

static void test_two_transforms_are_no_answer(void **state) /* req 2408-4.2-9 */
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform2 ours[] = {cbc, gcm};
    ours[0].ipcomp = ours[1].ipcomp = x4c_ike_ipcomp_deflate;
    const x4s_ike_config2 config = config_of(ours, 2);
    write(&offer, &config, 0);
    assert_int_equal(accept(&config, &offer.offers), x4c_ike_bad_response);
    const x4s_ike_config2 one = config_of(&ours[1], 1);
    write(&offer, &one, 0);
    assert_int_equal(accept(&config, &offer.offers), x4c_ike_none);
}

/* The answer has the proposals in the order in which they came, with our SPIs in their sizes. */
static void test_answer_as_it_came(void **state) /* req 2408-4.2-8 2408-4.2-10 */
{
    (void)state;
    static const struct payload payloads[] = {
        AH(7, 1), {8, x4c_protocol_ipcomp, 1, 0x3000, 4}, ESP(8, 2), AH(8, 2)};
    static const uint32_t spis[] = {0x1234, 0x01020304, 0x05060708};
    static const x4s_ike_header header = {.cookies = {1}, .exchange = x4c_exchange_quick};
    const size_t at = x4c_isakmp_header + x4c_isakmp_generic;
    const x4s_ike_transform2 ours = three_of(x4c_ike_tunnel);
    x4s_ike_offers offers;
    x4s_ike_offers answer;
    x4s_ike_choice choice;
    uint8_t buffer[512];
    x4s_ike_build build;
    parse(payloads, x4m_countof(payloads), &offers);
    assert_int_equal(select_one(&ours, &offers, &choice), x4c_ike_none);
    x4_build_begin(&build, buffer, sizeof(buffer), &header);
    x4_bundle_answer(&build, &offers, &choice, &offer_spis);
    assert_true(x4_build_end(&build, 0));
    const x4s_chunk body = {buffer + at, x4_writer_len(&build.w) - at};
    assert_int_equal(x4_sa_parse(body, &answer), x4c_ike_none);
    assert_int_equal(answer.count, 3);
    for (size_t i = 0; i < answer.count; i++) {
        const x4s_ike_offered *offered = &answer.list[i];
        assert_int_equal(offered->proposal, 8);
        assert_int_equal(offered->protocol, payloads[i + 1].protocol);
        assert_int_equal(offered->spi.len, 4);
        assert_int_equal(x4_proposal2_spi_number(offered->protocol, offered->spi), spis[i]);
        assert_int_equal(offered->attributes.len, offers.list[i + 1].attributes.len);
        assert_memory_equal(offered->attributes.data, offers.list[i + 1].attributes.data,
                            offered->attributes.len);
    }
}

static void test_group_of_an_offer(void **state)
{
    (void)state;
    static struct offer offer;
    x4s_ike_transform2 t = cbc;
    x4s_ike_config2 config = config_of(&t, 1);
    write(&offer, &config, 0);
    assert_int_equal(x4_bundle_group(&offer.offers), x4c_group_none);
    t.group = x4c_group_ecp384;
    write(&offer, &config, 0);
    assert_int_equal(x4_bundle_group(&offer.offers), x4c_group_ecp384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_selected),
        cmocka_unit_test(test_all_or_nothing),
        cmocka_unit_test(test_selection_in_either_order),
        cmocka_unit_test(test_order_within_a_bundle),
        cmocka_unit_test(test_encapsulation_follows_the_nat),
        cmocka_unit_test(test_attributes_that_cannot_be_read),
        cmocka_unit_test(test_nothing_in_common),
        cmocka_unit_test(test_no_cpi),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_bundles_that_are_none),
        cmocka_unit_test(test_spis),
        cmocka_unit_test(test_spi_for_a_notify),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_answers_to_bundles),
        cmocka_unit_test(test_answer_with_an_echo),
        cmocka_unit_test(test_two_transforms_are_no_answer),
        cmocka_unit_test(test_answer_as_it_came),
        cmocka_unit_test(test_group_of_an_offer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
