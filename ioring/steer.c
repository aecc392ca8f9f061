/* SPDX-License-Identifier: BSD-2-Clause */
#include "ioring/steer.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#include "ioring/frame.h"

/*
 * HalfSipHash (Aumasson, Bernstein: SipHash, reference implementation): four words of state, one
 * round for every word of input, three at the end. The last word of input is the length.
 */
#define INIT2        UINT32_C(0x6c796765)
#define INIT3        UINT32_C(0x74656462)
#define LAST_WORD    ((uint32_t)RING_STEER_COOKIE_SIZE << 24)
#define FINAL_MARK   0xff
#define FINAL_ROUNDS 3

/* -------------------------------------------------------------------------- in C */

static inline uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static inline void sip_round(uint32_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 5) ^ v[0];
    v[0] = rotate(v[0], 16);
    v[2] += v[3];
    v[3] = rotate(v[3], 8) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 7) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 13) ^ v[2];
    v[2] = rotate(v[2], 16);
}

static inline void absorb(uint32_t v[4], uint32_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint32_t ring_steer_hash(const uint32_t key[2], uint32_t first, uint32_t second)
{
    uint32_t v[4] = {key[0], key[1], INIT2 ^ key[0], INIT3 ^ key[1]};

    absorb(v, first);
    absorb(v, second);
    absorb(v, LAST_WORD);
    v[2] ^= FINAL_MARK;
    for (int i = 0; i < FINAL_ROUNDS; i++)
        sip_round(v);
    return v[1] ^ v[3];
}

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

uint32_t ring_steer_cookie(const struct ring_steer *steer,
                           const uint8_t cookie[RING_STEER_COOKIE_SIZE])
{
    return ring_steer_hash(steer->key, word_at(cookie), word_at(cookie + 4)) % steer->count;
}

/* -------------------------------------------------------------------------- in BPF */

/*
 * The machine has an accumulator, an index register and 16 words of memory: the state is in words 0
 * to 3, the word of input or half of a rotation in word 4.
 */
#define SPARE 4

struct emitter {
    struct sock_filter *program;
    size_t count;
};

static void emit(struct emitter *out, int code, uint32_t operand)
{
    assert(out->count < RING_STEER_PROGRAM_MAX);
    out->program[out->count++] = (struct sock_filter)BPF_STMT((uint16_t)code, operand);
}

static void emit_jump(struct emitter *out, int test, uint32_t operand, uint8_t yes, uint8_t no)
{
    assert(out->count < RING_STEER_PROGRAM_MAX);
    out->program[out->count++] =
        (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | BPF_K | test), operand, yes, no);
}

static void emit_set(struct emitter *out, uint32_t to, uint32_t value)
{
    emit(out, BPF_LD | BPF_IMM, value);
    emit(out, BPF_ST, to);
}

/* v[to] = v[to] operation v[with] */
static void emit_combine(struct emitter *out, int operation, uint32_t to, uint32_t with)
{
    emit(out, BPF_LD | BPF_MEM, to);
    emit(out, BPF_LDX | BPF_MEM, with);
    emit(out, BPF_ALU | BPF_X | operation, 0);
    emit(out, BPF_ST, to);
}

static void emit_rotate(struct emitter *out, uint32_t to, unsigned bits)
{
    emit(out, BPF_LD | BPF_MEM, to);
    emit(out, BPF_ALU | BPF_K | BPF_LSH, bits);
    emit(out, BPF_ST, SPARE);
    emit(out, BPF_LD | BPF_MEM, to);
    emit(out, BPF_ALU | BPF_K | BPF_RSH, 32 - bits);
    emit(out, BPF_LDX | BPF_MEM, SPARE);
    emit(out, BPF_ALU | BPF_X | BPF_OR, 0);
    emit(out, BPF_ST, to);
}

static void emit_round(struct emitter *out)
{
    emit_combine(out, BPF_ADD, 0, 1);
    emit_rotate(out, 1, 5);
    emit_combine(out, BPF_XOR, 1, 0);
    emit_rotate(out, 0, 16);
    emit_combine(out, BPF_ADD, 2, 3);
    emit_rotate(out, 3, 8);
    emit_combine(out, BPF_XOR, 3, 2);
    emit_combine(out, BPF_ADD, 0, 3);
    emit_rotate(out, 3, 7);
    emit_combine(out, BPF_XOR, 3, 0);
    emit_combine(out, BPF_ADD, 2, 1);
    emit_rotate(out, 1, 13);
    emit_combine(out, BPF_XOR, 1, 2);
    emit_rotate(out, 2, 16);
}

static void emit_xor(struct emitter *out, uint32_t to, uint32_t value)
{
    emit(out, BPF_LD | BPF_MEM, to);
    emit(out, BPF_ALU | BPF_K | BPF_XOR, value);
    emit(out, BPF_ST, to);
}

/* The word at an offset of the datagram; a round clobbers the accumulator, so it is loaded twice.
 */
static void emit_absorb_at(struct emitter *out, uint32_t offset)
{
    for (uint32_t word = 3;; word = 0) {
        emit(out, BPF_LD | BPF_W | BPF_ABS, offset);
        emit(out, BPF_LDX | BPF_MEM, word);
        emit(out, BPF_ALU | BPF_X | BPF_XOR, 0);
        emit(out, BPF_ST, word);
        if (word == 0)
            return;
        emit_round(out);
    }
}

static void emit_return_modulo(struct emitter *out, uint32_t count)
{
    emit(out, BPF_ALU | BPF_K | BPF_MOD, count);
    emit(out, BPF_RET | BPF_A, 0);
}

static void emit_random(struct emitter *out, uint32_t count)
{
    emit(out, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM));
    emit_return_modulo(out, count);
}

/* Leaves out what has no cookie. The datagram begins behind its UDP header. */
static void emit_has_cookie(struct emitter *out, const struct ring_steer *steer, bool marker)
{
    emit(out, BPF_LD | BPF_W | BPF_LEN, 0);
    emit_jump(out, BPF_JGE, (uint32_t)(RING_ISAKMP_HEADER_SIZE + ring_frame_overhead(marker)), 3,
              0);
    emit_random(out, steer->count);
    if (!marker)
        return;
    emit(out, BPF_LD | BPF_W | BPF_ABS, 0);
    emit_jump(out, BPF_JEQ, 0, 3, 0);
    emit_random(out, steer->count);
}

size_t ring_steer_program(const struct ring_steer *steer, bool marker,
                          struct sock_filter program[RING_STEER_PROGRAM_MAX])
{
    const uint32_t cookie = (uint32_t)ring_frame_overhead(marker);
    struct emitter out = {.program = program};

    emit_has_cookie(&out, steer, marker);
    emit_set(&out, 0, steer->key[0]);
    emit_set(&out, 1, steer->key[1]);
    emit_set(&out, 2, INIT2 ^ steer->key[0]);
    emit_set(&out, 3, INIT3 ^ steer->key[1]);
    emit_absorb_at(&out, cookie);
    emit_absorb_at(&out, cookie + 4);
    emit_xor(&out, 3, LAST_WORD);
    emit_round(&out);
    emit_xor(&out, 0, LAST_WORD);
    emit_xor(&out, 2, FINAL_MARK);
    for (int i = 0; i < FINAL_ROUNDS; i++)
        emit_round(&out);
    emit(&out, BPF_LD | BPF_MEM, 1);
    emit(&out, BPF_LDX | BPF_MEM, 3);
    emit(&out, BPF_ALU | BPF_X | BPF_XOR, 0);
    emit_return_modulo(&out, steer->count);
    return out.count;
}

bool ring_steer_attach(const struct ring_steer *steer, int fd, bool marker)
{
    struct sock_filter program[RING_STEER_PROGRAM_MAX];
    const struct sock_fprog all = {
        .len = (uint16_t)ring_steer_program(steer, marker, program),
        .filter = program,
    };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &all, sizeof(all)) == 0;
}
