// frames: the WebSocket frame layout (RFC 6455 section 5.2) for the load generator and the echo peer.
#pragma once
#include <stdint.h>
#include <string.h>

// Writes a frame header with an optional mask bit; answers its length (2, 4 or 10).
static inline size_t put_header(char *out, int first_byte, uint64_t length, int mask_bit) {
  uint8_t *o = (uint8_t *)out;
  o[0] = (uint8_t)first_byte;
  if (length < 126) {
    o[1] = (uint8_t)(mask_bit | (int)length);
    return 2;
  }
  if (length < 65536) {
    o[1] = (uint8_t)(mask_bit | 126), o[2] = (uint8_t)(length >> 8), o[3] = (uint8_t)length;
    return 4;
  }
  o[1] = (uint8_t)(mask_bit | 127);
  for (int i = 0; i < 8; i++) o[2 + i] = (uint8_t)(length >> (56 - 8 * i));
  return 10;
}

// Reads a header from `available` bytes: answers its length without the mask, 0 if more bytes are needed.
static inline size_t get_header(const char *in, size_t available, uint64_t *length) {
  const uint8_t *p = (const uint8_t *)in;
  if (available < 2) return 0;
  *length = p[1] & 127;
  if (*length == 126) {
    if (available < 4) return 0;
    *length = (uint64_t)p[2] << 8 | p[3];
    return 4;
  }
  if (*length == 127) {
    if (available < 10) return 0;
    *length = 0;
    for (int i = 0; i < 8; i++) *length = *length << 8 | p[2 + i];
    return 10;
  }
  return 2;
}

// Copies `count` bytes, masked or unmasked with the four bytes of `mask`, eight at a time.
static inline void copy_masked(char *out, const char *in, uint64_t count, const char mask[4]) {
  uint64_t m = 0, i = 0;
  memcpy(&m, mask, 4);
  m |= m << 32;
  for (; i + 8 <= count; i += 8) {
    uint64_t v;
    memcpy(&v, in + i, 8);
    v ^= m;
    memcpy(out + i, &v, 8);
  }
  for (; i < count; i++) out[i] = in[i] ^ mask[i & 3];
}
