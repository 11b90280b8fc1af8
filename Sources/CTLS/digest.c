#include "CTLS.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

int ctls_sha1(const uint8_t *bytes, size_t length, uint8_t out[20]) {
  unsigned int written = 0;
  memset(out, 0, 20);
  if (bytes == NULL && length > 0) return -1;
  /* A system whose policy forbids SHA-1 answers 0 here. */
  if (EVP_Digest(bytes, length, out, &written, EVP_sha1(), NULL) != 1 || written != 20) {
    memset(out, 0, 20);
    return -1;
  }
  return 0;
}

int ctls_random(uint8_t *out, size_t length) {
  /* RAND_bytes counts in int. */
  for (size_t done = 0; done < length;) {
    size_t part = length - done > INT_MAX ? INT_MAX : length - done;
    if (RAND_bytes(out + done, (int)part) != 1) {
      memset(out, 0, length);
      return -1;
    }
    done += part;
  }
  return 0;
}

int ctls_hmac_sha256(const uint8_t *key, size_t key_length, const uint8_t *bytes, size_t length, uint8_t out[32]) {
  static const uint8_t none[1] = {0};
  unsigned int written = 0;
  memset(out, 0, 32);
  if (key_length > INT_MAX || (key == NULL && key_length > 0) || (bytes == NULL && length > 0)) return -1;
  /* HMAC() takes a NULL key to mean "the key of before", so an empty key needs an address. */
  if (HMAC(EVP_sha256(), key == NULL ? none : key, (int)key_length, bytes == NULL ? none : bytes, length, out, &written) ==
          NULL ||
      written != 32) {
    memset(out, 0, 32);
    return -1;
  }
  return 0;
}

int ctls_equal(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length) {
  if (a_length != b_length) return 0;
  if (a_length == 0) return 1;
  if (a == NULL || b == NULL) return 0;
  return CRYPTO_memcmp(a, b, a_length) == 0;
}
