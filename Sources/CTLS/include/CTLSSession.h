/* TLS 1.2 and 1.3 over OpenSSL as a codec: bytes in, bytes out, no sockets, and no buffer of its own while it is idle.
 *
 *            plain text                         the wire
 *               ctls_seal ─▶ ┌──────────────┐ ─▶ send
 *                            │ ctls_session │
 *            ctls_receive ◀─ └──────────────┘ ◀─ recv
 *
 * Every call that may have something for the peer (a flight of the handshake, an alert) writes it to a buffer of the
 * caller's, who sends it in order with everything else.
 *
 * Ownership: a session belongs to the caller, who frees it once. No call keeps a pointer to the caller's bytes. Text is borrowed.
 * Threads: a session belongs to one thread at a time, and may change threads between calls.
 * Nothing aborts on input.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "CTLSContext.h"

typedef struct ctls_session ctls_session;

/* Room for the wire that is enough for any flight of a handshake with an ordinary certificate chain. */
enum { CTLS_FLIGHT_ROOM = 64 << 10 };
/* Plain text in one record, and the most it grows by on the wire. */
enum { CTLS_RECORD_PLAIN = 16 << 10, CTLS_RECORD_OVERHEAD = 512 };

/* How a session stands. */
enum {
  CTLS_OPEN = 1,       /* the handshake is done, the peer verified, data may flow */
  CTLS_HANDSHAKE = 0,  /* the handshake goes on; feed what the peer sends */
  CTLS_FAILED = -1,    /* over for a fault: see ctls_fault and ctls_error. What is in `wire` is the alert: send it. */
  CTLS_CLOSED = -2     /* the peer said it sends no more (close_notify); sealing still works */
};

/* Why a session failed. */
enum {
  CTLS_FAULT_NONE = 0,
  CTLS_FAULT_PLAIN_HTTP,     /* the peer speaks HTTP without TLS */
  CTLS_FAULT_NOT_TLS,        /* … or something else without TLS */
  CTLS_FAULT_VERSION,        /* no TLS version in common */
  CTLS_FAULT_CIPHERS,        /* no cipher, group, signature or application protocol in common */
  CTLS_FAULT_WRONG_NAME,     /* the peer's certificate is for somebody else */
  CTLS_FAULT_EXPIRED,        /* … has run out, or is not valid yet */
  CTLS_FAULT_SELF_SIGNED,    /* … is signed by nobody but itself */
  CTLS_FAULT_UNTRUSTED,      /* … is not trusted for another reason */
  CTLS_FAULT_NO_CERTIFICATE, /* the client showed none, and must */
  CTLS_FAULT_ALERT,          /* the peer ended it with an alert: ctls_error names it */
  CTLS_FAULT_RECORD,         /* a record was altered or makes no sense */
  CTLS_FAULT_OTHER
};

/* What a call did. */
typedef struct ctls_step {
  size_t taken; /* bytes of the input that were used up */
  size_t plain; /* plain text that was written */
  size_t wire;  /* bytes for the peer that were written, also with CTLS_FAILED */
  int state;    /* CTLS_OPEN, … */
} ctls_step;

/* A session that waits for a client. NULL: no memory, or not a server's context. */
ctls_session *ctls_accept(ctls_context *context);

/* A session that begins a handshake with the server `name`: a host name (sent as SNI) or numeric address, at most 253 bytes.
 * The peer's certificate must be trusted and be for that name or address, or the handshake fails. The first flight comes with
 * the first ctls_receive, of no bytes. NULL: no memory, a bad name, or not a client's context. */
ctls_session *ctls_connect(ctls_context *context, const char *name);

/* Frees a session. NULL is allowed. */
void ctls_session_free(ctls_session *session);

/* Takes bytes from the wire, goes on with the handshake, and decrypts what can be read.
 *
 * All input is taken, and none is kept but a record's beginning, if `plain_room` is at least `length` + CTLS_RECORD_PLAIN and
 * `wire_room` at least CTLS_FLIGHT_ROOM. With less room some of it may be left: empty the buffers and call again with the rest.
 * After CTLS_CLOSED and CTLS_FAILED all input is taken and ignored. */
ctls_step ctls_receive(ctls_session *session, const uint8_t *bytes, size_t length, uint8_t *plain, size_t plain_room,
                       uint8_t *wire, size_t wire_room);

/* Encrypts plain text into as few records as possible: as much of it as surely fits (every full CTLS_RECORD_PLAIN +
 * CTLS_RECORD_OVERHEAD of `wire_room` takes CTLS_RECORD_PLAIN). Takes nothing before the handshake is done. */
ctls_step ctls_seal(ctls_session *session, const uint8_t *bytes, size_t length, uint8_t *wire, size_t wire_room);

/* Says that we send no more (close_notify); gives the alert's length in `wire`, 0 if there is nobody to say it to. Reading goes
 * on. 256 bytes are enough. */
size_t ctls_close(ctls_session *session, uint8_t *wire, size_t wire_room);

/* Why the session failed: CTLS_FAULT_…. */
int ctls_fault(const ctls_session *session);

/* The same as a sentence; "" if it has not failed. */
const char *ctls_error(const ctls_session *session);

/* "TLSv1.3", "TLSv1.2"; "" before the handshake is done. Static. */
const char *ctls_version(const ctls_session *session);

/* 1 if the handshake was shortened by a ticket. */
int ctls_resumed(const ctls_session *session);

/* The name the client asked for (SNI); "" if none, or for a client. */
const char *ctls_server_name(const ctls_session *session);
