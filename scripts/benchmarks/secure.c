// secure: see secure.h. The server's certificate is not verified: this measures servers, and its cost would be the load's.
#include "secure.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>

static SSL_CTX *settings;

SSL *secure_begin(int fd) {
  if (!settings) {
    settings = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(settings, TLS1_3_VERSION);
    SSL_CTX_set_mode(settings, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(settings, 1);
  }
  SSL *tls = SSL_new(settings);
  if (!tls || !SSL_set_fd(tls, fd)) return NULL;
  SSL_set_connect_state(tls);
  return tls;
}

// -1 and errno for what SSL_read and SSL_write call an error.
static ssize_t result(SSL *tls, int answer) {
  int error = SSL_get_error(tls, answer);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) errno = EAGAIN;
  else if (error != SSL_ERROR_SYSCALL || !errno) errno = EPROTO;
  return -1;
}

int secure_step(SSL *tls, int *wants_write) {
  ERR_clear_error();
  int answer = SSL_do_handshake(tls);
  *wants_write = 0;
  if (answer == 1) return 1;
  int error = SSL_get_error(tls, answer);
  *wants_write = error == SSL_ERROR_WANT_WRITE;
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

ssize_t secure_send(SSL *tls, int fd, const char *data, size_t count) {
  if (!tls) return send(fd, data, count, MSG_NOSIGNAL);
  size_t sent = 0;
  ERR_clear_error();
  while (sent < count) {
    int answer = SSL_write(tls, data + sent, (int)(count - sent));
    if (answer <= 0) return sent ? (ssize_t)sent : result(tls, answer);
    sent += (size_t)answer;
  }
  return (ssize_t)sent;
}

ssize_t secure_recv(SSL *tls, int fd, char *data, size_t room) {
  if (!tls) return recv(fd, data, room, 0);
  size_t got = 0;
  ERR_clear_error();
  while (got < room) {
    int answer = SSL_read(tls, data + got, (int)(room - got));
    if (answer <= 0) return got ? (ssize_t)got : result(tls, answer);
    got += (size_t)answer;
    // What the socket still holds is announced again; what OpenSSL holds is not.
    if (!SSL_has_pending(tls)) break;
  }
  return (ssize_t)got;
}

void secure_end(SSL *tls) {
  if (!tls) return;
  ERR_clear_error();
  if (SSL_is_init_finished(tls)) SSL_shutdown(tls);
  SSL_free(tls);
}

const char *secure_why(void) {
  const char *why = ERR_reason_error_string(ERR_peek_last_error());
  return why ? why : "the connection broke";
}
