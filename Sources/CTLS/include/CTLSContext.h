/* Certificates, keys and whom to trust: what TLS sessions are made from.
 *
 * Ownership: a context belongs to the caller, who frees it once; its sessions keep what they need of it and outlive it.
 * `error` buffers belong to the caller and are always NUL-terminated if their size is not 0. File names are read, not kept.
 * Threads: a context may be used by several threads at once, also while it is reloaded: a reload swaps what sessions made
 * later will use, under a lock.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct ctls_context ctls_context;

/* A certificate chain (leaf first) and its private key, both PEM files. */
typedef struct ctls_pair {
  const char *chain_file;
  const char *key_file;
} ctls_pair;

/* What a server shows and demands. */
typedef struct ctls_server_files {
  /* At least one. The client's server name (SNI) picks the first whose certificate is for that name, a name spelled out
   * before a wildcard; the first pair serves everyone else. */
  const ctls_pair *pairs;
  size_t pair_count;
  /* PEM file: clients must show a certificate that one of these issued. NULL: clients are not asked. */
  const char *trust_file;
  /* With trust_file: the name a client's certificate must be for. NULL: any. */
  const char *peer_name;
} ctls_server_files;

/* What a client trusts and shows. */
typedef struct ctls_client_files {
  /* PEM file; NULL: the system's. */
  const char *trust_file;
  /* Its own certificate, for servers that ask; NULL: none. */
  const ctls_pair *pair;
} ctls_client_files;

/* A context for servers. NULL: see `error`. */
ctls_context *ctls_server_context(const ctls_server_files *files, char *error, size_t error_size);

/* Reads files again for sessions made from now on; live sessions keep theirs, and tickets given out before stay good.
 * 0, or -1: nothing changed, see `error`. */
int ctls_server_reload(ctls_context *context, const ctls_server_files *files, char *error, size_t error_size);

/* A context for clients. NULL: see `error`. */
ctls_context *ctls_client_context(const ctls_client_files *files, char *error, size_t error_size);

/* As ctls_server_reload, for a client's context. */
int ctls_client_reload(ctls_context *context, const ctls_client_files *files, char *error, size_t error_size);

/* When the first of the context's own certificates runs out, in Unix seconds; 0 if it has none. */
int64_t ctls_context_expiry(ctls_context *context);

/* A new key for session tickets. The one before still opens what it sealed, the one before that no longer. Happens by
 * itself when a key has sealed for 12 hours. 0, or -1: no randomness, nothing changed. */
int ctls_server_rotate_tickets(ctls_context *context);

/* Frees a context; its sessions live on. NULL is allowed. */
void ctls_context_free(ctls_context *context);
