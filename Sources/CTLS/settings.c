#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "context.h"

/* Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else anyway. */
static const char ciphers_of_1_2[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
static const unsigned char scope[] = "ringway";

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int bundle_index = -1;

static void free_bundle(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long number, void *more) {
  (void)parent, (void)data, (void)index, (void)number, (void)more;
  ctls_bundle *bundle = pointer;
  if (bundle == NULL) return;
  for (size_t other = 0; other < bundle->other_count; other++) SSL_CTX_free(bundle->others[other]);
  free(bundle->others);
  free(bundle->peer_name);
  ctls_tickets_release(bundle->tickets);
  free(bundle);
}

static void prepare_index(void) { bundle_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_bundle); }

ctls_bundle *ctls_bundle_of(const SSL_CTX *settings) { return SSL_CTX_get_ex_data(settings, bundle_index); }

static SSL_CTX *explain(SSL_CTX *settings, char *error, size_t size, const char *what, const char *file) {
  unsigned long code = ERR_peek_last_error();
  const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
  if (size > 0) {
    snprintf(error, size, "%s%s%s: %s", what, file == NULL ? "" : " ", file == NULL ? "" : file,
             reason == NULL ? "unknown reason" : reason);
  }
  ERR_clear_error();
  SSL_CTX_free(settings);
  return NULL;
}

/* OpenSSL's own way is to ask at the terminal, which stops a program for good. */
static int no_password(char *buffer, int size, int writing, void *unused) {
  (void)buffer, (void)size, (void)writing, (void)unused;
  return -1;
}

static SSL_CTX *new_settings(const SSL_METHOD *method) {
  pthread_once(&once, prepare_index);
  ERR_clear_error();
  SSL_CTX *settings = SSL_CTX_new(method);
  ctls_bundle *bundle = settings == NULL ? NULL : calloc(1, sizeof *bundle);
  if (bundle == NULL || SSL_CTX_set_ex_data(settings, bundle_index, bundle) != 1 ||
      SSL_CTX_set_min_proto_version(settings, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(settings, ciphers_of_1_2) != 1) {
    if (settings != NULL && ctls_bundle_of(settings) == NULL) free(bundle);
    SSL_CTX_free(settings);
    return NULL;
  }
  /* Renegotiation and compression have only ever been attacks; the buffers of an idle session go back to the allocator. */
  SSL_CTX_set_options(settings, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                    SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(settings, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  /* Tickets carry a session's secrets to the client; keeping 20,000 of them here as well would only be memory. */
  SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);
  /* SNI takes the scope of the settings it picks, and a ticket is only good in the scope it was made in. */
  SSL_CTX_set_session_id_context(settings, scope, sizeof scope - 1);
  SSL_CTX_set_default_passwd_cb(settings, no_password);
  return settings;
}

static int64_t unix_time(const ASN1_TIME *time) {
  struct tm parts;
  return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

/* Reads a pair into the settings; `*expiry` becomes the earlier of itself (if not 0) and the leaf's end. */
static const char *load_pair(SSL_CTX *settings, const ctls_pair *pair, int64_t *expiry, const char **file) {
  *file = pair->chain_file;
  if (SSL_CTX_use_certificate_chain_file(settings, pair->chain_file) != 1) return "certificate chain";
  *file = pair->key_file;
  if (SSL_CTX_use_PrivateKey_file(settings, pair->key_file, SSL_FILETYPE_PEM) != 1) {
    return ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ? "the certificate does not belong to the key"
                                                                              : "private key";
  }
  if (SSL_CTX_check_private_key(settings) != 1) return "the certificate does not belong to the key";
  int64_t end = unix_time(X509_get0_notAfter(SSL_CTX_get0_certificate(settings)));
  if (*expiry == 0 || end < *expiry) *expiry = end;
  return NULL;
}

static int is_for(const SSL_CTX *settings, const char *name, unsigned int flags) {
  return X509_check_host(SSL_CTX_get0_certificate(settings), name, strlen(name), flags | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                         NULL) == 1;
}

/* SNI: the first certificate that spells the name out, then the first whose wildcard covers it, else the default. */
static int pick_certificate(SSL *ssl, int *alert, void *unused) {
  (void)alert, (void)unused;
  const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  SSL_CTX *standard = SSL_get_SSL_CTX(ssl);
  ctls_bundle *bundle = ctls_bundle_of(standard);
  if (name == NULL) return SSL_TLSEXT_ERR_NOACK;
  const unsigned int passes[] = {X509_CHECK_FLAG_NO_WILDCARDS, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS};
  for (int pass = 0; pass < 2; pass++) {
    if (is_for(standard, name, passes[pass])) return SSL_TLSEXT_ERR_OK;
    for (size_t other = 0; other < bundle->other_count; other++) {
      if (!is_for(bundle->others[other], name, passes[pass])) continue;
      return SSL_set_SSL_CTX(ssl, bundle->others[other]) == NULL ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

/* Who offers protocols must offer ours: a connection that both sides read differently is an attack (RFC 7301 §3.2, ALPACA). */
static int pick_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *offered,
                         unsigned int length, void *unused) {
  (void)ssl, (void)unused;
  static const unsigned char ours[] = "\x08http/1.1";
  unsigned char *found = NULL;
  if (SSL_select_next_proto(&found, out_length, ours, sizeof ours - 1, offered, length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = found;
  return SSL_TLSEXT_ERR_OK;
}

static int demand_certificate(SSL_CTX *settings, const char *trust_file) {
  STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(trust_file);
  if (names == NULL) return 0;
  SSL_CTX_set_client_CA_list(settings, names);
  SSL_CTX_set_verify(settings, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  return SSL_CTX_load_verify_locations(settings, trust_file, NULL) == 1;
}

SSL_CTX *ctls_server_settings(const ctls_server_files *files, ctls_tickets *tickets, char *error, size_t size) {
  SSL_CTX *settings = new_settings(TLS_server_method());
  if (settings == NULL) return explain(NULL, error, size, "no TLS context", NULL);
  if (files->pair_count == 0) return explain(settings, error, size, "no certificate", NULL);
  ctls_bundle *bundle = ctls_bundle_of(settings);
  const char *file = NULL;
  const char *what = load_pair(settings, &files->pairs[0], &bundle->expiry, &file);
  if (what != NULL) return explain(settings, error, size, what, file);
  if (files->pair_count > 1 && (bundle->others = calloc(files->pair_count - 1, sizeof *bundle->others)) == NULL)
    return explain(settings, error, size, "no memory", NULL);
  for (size_t next = 1; next < files->pair_count; next++) {
    SSL_CTX *other = new_settings(TLS_server_method());
    if (other == NULL) return explain(settings, error, size, "no TLS context", NULL);
    bundle->others[bundle->other_count++] = other;
    what = load_pair(other, &files->pairs[next], &bundle->expiry, &file);
    if (what != NULL) return explain(settings, error, size, what, file);
  }
  if (files->trust_file != NULL && !demand_certificate(settings, files->trust_file))
    return explain(settings, error, size, "trusted certificates", files->trust_file);
  if (files->trust_file != NULL && files->peer_name != NULL && (bundle->peer_name = strdup(files->peer_name)) == NULL)
    return explain(settings, error, size, "no memory", NULL);
  SSL_CTX_set_tlsext_servername_callback(settings, pick_certificate);
  SSL_CTX_set_alpn_select_cb(settings, pick_protocol, NULL);
  if (files->trust_file != NULL) {
    /* Who resumes shows no certificate, so a client would outlive the trust in it by a ticket's life. */
    SSL_CTX_set_options(settings, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(settings, 0);
  } else {
    /* A WebSocket client opens one connection at a time: a second ticket would be made for nobody. */
    SSL_CTX_set_num_tickets(settings, 1);
  }
  ctls_tickets_hold(tickets);
  bundle->tickets = tickets;
  ctls_tickets_install(settings);
  return settings;
}

SSL_CTX *ctls_client_settings(const ctls_client_files *files, char *error, size_t size) {
  SSL_CTX *settings = new_settings(TLS_client_method());
  if (settings == NULL) return explain(NULL, error, size, "no TLS context", NULL);
  SSL_CTX_set_verify(settings, SSL_VERIFY_PEER, NULL);
  int trusted = files->trust_file == NULL ? SSL_CTX_set_default_verify_paths(settings)
                                          : SSL_CTX_load_verify_locations(settings, files->trust_file, NULL);
  if (trusted != 1) return explain(settings, error, size, "trusted certificates", files->trust_file);
  if (files->pair == NULL) return settings;
  const char *file = NULL;
  const char *what = load_pair(settings, files->pair, &ctls_bundle_of(settings)->expiry, &file);
  return what == NULL ? settings : explain(settings, error, size, what, file);
}
