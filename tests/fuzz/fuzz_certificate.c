/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What is believed of a peer, and what an administrator configures: chains, CRLs, PKCS#7, names and
 * keys. The first byte of the input says which, the rest is in pieces of two bytes of length and
 * the bytes. Nobody has the private keys, so there are properties to watch: believed is only what
 * the corpus has from the authority, and no signature is right.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/authority.h"
#include "tests/fuzz/input.h"
#include "tests/sim/check.h"
#include "x4/crypto/cert.h"
#include "x4/crypto/crypto.h"
#include "x4/crypto/dn.h"
#include "x4/crypto/pem.h"
#include "x4/crypto/sign.h"
#include "x4/crypto/trust.h"

enum {
    PIECES_MAX = x4c_cert_chain_max,
    TEXT_MAX = 4096,
};

static x4s_crypto *crypto;

/* Memory of a piece's own size, so that a read behind its end is seen; the caller frees it. */
static uint8_t *next_piece(struct input *input, x4s_chunk *piece)
{
    size_t wanted = input_u16(input);
    const uint8_t *bytes = input_bytes(input, wanted, &piece->len);
    uint8_t *memory = malloc(piece->len + 1);
    sim_check(memory, "no memory");
    memcpy(memory, bytes, piece->len);
    memory[piece->len] = '\0';
    piece->data = memory;
    return memory;
}

/* -------------------------------------------------------------------------- belief */

static x4s_trust *court_new(bool strict)
{
    const char *error;
    const x4s_trust_policy policy = {.crl = strict ? x4c_trust_crl_strict : x4c_trust_crl_soft};
    x4s_cert *root =
        x4_cert_new(crypto, (x4s_chunk){fuzz_authority, sizeof(fuzz_authority)}, &error);
    x4s_trust *trust = x4_trust_new(crypto, &policy);
    sim_check(root && trust && x4_trust_add_ca(trust, root, &error), "%s", error);
    x4_cert_free(root);
    return trust;
}

/* Only these were ever signed. */
static bool is_signed(const x4s_cert *cert)
{
    static const char *const names[] = {"C=CH, CN=root", "C=CH, CN=between",
                                        "C=CH, O=strongSwan, CN=moon",
                                        "C=CH, O=strongSwan, CN=sun"};
    char text[256];
    x4_dn_format(x4_cert_subject(cert), text, sizeof(text));
    for (size_t i = 0; i < x4m_countof(names); i++)
        if (strcmp(text, names[i]) == 0)
            return true;
    return false;
}

/* Whether the first is believed with the help of the others. */
static bool verify(x4s_trust *trust, x4s_cert *const *certs, size_t count)
{
    char reason[x4c_trust_reason];
    const x4s_cert *chain[PIECES_MAX];
    for (size_t i = 0; i < count; i++)
        chain[i] = certs[i];
    if (!count || !x4_trust_verify(trust, chain, count, FUZZ_NOW, reason))
        return false;
    sim_check(is_signed(chain[0]), "a certificate that nobody signed is believed");
    return true;
}

static void read_chain(struct input *input)
{
    const char *error;
    x4s_cert *certs[PIECES_MAX];
    size_t count = 0;
    x4s_trust *trust = court_new(false);
    for (unsigned i = 0; i < PIECES_MAX && input->left; i++) {
        x4s_chunk piece;
        uint8_t *memory = next_piece(input, &piece);
        x4s_cert *cert = x4_cert_new(crypto, piece, &error);
        free(memory);
        if (cert)
            certs[count++] = cert;
    }
    (void)verify(trust, certs, count);
    for (size_t i = 1; i < count; i++)
        sim_check(x4_trust_add_intermediate(trust, certs[i], &error) == x4_cert_is_ca(certs[i]),
                  "between are authorities, and they alone: %s", error);
    (void)verify(trust, certs, x4m_min(count, (size_t)1));
    for (size_t i = 0; i < count; i++)
        x4_cert_free(certs[i]);
    x4_trust_free(trust);
}

/* A certificate, and lists of what is revoked. */
static void read_crls(struct input *input)
{
    const char *error;
    x4s_chunk piece;
    unsigned kept = 0;
    x4s_trust *trust = court_new(true);
    uint8_t *memory = next_piece(input, &piece);
    x4s_cert *cert = x4_cert_new(crypto, piece, &error);
    free(memory);
    for (unsigned i = 0; i < PIECES_MAX && input->left; i++) {
        memory = next_piece(input, &piece);
        kept += x4_trust_add_crl(trust, piece, &error);
        free(memory);
    }
    if (verify(trust, &cert, cert != NULL))
        sim_check(kept, "believed without the list that is wanted");
    x4_cert_free(cert);
    x4_trust_free(trust);
}

static void read_pkcs7(struct input *input)
{
    const char *error;
    x4s_chunk piece;
    x4s_cert *certs[PIECES_MAX];
    size_t count = 0;
    x4s_trust *trust = court_new(false);
    uint8_t *memory = next_piece(input, &piece);
    bool read = x4_cert_pkcs7_read(crypto, piece, certs, PIECES_MAX, &count, &error);
    sim_check(read == (count > 0), "%zu certificates", count);
    free(memory);
    (void)verify(trust, certs, count);
    for (size_t i = 0; i < count; i++)
        x4_cert_free(certs[i]);
    x4_trust_free(trust);
}

/* -------------------------------------------------------------------------- names */

/* A name from text is a name, and its text makes the same name again. */
static void read_name(struct input *input)
{
    const char *error;
    uint8_t der[x4c_dn_size_max], again[x4c_dn_size_max];
    char text[TEXT_MAX];
    x4s_chunk piece;
    size_t len, again_len;
    uint8_t *memory = next_piece(input, &piece);
    bval read = x4_dn_parse((const char *)memory, der, sizeof(der), &len, &error);
    free(memory);
    if (!read)
        return;
    const x4s_chunk name = {der, len};
    sim_check(x4_dn_valid(name) && x4_dn_equal(name, name), "not a name");
    x4_dn_format(name, text, sizeof(text));
    if (strlen(text) == sizeof(text) - 1)
        return;
    sim_check(x4_dn_parse(text, again, sizeof(again), &again_len, &error), "%s: %s", text, error);
    sim_check(x4_dn_equal(name, (x4s_chunk){again, again_len}), "%s became another name", text);
}

/* Two names of a peer's, and one as the other's pattern. */
static void compare_names(struct input *input)
{
    x4s_chunk names[2];
    uint8_t *memory[2];
    char text[TEXT_MAX];
    for (unsigned i = 0; i < 2; i++)
        memory[i] = next_piece(input, &names[i]);
    bval equal = x4_dn_equal(names[0], names[1]);
    sim_check(equal == x4_dn_equal(names[1], names[0]), "equal one way only");
    sim_check(!equal || x4_dn_match(names[0], names[1]) >= 0, "equal, and does not match");
    sim_check(!equal || (x4_dn_valid(names[0]) && x4_dn_valid(names[1])), "equal, and no names");
    for (unsigned i = 0; i < 2; i++) {
        x4_dn_format(names[i], text, sizeof(text));
        free(memory[i]);
    }
}

/* -------------------------------------------------------------------------- keys */

static void read_pem(struct input *input)
{
    char label[x4c_pem_label_max];
    x4s_chunk piece;
    uint8_t *memory = next_piece(input, &piece);
    x4s_chunk text = piece;
    uint8_t *der = malloc(piece.len + 1);
    size_t len;
    sim_check(der, "no memory");
    while (x4_pem_next(&text, label, der, piece.len, &len) == x4c_pem_block)
        sim_check(len <= piece.len && strlen(label) < sizeof(label), "%zu bytes", len);
    free(der);
    free(memory);
}

static void read_keys(struct input *input)
{
    const char *error;
    x4s_chunk piece;
    uint8_t *memory = next_piece(input, &piece);
    x4s_public_key *public_key = x4_public_key_new(crypto, piece, &error);
    x4s_private_key *private_key = x4_private_key_new(crypto, piece, &error);
    if (public_key)
        sim_check(x4_public_key_signature_size(public_key) <= x4c_signature_max, "too large");
    if (private_key)
        sim_check(x4_private_key_public(private_key) != NULL, "a half of a key");
    x4_public_key_free(public_key);
    x4_private_key_free(private_key);
    free(memory);
}

/* A signature for a hash: nobody can make one. */
static void read_signature(struct input *input)
{
    static const x4s_chunk keys[] = {{fuzz_key_rsa, sizeof(fuzz_key_rsa)},
                                     {fuzz_key_ec, sizeof(fuzz_key_ec)}};
    static const uint8_t hash[32] = "nobody's signature is under this";
    const char *error;
    x4s_chunk piece;
    uint8_t *memory = next_piece(input, &piece);
    for (size_t i = 0; i < x4m_countof(keys); i++) {
        x4s_public_key *key = x4_public_key_new(crypto, keys[i], &error);
        sim_check(key, "%s", error);
        sim_check(!x4_sign_verify(crypto, key, (x4s_chunk){hash, sizeof(hash)}, piece), "forged");
        x4_public_key_free(key);
    }
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(struct input * input) = {
        read_chain,    read_crls, read_pkcs7, read_name,
        compare_names, read_pem,  read_keys,  read_signature,
    };
    struct input input = {data, size};
    uint8_t which = input_u8(&input);
    if (!crypto) {
        const char *error;
        crypto = x4_crypto_new(&x4_libc_allocator, NULL, NULL, &error);
        sim_check(crypto, "%s", error);
    }
    readers[which % x4m_countof(readers)](&input);
    return 0;
}
