/* Between session.c and fault.c only. */
#pragma once
#include <openssl/ssl.h>

#include "CTLSSession.h"
#include "wire.h"

struct ctls_session {
  SSL *ssl;
  ctls_wire wire;
  char *error; /* of a failed session, on the heap: most never fail */
  int fault;   /* CTLS_FAULT_… */
  uint8_t is_server;
  uint8_t closed;  /* the peer's close_notify has come */
  uint8_t is_open; /* the handshake is done */
};

/* Notes why the session failed, from OpenSSL's error queue, which is empty afterwards. The first reason stands. */
void ctls_fail(ctls_session *session, const char *what);
