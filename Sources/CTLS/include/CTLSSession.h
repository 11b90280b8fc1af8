/* TLS 1.2 and 1.3 over OpenSSL as a codec: bytes in, bytes out, no sockets.
 *
 *            plain text                         the wire
 *   ctls_write ──────▶ ┌──────────────┐ ──────▶ ctls_take
 *                      │ ctls_session │
 *   ctls_read  ◀────── └──────────────┘ ◀────── ctls_feed
 *
 * After each ctls_feed and ctls_write take what is there (ctls_take) and send it; the handshake goes on by itself.
 *
 * Ownership: a context and a session are given to the caller, who frees each once. A session keeps what it needs of its
 * context: the context may be freed or reloaded while sessions live. Text from ctls_error is borrowed. `error` buffers belong
 * to the caller and are always NUL-terminated if their size is not 0.
 * Threads: a session belongs to one thread at a time. A context may be used by several threads at once, also while it is
 * reloaded: reloading swaps the certificates for sessions made later, under a lock.
 * Bounds: a session holds at most CTLS_MAX_WIRE unread and CTLS_MAX_WIRE unsent bytes of the wire; more is refused with 0 taken.
 * Nothing aborts on input.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { CTLS_MAX_WIRE = 1 << 20 };

typedef struct ctls_context ctls_context;
typedef struct ctls_session ctls_session;

/* What a call found. */
enum {
  CTLS_OK = 1,
  CTLS_WANTS_MORE = 0, /* nothing to read now; feed what the peer sends */
  CTLS_FAILED = -1,    /* the session is over for a fault; see ctls_error. What ctls_take gives may be an alert: send it. */
  CTLS_CLOSED = -2     /* the peer said it sends no more (close_notify) */
};

/* A context for servers: certificate chain (leaf first) and private key, both PEM files. NULL: see `error`. */
ctls_context *ctls_server_context(const char *chain_file, const char *key_file, char *error, size_t error_size);

/* Reads both files again for sessions made from now on; live sessions keep theirs. 0, or -1: nothing changed, see `error`. */
int ctls_server_reload(ctls_context *context, const char *chain_file, const char *key_file, char *error, size_t error_size);

/* A context for clients that trusts the PEM file's certificates; NULL: the system's. NULL result: see `error`. */
ctls_context *ctls_client_context(const char *trust_file, char *error, size_t error_size);

/* Frees a context; its sessions live on. NULL is allowed. */
void ctls_context_free(ctls_context *context);

/* A session that waits for a client. NULL: no memory, or not a server's context. */
ctls_session *ctls_accept(ctls_context *context);

/* A session that begins a handshake with the server `host`: its name (sent as SNI) or numeric address, at most 253 bytes. The
 * peer's certificate must be trusted and be for that name or address, or the handshake fails. NULL: no memory, a bad name, or
 * not a client's context. */
ctls_session *ctls_connect(ctls_context *context, const char *host);

/* Frees a session. NULL is allowed. */
void ctls_session_free(ctls_session *session);

/* Gives bytes from the wire and goes on with the handshake. Returns how many were taken (fewer, down to 0, when
 * CTLS_MAX_WIRE unread ones are held: read first), or CTLS_FAILED. */
int64_t ctls_feed(ctls_session *session, const uint8_t *bytes, size_t length);

/* Takes bytes for the wire. Returns how many were written to `out`; 0: none wait. Works also on a failed session. */
size_t ctls_take(ctls_session *session, uint8_t *out, size_t room);

/* Bytes that wait for ctls_take. */
size_t ctls_waiting(const ctls_session *session);

/* 1 when the handshake is done, the peer verified and data may flow; 0 before; CTLS_FAILED. */
int ctls_ready(const ctls_session *session);

/* Reads plain text. More than 0: that many bytes. Else CTLS_WANTS_MORE, CTLS_CLOSED or CTLS_FAILED. */
int64_t ctls_read(ctls_session *session, uint8_t *out, size_t room);

/* Writes plain text. Returns how many bytes were taken, 0 when the handshake is not done or CTLS_MAX_WIRE unsent bytes wait
 * (take, send, and write again), or CTLS_FAILED. */
int64_t ctls_write(ctls_session *session, const uint8_t *bytes, size_t length);

/* Says that we send no more; take and send the alert. Reading goes on. */
void ctls_close(ctls_session *session);

/* Why the session failed, as a sentence; "" if it has not. Borrowed from the session. */
const char *ctls_error(const ctls_session *session);

/* "TLSv1.3", "TLSv1.2"; "" before the handshake is done. Static. */
const char *ctls_version(const ctls_session *session);

/* The name the client asked for (SNI); "" if none, or for a client. Borrowed from the session. */
const char *ctls_server_name(const ctls_session *session);
