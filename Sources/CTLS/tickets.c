#include "tickets.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "context.h"

enum { SEALING_SECONDS = 12 * 3600 };

typedef struct key {
  unsigned char name[16];
  unsigned char cipher[32];
  unsigned char mac[32];
  time_t made; /* 0: no such key */
} key;

struct ctls_tickets {
  pthread_mutex_t lock;
  int references;
  key now;
  key before;
};

/* CLOCK_BOOTTIME: neither a set clock nor a suspended machine makes a key live longer. */
static time_t seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec + 1;
}

static int make(key *new) {
  if (RAND_bytes(new->name, sizeof new->name) != 1 || RAND_priv_bytes(new->cipher, sizeof new->cipher) != 1 ||
      RAND_priv_bytes(new->mac, sizeof new->mac) != 1)
    return -1;
  new->made = seconds();
  return 0;
}

ctls_tickets *ctls_tickets_new(void) {
  ctls_tickets *tickets = calloc(1, sizeof *tickets);
  if (tickets == NULL) return NULL;
  if (make(&tickets->now) != 0) {
    free(tickets);
    return NULL;
  }
  tickets->references = 1;
  pthread_mutex_init(&tickets->lock, NULL);
  return tickets;
}

void ctls_tickets_hold(ctls_tickets *tickets) {
  pthread_mutex_lock(&tickets->lock);
  tickets->references += 1;
  pthread_mutex_unlock(&tickets->lock);
}

void ctls_tickets_release(ctls_tickets *tickets) {
  if (tickets == NULL) return;
  pthread_mutex_lock(&tickets->lock);
  int left = --tickets->references;
  pthread_mutex_unlock(&tickets->lock);
  if (left > 0) return;
  pthread_mutex_destroy(&tickets->lock);
  OPENSSL_cleanse(tickets, sizeof *tickets);
  free(tickets);
}

static int rotate_locked(ctls_tickets *tickets) {
  key new;
  if (make(&new) != 0) return -1;
  tickets->before = tickets->now;
  tickets->now = new;
  OPENSSL_cleanse(&new, sizeof new);
  return 0;
}

int ctls_tickets_rotate(ctls_tickets *tickets) {
  pthread_mutex_lock(&tickets->lock);
  int result = rotate_locked(tickets);
  pthread_mutex_unlock(&tickets->lock);
  return result;
}

/* The key that seals now. A key that is too old and cannot be replaced seals nothing: -1, and the handshake fails. */
static int sealing_key(ctls_tickets *tickets, key *out) {
  pthread_mutex_lock(&tickets->lock);
  int result = 0;
  time_t age = seconds() - tickets->now.made;
  if (age >= SEALING_SECONDS) {
    result = rotate_locked(tickets);
    /* Nobody sealed for half a day or more: what the old key sealed may be older than a key may open. */
    if (result == 0 && age >= 2 * SEALING_SECONDS) tickets->before.made = 0;
  }
  *out = tickets->now;
  pthread_mutex_unlock(&tickets->lock);
  return result;
}

/* 1: found, still sealing; 2: found, and the client should get a new ticket; 0: unknown. */
static int opening_key(ctls_tickets *tickets, const unsigned char *name, key *out) {
  pthread_mutex_lock(&tickets->lock);
  int result = 0;
  time_t now = seconds();
  if (memcmp(name, tickets->now.name, sizeof tickets->now.name) == 0) {
    *out = tickets->now;
    result = now - out->made < SEALING_SECONDS ? 1 : 2;
  } else if (tickets->before.made != 0 && memcmp(name, tickets->before.name, sizeof tickets->before.name) == 0) {
    *out = tickets->before;
    result = 2;
  }
  if (result != 0 && now - out->made >= 2 * SEALING_SECONDS) result = 0;
  pthread_mutex_unlock(&tickets->lock);
  return result;
}

static int prepare(const key *with, unsigned char *vector, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int sealing) {
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)with->mac, sizeof with->mac),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, with->cipher, vector, sealing) == 1 &&
         EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

/* OpenSSL's callback; `ssl`'s first settings stay its session settings whatever SNI picked. */
static int with_ticket(SSL *ssl, unsigned char *name, unsigned char *vector, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                       int sealing) {
  ctls_bundle *bundle = SSL_get_app_data(ssl);
  key with;
  int result = -1;
  if (bundle == NULL || bundle->tickets == NULL) return -1;
  if (sealing) {
    if (sealing_key(bundle->tickets, &with) == 0 && RAND_bytes(vector, EVP_MAX_IV_LENGTH) == 1) {
      memcpy(name, with.name, sizeof with.name);
      result = prepare(&with, vector, cipher, mac, 1) ? 1 : -1;
    }
  } else {
    result = opening_key(bundle->tickets, name, &with);
    if (result > 0 && !prepare(&with, vector, cipher, mac, 0)) result = -1;
  }
  OPENSSL_cleanse(&with, sizeof with);
  return result;
}

void ctls_tickets_install(SSL_CTX *settings) { SSL_CTX_set_tlsext_ticket_key_evp_cb(settings, with_ticket); }
