/* Between context.c and session.c only. */
#pragma once
#include <openssl/ssl.h>

#include "CTLSSession.h"

/* The settings of this moment with a reference of the caller's own (SSL_CTX_free); NULL if the context is of the other side. */
SSL_CTX *ctls_context_borrow(ctls_context *context, int is_server);
