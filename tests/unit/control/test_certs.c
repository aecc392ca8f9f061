/* SPDX-License-Identifier: BSD-2-Clause */
#include "shard/control/certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/config/credential_folder.h"
#include "tests/unit/control/vici_print.h"
#include "tests/unit/shard/fake_hub.h"

/* A root, what it issued, and a list of what it revoked. */
struct scene {
    struct folder folder;
    EVP_PKEY *key;
    X509 *root_x509;
    fixture_der root;
    fixture_der own;
    fixture_der peer;
    fixture_der crl;
    struct hub *hub;
    struct control *control;
    struct hub_config *config;
};

static fixture_der issue(const struct scene *s, const char *subject)
{
    X509 *x509 = folder_cert(subject, s->key, s->root_x509, s->key);
    const fixture_der der = fixture_x509_der(x509);
    X509_free(x509);
    return der;
}

static void ignore(void *context, enum hub_severity severity, const char *text)
{
    (void)context;
    (void)severity;
    (void)text;
}

static struct hub_config *load(const struct scene *s, const char *text)
{
    char path[128];
    folder_write(&s->folder, "ikehub.conf", text, strlen(text), 0600);
    snprintf(path, sizeof(path), "%s/ikehub.conf", s->folder.path);
    struct hub_config *config = hub_config_load(path, ignore, NULL);
    assert_non_null(config);
    return config;
}

/* Two connections that share what they believe. */
static const char text[] = "connections {\n"
                           "a { local { certs = own.der }\n remote { certs = peer.der } }\n"
                           "b { local { certs = own.der }\n remote { id = \"CN=b\" } } }\n";

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));
    s->folder = folder_new();
    s->key = fixture_ec("P-256");
    s->root_x509 = folder_cert("CN=root", s->key, NULL, NULL);
    s->root = fixture_x509_der(s->root_x509);
    s->own = issue(s, "CN=own");
    s->peer = issue(s, "CN=peer");
    s->crl = fixture_crl_der(&(fixture_crl){.issuer = s->root_x509, .issuer_key = s->key});
    const fixture_der key = fixture_private(s->key);
    folder_write_der(&s->folder, "x509ca/root.der", &s->root);
    folder_write_der(&s->folder, "x509crl/root.der", &s->crl);
    folder_write_der(&s->folder, "x509/own.der", &s->own);
    folder_write_der(&s->folder, "x509/peer.der", &s->peer);
    folder_write_der(&s->folder, "private/own.der", &key);
    s->hub = fake_hub_new();
    s->control = fake_control_new(s->hub);
    s->config = load(s, text);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    hub_config_free(s->config);
    control_close(s->control);
    fake_hub_free(s->hub);
    X509_free(s->root_x509);
    EVP_PKEY_free(s->key);
    folder_free(&s->folder);
    free(s);
    return 0;
}

/* As a client loads it. */
static void put_loaded(struct scene *s, const char *name, const char *section, x4s_chunk der)
{
    uint8_t buffer[x4c_cert_size_max];
    struct control_wanted wanted = {.kind = CONTROL_CERT, .name = name, .section = section};
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    vici_bytes(&writer, "data", der.data, der.len);
    assert_true(vici_writer_message(&writer, &wanted.message));
    assert_int_equal(control_loaded_put(&s->control->loaded, &wanted), CONTROL_PUT_NEW);
}

static struct control_certs gather(struct scene *s, const char *type, const char *flag)
{
    struct control_certs certs = {0};
    assert_true(control_certs_gather(&certs, s->control, s->config, type, flag));
    return certs;
}

static size_t count(struct scene *s, const char *type, const char *flag)
{
    struct control_certs certs = gather(s, type, flag);
    const size_t found = certs.count;
    control_certs_free(&certs);
    return found;
}

static const struct control_cert *find(const struct control_certs *certs, x4s_chunk der)
{
    for (size_t i = 0; i < certs->count; i++) {
        const x4s_chunk *mine = &certs->list[i].der;
        if (mine->len == der.len && memcmp(mine->data, der.data, der.len) == 0)
            return &certs->list[i];
    }
    return NULL;
}

static void is(const struct control_certs *certs, const fixture_der *der, const char *type,
               const char *flag, bool own)
{
    const struct control_cert *cert = find(certs, fixture_chunk(der));
    assert_non_null(cert);
    assert_string_equal(cert->kind->type, type);
    if (flag)
        assert_string_equal(cert->kind->flag, flag);
    else
        assert_null(cert->kind->flag);
    assert_int_equal(cert->own, own);
}

static void test_each_once(void **state)
{
    struct scene *s = *state;
    struct control_certs certs = gather(s, "", "");
    assert_int_equal(certs.count, 4);
    is(&certs, &s->root, "X509", "CA", false);
    is(&certs, &s->own, "X509", "NONE", true);
    is(&certs, &s->peer, "X509", "NONE", false);
    is(&certs, &s->crl, "X509_CRL", NULL, false);
    control_certs_free(&certs);
}

static void test_types_and_flags(void **state)
{
    static const struct {
        const char *type;
        const char *flag;
        size_t count;
    } rows[] = {
        {"any", "any", 4},     {"ANY", "", 4},         {"x509", "", 3},   {"x509", "ca", 1},
        {"X509", "NONE", 2},   {"x509_crl", "any", 1}, {"pubkey", "", 0}, {"ocsp_response", "", 0},
        {"x509_crl", "ca", 0}, {"x509_ac", "", 0},
    };
    for (size_t i = 0; i < x4m_countof(rows); i++)
        assert_int_equal(count(*state, rows[i].type, rows[i].flag), rows[i].count);
}

static void test_what_was_loaded(void **state)
{
    struct scene *s = *state;
    const fixture_der other = issue(s, "CN=other");
    const fixture_der key = fixture_spki(s->key);
    put_loaded(s, "1", NULL, fixture_chunk(&other));
    put_loaded(s, "2", "ca-2", fixture_chunk(&s->root)); /* there already */
    put_loaded(s, CONTROL_PUBLIC_KEY "3", NULL, fixture_chunk(&key));
    put_loaded(s, "4", "crl-4", (x4s_chunk){(const uint8_t *)"list", 4});
    put_loaded(s, "5", "ocsp-5", (x4s_chunk){(const uint8_t *)"response", 8});
    struct control_certs certs = gather(s, "", "");
    assert_int_equal(certs.count, 8);
    is(&certs, &other, "X509", "NONE", false);
    is(&certs, &key, "PUBKEY", NULL, false);
    control_certs_free(&certs);
    assert_int_equal(count(s, "x509_crl", ""), 2);
    assert_int_equal(count(s, "ocsp_response", ""), 1);
}

/* Whoever reads the list slowly has it to its end. */
static void test_what_is_unloaded_meanwhile_stays_listed(void **state)
{
    struct scene *s = *state;
    const fixture_der other = issue(s, "CN=other");
    put_loaded(s, "1", NULL, fixture_chunk(&other));
    struct control_certs certs = gather(s, "x509", "");
    assert_int_equal(control_loaded_clear(&s->control->loaded, CONTROL_CERT), 1);
    is(&certs, &other, "X509", "NONE", false);
    control_certs_free(&certs);
    assert_int_equal(count(s, "x509", ""), 3);
}

static void test_same_order_each_time(void **state)
{
    struct control_certs first = gather(*state, "", "");
    struct control_certs second = gather(*state, "", "");
    for (size_t i = 0; i < first.count; i++) {
        assert_int_equal(first.list[i].der.len, second.list[i].der.len);
        assert_memory_equal(first.list[i].der.data, second.list[i].der.data, first.list[i].der.len);
    }
    control_certs_free(&second);
    control_certs_free(&first);
}

static void test_none(void **state)
{
    static const char psk[] =
        "connections { a { local { auth = psk\n id = a }\n"
        "remote { auth = psk\n id = b } } }\nsecrets { ike { secret = x } }\n";
    struct scene *s = *state;
    hub_config_free(s->config);
    s->config = hub_config_parse("f.conf", psk, strlen(psk), NULL, NULL);
    assert_int_equal(count(s, "", ""), 0);
}

static void test_described(void **state)
{
    struct scene *s = *state;
    uint8_t buffer[TEXT_MAX];
    char printed[TEXT_MAX];
    char subject[HUB_IDENTITY_TEXT];
    x4s_chunk message;
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    control_certs_describe(s->control, fixture_chunk(&s->own), &writer);
    assert_true(vici_writer_message(&writer, &message));
    print(message, printed);
    assert_string_equal(printed, "subject=CN=own not-before=946684800 not-after=3786912000 ");
    assert_string_equal(control_certs_subject(s->control, fixture_chunk(&s->peer), subject),
                        "CN=peer");
}

static void test_what_is_no_certificate_is_not_described(void **state)
{
    struct scene *s = *state;
    uint8_t buffer[TEXT_MAX];
    char subject[HUB_IDENTITY_TEXT];
    x4s_chunk message;
    struct vici_writer writer = vici_writer(buffer, sizeof(buffer));
    control_certs_describe(s->control, fixture_chunk(&s->crl), &writer);
    assert_true(vici_writer_message(&writer, &message));
    assert_int_equal(message.len, 0);
    assert_string_equal(control_certs_subject(s->control, fixture_chunk(&s->crl), subject), "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_each_once),
        TEST(test_types_and_flags),
        TEST(test_what_was_loaded),
        TEST(test_what_is_unloaded_meanwhile_stays_listed),
        TEST(test_same_order_each_time),
        TEST(test_none),
        TEST(test_described),
        TEST(test_what_is_no_certificate_is_not_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
