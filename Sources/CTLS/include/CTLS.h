/* OpenSSL for the rest of Ringway: digests and random bytes here, TLS contexts in CTLSContext.h, sessions in CTLSSession.h.
 *
 * Ownership: nothing here keeps a pointer or returns memory. `out` belongs to the caller and must have the stated size.
 * Threads: every function may be called from any thread.
 * Bad input: a NULL `bytes` or `key` is allowed with length 0. A function that cannot do its work returns -1 and leaves zeros
 * in `out`, so that a caller who forgot to look never sends what happened to lie in its memory. Nothing aborts.
 */
#pragma once
#include "CTLSContext.h"
#include "CTLSSession.h"

#include <stddef.h>
#include <stdint.h>

/* SHA-1 of the bytes, 0 or -1. Only for RFC 6455's accept key and Redis script names: SHA-1 is no protection. */
int ctls_sha1(const uint8_t *bytes, size_t length, uint8_t out[20]);

/* Fills `out` from the cryptographic generator, 0 or -1. -1 means the system gave no entropy: refuse to go on. */
int ctls_random(uint8_t *out, size_t length);

/* HMAC-SHA-256 of the bytes under the key, 0 or -1. */
int ctls_hmac_sha256(const uint8_t *key, size_t key_length, const uint8_t *bytes, size_t length, uint8_t out[32]);

/* 1 if the two have the same length and the same bytes, else 0. The time depends on the lengths alone. */
int ctls_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);
