/* The BIO between OpenSSL and the caller's own buffers. Between the .c files only. */
#pragma once
#include <openssl/bio.h>
#include <stdint.h>

/* What a call may read and write; empty between calls. OpenSSL's memory BIO would copy every byte once more, and keep for an
 * idle session a buffer as large as the largest that ever passed. */
typedef struct ctls_wire {
  const uint8_t *in;
  size_t in_left;
  uint8_t *out;
  size_t out_left;
} ctls_wire;

/* A BIO over `wire`, which must outlive it; NULL: no memory. */
BIO *ctls_wire_bio(ctls_wire *wire);
