/* Between the .c files only. */
#pragma once
#include <openssl/ssl.h>

#include "CTLSContext.h"
#include "tickets.h"

/* A context's settings at one moment: what one SSL_CTX needs besides itself. Freed with the SSL_CTX, through its ex_data. */
typedef struct ctls_bundle {
  ctls_tickets *tickets; /* a reference of its own; NULL for a client */
  char *peer_name;       /* may be NULL */
  int64_t expiry;
  size_t other_count;
  SSL_CTX **others; /* the certificates behind the first, for SNI */
} ctls_bundle;

/* The settings of this moment with a reference of the caller's own (SSL_CTX_free); NULL if the context is of the other side. */
SSL_CTX *ctls_context_borrow(ctls_context *context, int is_server);

/* What belongs to the settings. */
ctls_bundle *ctls_bundle_of(const SSL_CTX *settings);

/* settings.c: new settings for either side, or NULL and the reason. `tickets` gains a reference. */
SSL_CTX *ctls_server_settings(const ctls_server_files *files, ctls_tickets *tickets, char *error, size_t size);
SSL_CTX *ctls_client_settings(const ctls_client_files *files, char *error, size_t size);
