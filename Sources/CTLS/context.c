#include "context.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct ctls_context {
  pthread_mutex_t lock; /* held to copy or swap the pointer, never during I/O */
  SSL_CTX *settings;
  ctls_tickets *tickets; /* NULL for a client */
};

static ctls_context *wrap(SSL_CTX *settings, ctls_tickets *tickets) {
  ctls_context *context = settings == NULL ? NULL : calloc(1, sizeof *context);
  if (context == NULL) {
    SSL_CTX_free(settings);
    ctls_tickets_release(tickets);
    return NULL;
  }
  pthread_mutex_init(&context->lock, NULL);
  context->settings = settings;
  context->tickets = tickets;
  return context;
}

static int swap(ctls_context *context, SSL_CTX *settings) {
  if (settings == NULL) return -1;
  pthread_mutex_lock(&context->lock);
  SSL_CTX *old = context->settings;
  context->settings = settings;
  pthread_mutex_unlock(&context->lock);
  SSL_CTX_free(old); /* live sessions hold references of their own */
  return 0;
}

static int wrong_side(char *error, size_t error_size) {
  if (error_size > 0) snprintf(error, error_size, "a context keeps its side: server or client");
  return -1;
}

ctls_context *ctls_server_context(const ctls_server_files *files, char *error, size_t error_size) {
  if (error_size > 0) error[0] = 0;
  ctls_tickets *tickets = ctls_tickets_new();
  if (tickets == NULL) {
    if (error_size > 0) snprintf(error, error_size, "no randomness or no memory for ticket keys");
    return NULL;
  }
  return wrap(ctls_server_settings(files, tickets, error, error_size), tickets);
}

int ctls_server_reload(ctls_context *context, const ctls_server_files *files, char *error, size_t error_size) {
  if (error_size > 0) error[0] = 0;
  if (context->tickets == NULL) return wrong_side(error, error_size);
  return swap(context, ctls_server_settings(files, context->tickets, error, error_size));
}

ctls_context *ctls_client_context(const ctls_client_files *files, char *error, size_t error_size) {
  if (error_size > 0) error[0] = 0;
  return wrap(ctls_client_settings(files, error, error_size), NULL);
}

int ctls_client_reload(ctls_context *context, const ctls_client_files *files, char *error, size_t error_size) {
  if (error_size > 0) error[0] = 0;
  if (context->tickets != NULL) return wrong_side(error, error_size);
  return swap(context, ctls_client_settings(files, error, error_size));
}

int64_t ctls_context_expiry(ctls_context *context) {
  SSL_CTX *settings = ctls_context_borrow(context, context->tickets != NULL);
  int64_t expiry = ctls_bundle_of(settings)->expiry;
  SSL_CTX_free(settings);
  return expiry;
}

int ctls_server_rotate_tickets(ctls_context *context) {
  return context->tickets == NULL ? -1 : ctls_tickets_rotate(context->tickets);
}

void ctls_context_free(ctls_context *context) {
  if (context == NULL) return;
  SSL_CTX_free(context->settings);
  ctls_tickets_release(context->tickets);
  pthread_mutex_destroy(&context->lock);
  free(context);
}

SSL_CTX *ctls_context_borrow(ctls_context *context, int is_server) {
  if (context == NULL || (context->tickets != NULL) != is_server) return NULL;
  pthread_mutex_lock(&context->lock);
  SSL_CTX *settings = context->settings;
  SSL_CTX_up_ref(settings);
  pthread_mutex_unlock(&context->lock);
  return settings;
}
