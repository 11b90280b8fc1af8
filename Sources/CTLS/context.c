#include "context.h"

#include <openssl/err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct ctls_context {
  pthread_mutex_t lock; /* held to copy or swap the pointer, never during I/O */
  SSL_CTX *settings;
  int is_server;
};

static void explain(char *error, size_t size, const char *what, const char *file) {
  unsigned long code = ERR_peek_last_error();
  const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
  if (size > 0) {
    snprintf(error, size, "%s%s%s: %s", what, file == NULL ? "" : " ", file == NULL ? "" : file,
             reason == NULL ? "unknown reason" : reason);
  }
  ERR_clear_error();
}

static SSL_CTX *new_settings(const SSL_METHOD *method) {
  ERR_clear_error();
  SSL_CTX *settings = SSL_CTX_new(method);
  if (settings == NULL) return NULL;
  SSL_CTX_set_min_proto_version(settings, TLS1_2_VERSION);
  /* Renegotiation and compression have only ever been attacks; the buffers of an idle session go back to the allocator. */
  SSL_CTX_set_options(settings, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(settings, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return settings;
}

static SSL_CTX *server_settings(const char *chain_file, const char *key_file, char *error, size_t size) {
  SSL_CTX *settings = new_settings(TLS_server_method());
  if (settings == NULL) {
    explain(error, size, "no TLS context", NULL);
    return NULL;
  }
  const char *what = NULL;
  const char *file = NULL;
  if (SSL_CTX_use_certificate_chain_file(settings, chain_file) != 1) {
    what = "certificate chain", file = chain_file;
  } else if (SSL_CTX_use_PrivateKey_file(settings, key_file, SSL_FILETYPE_PEM) != 1) {
    what = "private key", file = key_file;
  } else if (SSL_CTX_check_private_key(settings) != 1) {
    what = "the certificate does not belong to the key", file = key_file;
  }
  if (what == NULL) return settings;
  explain(error, size, what, file);
  SSL_CTX_free(settings);
  return NULL;
}

static ctls_context *wrap(SSL_CTX *settings, int is_server) {
  if (settings == NULL) return NULL;
  ctls_context *context = calloc(1, sizeof *context);
  if (context == NULL) {
    SSL_CTX_free(settings);
    return NULL;
  }
  pthread_mutex_init(&context->lock, NULL);
  context->settings = settings;
  context->is_server = is_server;
  return context;
}

ctls_context *ctls_server_context(const char *chain_file, const char *key_file, char *error, size_t error_size) {
  if (error_size > 0) error[0] = 0;
  return wrap(server_settings(chain_file, key_file, error, error_size), 1);
}

int ctls_server_reload(ctls_context *context, const char *chain_file, const char *key_file, char *error, size_t error_size) {
  if (error_size > 0) error[0] = 0;
  if (!context->is_server) {
    if (error_size > 0) snprintf(error, error_size, "a client's context has no certificate to reload");
    return -1;
  }
  SSL_CTX *settings = server_settings(chain_file, key_file, error, error_size);
  if (settings == NULL) return -1;
  pthread_mutex_lock(&context->lock);
  SSL_CTX *old = context->settings;
  context->settings = settings;
  pthread_mutex_unlock(&context->lock);
  SSL_CTX_free(old); /* live sessions hold references of their own */
  return 0;
}

ctls_context *ctls_client_context(const char *trust_file, char *error, size_t error_size) {
  if (error_size > 0) error[0] = 0;
  SSL_CTX *settings = new_settings(TLS_client_method());
  if (settings == NULL) {
    explain(error, error_size, "no TLS context", NULL);
    return NULL;
  }
  SSL_CTX_set_verify(settings, SSL_VERIFY_PEER, NULL);
  int trusted = trust_file == NULL ? SSL_CTX_set_default_verify_paths(settings)
                                   : SSL_CTX_load_verify_locations(settings, trust_file, NULL);
  if (trusted != 1) {
    explain(error, error_size, "trusted certificates", trust_file);
    SSL_CTX_free(settings);
    return NULL;
  }
  return wrap(settings, 0);
}

void ctls_context_free(ctls_context *context) {
  if (context == NULL) return;
  SSL_CTX_free(context->settings);
  pthread_mutex_destroy(&context->lock);
  free(context);
}

SSL_CTX *ctls_context_borrow(ctls_context *context, int is_server) {
  if (context == NULL || context->is_server != is_server) return NULL;
  pthread_mutex_lock(&context->lock);
  SSL_CTX *settings = context->settings;
  SSL_CTX_up_ref(settings);
  pthread_mutex_unlock(&context->lock);
  return settings;
}
