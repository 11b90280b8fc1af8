#include "CTLSSession.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"

struct ctls_session {
  SSL *ssl;
  BIO *in;  /* from the wire; owned by ssl */
  BIO *out; /* to the wire; owned by ssl */
  int failed;
  int is_server;
  char error[256];
};

static int fail(ctls_session *session, const char *what) {
  if (session->failed) return CTLS_FAILED;
  session->failed = 1;
  long verdict = SSL_get_verify_result(session->ssl);
  unsigned long code = ERR_peek_last_error();
  const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
  if (!session->is_server && verdict != X509_V_OK) {
    snprintf(session->error, sizeof session->error, "%s: the server's certificate is not accepted: %s", what,
             X509_verify_cert_error_string(verdict));
  } else {
    snprintf(session->error, sizeof session->error, "%s: %s", what, reason == NULL ? "the connection broke" : reason);
  }
  ERR_clear_error();
  return CTLS_FAILED;
}

/* What an SSL_* call's result means, when it was not success. */
static int judge(ctls_session *session, int result, const char *what) {
  switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return CTLS_WANTS_MORE;
    case SSL_ERROR_ZERO_RETURN: return CTLS_CLOSED;
    default: return fail(session, what);
  }
}

/* The error queue belongs to the thread: what another call left there must not be read as this one's. */
static int handshake(ctls_session *session) {
  if (SSL_is_init_finished(session->ssl)) return CTLS_OK;
  ERR_clear_error();
  int result = SSL_do_handshake(session->ssl);
  return result == 1 ? CTLS_OK : judge(session, result, "handshake");
}

static ctls_session *create(ctls_context *context, int is_server) {
  SSL_CTX *settings = ctls_context_borrow(context, is_server);
  if (settings == NULL) return NULL;
  ctls_session *session = calloc(1, sizeof *session);
  if (session != NULL) {
    session->is_server = is_server;
    session->ssl = SSL_new(settings); /* keeps a reference to the settings of this moment */
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
  }
  SSL_CTX_free(settings);
  if (session == NULL) return NULL;
  if (session->ssl == NULL || session->in == NULL || session->out == NULL) {
    BIO_free(session->in);
    BIO_free(session->out);
    SSL_free(session->ssl);
    free(session);
    return NULL;
  }
  /* An empty memory BIO is "no bytes yet", not the end of the stream. */
  BIO_set_mem_eof_return(session->in, -1);
  BIO_set_mem_eof_return(session->out, -1);
  SSL_set_bio(session->ssl, session->in, session->out);
  return session;
}

ctls_session *ctls_accept(ctls_context *context) {
  ctls_session *session = create(context, 1);
  if (session != NULL) SSL_set_accept_state(session->ssl);
  return session;
}

ctls_session *ctls_connect(ctls_context *context, const char *host) {
  size_t length = host == NULL ? 0 : strlen(host);
  if (length == 0 || length > 253) return NULL;
  ctls_session *session = create(context, 0);
  if (session == NULL) return NULL;
  X509_VERIFY_PARAM *rules = SSL_get0_param(session->ssl);
  /* "a*.b" must not match, and an address is compared with addresses only (RFC 6125, RFC 9525). */
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  int known = X509_VERIFY_PARAM_set1_ip_asc(rules, host);
  ERR_clear_error();
  if (known != 1) {
    known = X509_VERIFY_PARAM_set1_host(rules, host, length) == 1 && SSL_set_tlsext_host_name(session->ssl, host) == 1;
  }
  if (known != 1) {
    ERR_clear_error();
    ctls_session_free(session);
    return NULL;
  }
  SSL_set_connect_state(session->ssl);
  handshake(session); /* queues the first flight */
  return session;
}

void ctls_session_free(ctls_session *session) {
  if (session == NULL) return;
  SSL_free(session->ssl);
  free(session);
}

int64_t ctls_feed(ctls_session *session, const uint8_t *bytes, size_t length) {
  if (session->failed) return CTLS_FAILED;
  size_t unread = BIO_ctrl_pending(session->in);
  size_t room = unread >= CTLS_MAX_WIRE ? 0 : CTLS_MAX_WIRE - unread;
  if (length > room) length = room;
  if (length > 0 && BIO_write(session->in, bytes, (int)length) != (int)length) return fail(session, "no memory");
  return handshake(session) == CTLS_FAILED ? CTLS_FAILED : (int64_t)length;
}

size_t ctls_take(ctls_session *session, uint8_t *out, size_t room) {
  if (room > INT_MAX) room = INT_MAX;
  int taken = room == 0 ? 0 : BIO_read(session->out, out, (int)room);
  return taken > 0 ? (size_t)taken : 0;
}

size_t ctls_waiting(const ctls_session *session) { return BIO_ctrl_pending(session->out); }

int ctls_ready(const ctls_session *session) {
  if (session->failed) return CTLS_FAILED;
  return SSL_is_init_finished(session->ssl) ? 1 : 0;
}

int64_t ctls_read(ctls_session *session, uint8_t *out, size_t room) {
  if (session->failed) return CTLS_FAILED;
  int state = handshake(session);
  if (state != CTLS_OK) return state;
  if (room == 0) return CTLS_WANTS_MORE;
  ERR_clear_error();
  int read = SSL_read(session->ssl, out, room > INT_MAX ? INT_MAX : (int)room);
  return read > 0 ? read : judge(session, read, "read");
}

int64_t ctls_write(ctls_session *session, const uint8_t *bytes, size_t length) {
  if (session->failed) return CTLS_FAILED;
  int state = handshake(session);
  if (state != CTLS_OK) return state == CTLS_WANTS_MORE ? 0 : state;
  if (length == 0 || ctls_waiting(session) >= CTLS_MAX_WIRE) return 0;
  /* A record holds 16 KiB: with the check above the bound is passed by less than this part. */
  if (length > 64 << 10) length = 64 << 10;
  ERR_clear_error();
  int written = SSL_write(session->ssl, bytes, (int)length);
  if (written > 0) return written;
  state = judge(session, written, "write");
  return state == CTLS_WANTS_MORE ? 0 : state;
}

void ctls_close(ctls_session *session) {
  if (session->failed || !SSL_is_init_finished(session->ssl)) return;
  ERR_clear_error();
  SSL_shutdown(session->ssl);
  ERR_clear_error();
}

const char *ctls_error(const ctls_session *session) { return session->error; }

const char *ctls_version(const ctls_session *session) {
  return SSL_is_init_finished(session->ssl) ? SSL_get_version(session->ssl) : "";
}

const char *ctls_server_name(const ctls_session *session) {
  if (!session->is_server) return "";
  const char *name = SSL_get_servername(session->ssl, TLSEXT_NAMETYPE_host_name);
  return name == NULL ? "" : name;
}
