/* The keys that seal session tickets (RFC 5077, RFC 8446 §4.6.1). Between the .c files only.
 *
 * They belong to a context and not to its SSL_CTX, so that a certificate's reload leaves the tickets good. One key is never
 * used for longer than 12 hours, nor opens anything after 24: whoever steals a key opens a day, not a year.
 */
#pragma once
#include <openssl/ssl.h>

typedef struct ctls_tickets ctls_tickets;

/* New keys with one reference; NULL: no randomness or memory. */
ctls_tickets *ctls_tickets_new(void);
void ctls_tickets_hold(ctls_tickets *tickets);
void ctls_tickets_release(ctls_tickets *tickets);

/* A new sealing key; 0 or -1. */
int ctls_tickets_rotate(ctls_tickets *tickets);

/* Makes an SSL_CTX seal and open with these keys; it must have them in its bundle. */
void ctls_tickets_install(SSL_CTX *settings);
