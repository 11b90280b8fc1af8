#include "session.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"

static ctls_session *create(ctls_context *context, int is_server) {
  SSL_CTX *settings = ctls_context_borrow(context, is_server);
  if (settings == NULL) return NULL;
  ctls_session *session = calloc(1, sizeof *session);
  BIO *bio = session == NULL ? NULL : ctls_wire_bio(&session->wire);
  SSL *ssl = bio == NULL ? NULL : SSL_new(settings); /* keeps a reference to the settings of this moment */
  if (ssl != NULL) {
    SSL_set_app_data(ssl, ctls_bundle_of(settings));
    SSL_set_bio(ssl, bio, bio);
    session->ssl = ssl;
    session->is_server = is_server != 0;
  } else {
    BIO_free(bio);
    free(session);
    session = NULL;
  }
  SSL_CTX_free(settings);
  ERR_clear_error();
  return session;
}

/* The peer's certificate must be for this host name or address. */
static int expect(SSL *ssl, const char *name) {
  X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);
  /* "a*.b" must not match, and an address is compared with addresses only (RFC 6125, RFC 9525). */
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, name) == 1) return 1;
  ERR_clear_error();
  if (X509_VERIFY_PARAM_set1_host(rules, name, strlen(name)) != 1) return 0;
  return SSL_is_server(ssl) || SSL_set_tlsext_host_name(ssl, name) == 1;
}

ctls_session *ctls_accept(ctls_context *context) {
  ctls_session *session = create(context, 1);
  if (session == NULL) return NULL;
  SSL_set_accept_state(session->ssl);
  const ctls_bundle *bundle = SSL_get_app_data(session->ssl);
  if (bundle->peer_name == NULL || expect(session->ssl, bundle->peer_name)) return session;
  ctls_session_free(session);
  return NULL;
}

ctls_session *ctls_connect(ctls_context *context, const char *name) {
  size_t length = name == NULL ? 0 : strlen(name);
  if (length == 0 || length > 253) return NULL;
  ctls_session *session = create(context, 0);
  if (session == NULL) return NULL;
  SSL_set_connect_state(session->ssl);
  int known = expect(session->ssl, name);
  ERR_clear_error();
  if (known) return session;
  ctls_session_free(session);
  return NULL;
}

void ctls_session_free(ctls_session *session) {
  if (session == NULL) return;
  SSL_free(session->ssl);
  free(session->error);
  free(session);
}

static int state(const ctls_session *session) {
  if (session->fault != CTLS_FAULT_NONE) return CTLS_FAILED;
  if (session->closed) return CTLS_CLOSED;
  return session->is_open ? CTLS_OPEN : CTLS_HANDSHAKE;
}

/* What an SSL_* call's result means, when it was not success. */
static void judge(ctls_session *session, int result, const char *what) {
  switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return;
    case SSL_ERROR_ZERO_RETURN: session->closed = 1; return;
    default: ctls_fail(session, what);
  }
}

static void handshake(ctls_session *session) {
  int result = SSL_do_handshake(session->ssl);
  if (result == 1) {
    session->is_open = 1;
  } else {
    judge(session, result, "handshake");
  }
}

ctls_step ctls_receive(ctls_session *session, const uint8_t *bytes, size_t length, uint8_t *plain, size_t plain_room,
                       uint8_t *wire, size_t wire_room) {
  ctls_step step = {0};
  /* The error queue belongs to the thread: what another call left there must not be read as this one's. */
  ERR_clear_error();
  session->wire = (ctls_wire){.in = bytes, .in_left = length, .out = wire, .out_left = wire_room};
  if (state(session) == CTLS_HANDSHAKE) handshake(session);
  /* A call that finds neither input nor whole records costs as much as one that does: it is not made. */
  while (state(session) == CTLS_OPEN && step.plain < plain_room &&
         (session->wire.in_left > 0 || SSL_pending(session->ssl) > 0)) {
    size_t room = plain_room - step.plain;
    size_t before = session->wire.in_left;
    int read = SSL_read(session->ssl, plain + step.plain, room > INT_MAX ? INT_MAX : (int)room);
    if (read > 0) {
      step.plain += (size_t)read;
      continue;
    }
    judge(session, read, "read");
    /* It went no further: there is no room for what it wants to answer. */
    if (session->wire.in_left == before) break;
  }
  step.state = state(session);
  if (step.state == CTLS_FAILED || step.state == CTLS_CLOSED) session->wire.in_left = 0;
  step.taken = length - session->wire.in_left;
  step.wire = wire_room - session->wire.out_left;
  session->wire = (ctls_wire){0};
  return step;
}

ctls_step ctls_seal(ctls_session *session, const uint8_t *bytes, size_t length, uint8_t *wire, size_t wire_room) {
  ctls_step step = {.state = state(session)};
  size_t most = wire_room / (CTLS_RECORD_PLAIN + CTLS_RECORD_OVERHEAD) * CTLS_RECORD_PLAIN;
  if (length > most) length = most;
  if (length == 0 || !session->is_open || step.state == CTLS_FAILED) return step;
  ERR_clear_error();
  session->wire = (ctls_wire){.out = wire, .out_left = wire_room};
  while (step.taken < length) {
    /* With partial writes each call makes one record. */
    size_t part = length - step.taken;
    int written = SSL_write(session->ssl, bytes + step.taken, part > INT_MAX ? INT_MAX : (int)part);
    if (written <= 0) {
      judge(session, written, "write");
      break;
    }
    step.taken += (size_t)written;
  }
  step.state = state(session);
  step.wire = wire_room - session->wire.out_left;
  session->wire = (ctls_wire){0};
  return step;
}

size_t ctls_close(ctls_session *session, uint8_t *wire, size_t wire_room) {
  if (session->fault != CTLS_FAULT_NONE || !session->is_open) return 0;
  ERR_clear_error();
  session->wire = (ctls_wire){.out = wire, .out_left = wire_room};
  SSL_shutdown(session->ssl);
  ERR_clear_error();
  size_t written = wire_room - session->wire.out_left;
  session->wire = (ctls_wire){0};
  return written;
}

const char *ctls_version(const ctls_session *session) { return session->is_open ? SSL_get_version(session->ssl) : ""; }

int ctls_resumed(const ctls_session *session) { return session->is_open && SSL_session_reused(session->ssl); }

const char *ctls_server_name(const ctls_session *session) {
  if (!session->is_server) return "";
  const char *name = SSL_get_servername(session->ssl, TLSEXT_NAMETYPE_host_name);
  return name == NULL ? "" : name;
}
