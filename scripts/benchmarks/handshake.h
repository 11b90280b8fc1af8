// handshake: what both ends of a WebSocket need to compute Sec-WebSocket-Accept (RFC 6455 section 1.3).
// Header only, so that each tool stays one `gcc` line. SHA-1 is the protocol's choice, nothing here is secret.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline uint32_t rotate_left(uint32_t x, int n) { return x << n | x >> (32 - n); }

// SHA-1 (FIPS 180-4) of at most 183 bytes: a key and the GUID are 60.
static void sha1(const uint8_t *data, size_t count, uint8_t digest[20]) {
  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  uint8_t padded[192] = {0};
  size_t total = ((count + 8) / 64 + 1) * 64;
  memcpy(padded, data, count);
  padded[count] = 0x80;
  uint64_t bits = (uint64_t)count * 8;
  for (int i = 0; i < 8; i++) padded[total - 1 - i] = (uint8_t)(bits >> (8 * i));
  for (size_t block = 0; block < total; block += 64) {
    uint32_t w[80];
    for (int i = 0; i < 16; i++) {
      const uint8_t *p = padded + block + 4 * i;
      w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    for (int i = 16; i < 80; i++) w[i] = rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 80; i++) {
      uint32_t f, k;
      if (i < 20) f = (b & c) | (~b & d), k = 0x5A827999;
      else if (i < 40) f = b ^ c ^ d, k = 0x6ED9EBA1;
      else if (i < 60) f = (b & c) | (b & d) | (c & d), k = 0x8F1BBCDC;
      else f = b ^ c ^ d, k = 0xCA62C1D6;
      uint32_t t = rotate_left(a, 5) + f + e + k + w[i];
      e = d, d = c, c = rotate_left(b, 30), b = a, a = t;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  for (int i = 0; i < 5; i++)
    for (int j = 0; j < 4; j++) digest[4 * i + j] = (uint8_t)(h[i] >> (24 - 8 * j));
}

// Writes the base64 text of `count` bytes and a NUL.
static void base64(const uint8_t *data, int count, char *text) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < count; i += 3) {
    uint32_t v = (uint32_t)data[i] << 16 | (i + 1 < count ? data[i + 1] : 0) << 8 | (i + 2 < count ? data[i + 2] : 0);
    *text++ = letters[v >> 18];
    *text++ = letters[v >> 12 & 63];
    *text++ = i + 1 < count ? letters[v >> 6 & 63] : '=';
    *text++ = i + 2 < count ? letters[v & 63] : '=';
  }
  *text = 0;
}

// The accept text (28 characters and a NUL) for a key of at most 60 characters.
static void accept_for_key(const char *key, char accept[32]) {
  char joined[128];
  uint8_t digest[20];
  int count = snprintf(joined, sizeof joined, "%.60s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1((const uint8_t *)joined, (size_t)count, digest);
  base64(digest, 20, accept);
}
