// secure: TLS 1.3 under a load's connections, on OpenSSL. A connection without TLS passes NULL and gets plain send and recv.
#pragma once
#include <openssl/ssl.h>
#include <sys/types.h>

// A client session on a connected, non-blocking socket; every one makes a full handshake. NULL: no memory.
SSL *secure_begin(int fd);
// 1: the handshake is done; 0: it waits for the socket (for writing if *wants_write); -1: it failed, see secure_why.
int secure_step(SSL *tls, int *wants_write);
// As send and recv: -1 with errno EAGAIN if the socket is not ready. secure_recv goes on until it is full or empty.
ssize_t secure_send(SSL *tls, int fd, const char *data, size_t count);
ssize_t secure_recv(SSL *tls, int fd, char *data, size_t room);
// Says goodbye and frees; NULL is allowed.
void secure_end(SSL *tls);
const char *secure_why(void);
