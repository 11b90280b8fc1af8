// wsecho: a WebSocket echo server on one epoll loop, the upstream behind the proxies that Ringway is compared with.
// Trusts its clients: no limits, no UTF-8. Build: gcc -O2 -Wall -o wsecho wsecho.c
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "frames.h"
#include "handshake.h"

enum { INPUT = 1 << 20, SLACK = 1 << 16 };

typedef struct {
  int fd;
  uint8_t open, listener, waits_to_write;
  char *unread;  // an incomplete head or frame
  uint32_t unread_length, unread_capacity;
  char *unsent;  // what the socket did not take; input is paused until it is out
  uint32_t unsent_start, unsent_length;
} Connection;

static int poller;
static char input[INPUT], output[INPUT + SLACK];

static void drop(Connection *c) {
  close(c->fd);
  free(c->unread);
  free(c->unsent);
  free(c);
}

static void wait_for(Connection *c, int write) {
  if (c->waits_to_write == write) return;
  c->waits_to_write = (uint8_t)write;
  struct epoll_event event = {.events = write ? EPOLLOUT : EPOLLIN, .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

static void send_all(Connection *c, const char *data, size_t count) {
  ssize_t sent = send(c->fd, data, count, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return drop(c);
  if (sent < 0) sent = 0;
  if ((size_t)sent == count) return;
  c->unsent_start = 0;
  c->unsent_length = (uint32_t)(count - (size_t)sent);
  c->unsent = realloc(c->unsent, c->unsent_length);
  memcpy(c->unsent, data + sent, c->unsent_length);
  wait_for(c, 1);
}

static void writable(Connection *c) {
  ssize_t sent = send(c->fd, c->unsent + c->unsent_start, c->unsent_length - c->unsent_start, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return drop(c);
  if (sent > 0) c->unsent_start += (uint32_t)sent;
  if (c->unsent_start < c->unsent_length) return;
  free(c->unsent);
  c->unsent = NULL;
  wait_for(c, 0);
}

// Answers a whole request head: bytes used, 0 if more are needed, -1 if it is no handshake.
static long handshake(Connection *c, size_t count, size_t *written) {
  input[count] = 0;
  char *end = strstr(input, "\r\n\r\n"), *key = strcasestr(input, "sec-websocket-key:");
  if (!end) return 0;
  if (!key) return -1;
  char value[64], accept[32];
  if (sscanf(key + 18, " %60[^\r ]", value) != 1) return -1;
  accept_for_key(value, accept);
  *written = (size_t)sprintf(output,
                             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: %s\r\n\r\n",
                             accept);
  c->open = 1;
  return end + 4 - input;
}

// Echoes every whole frame of input[used..count): bytes used up, -1 to drop the connection.
static long echo(size_t used, size_t count, size_t *written) {
  for (;;) {
    uint64_t length;
    size_t header = get_header(input + used, count - used, &length);
    if (!header || count - used < header + 4 + length) return (long)used;
    int opcode = input[used] & 15;
    if (!(input[used + 1] & 128) || opcode == 8 || length > INPUT / 2) return -1;
    const char *mask = input + used + header;
    if (opcode != 10) {  // a pong is answered by nothing, a ping by a pong
      int first = (input[used] & 0xf0) | (opcode == 9 ? 10 : opcode);
      *written += put_header(output + *written, first, length, 0);
      copy_masked(output + *written, mask + 4, length, mask);
      *written += length;
    }
    used += header + 4 + length;
  }
}

static void readable(Connection *c) {
  if (c->unread_length) memcpy(input, c->unread, c->unread_length);
  ssize_t received = recv(c->fd, input + c->unread_length, INPUT - 1 - c->unread_length, 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received <= 0) return drop(c);
  size_t count = c->unread_length + (size_t)received, written = 0;
  long used = c->open ? 0 : handshake(c, count, &written);
  if (used >= 0 && c->open) used = echo((size_t)used, count, &written);
  if (used < 0) return drop(c);
  c->unread_length = (uint32_t)(count - (size_t)used);
  if (c->unread_length > c->unread_capacity) {
    c->unread_capacity = c->unread_length < 2048 ? 2048 : c->unread_length * 2;
    c->unread = realloc(c->unread, c->unread_capacity);
  }
  if (c->unread_length) memcpy(c->unread, input + used, c->unread_length);
  if (written) send_all(c, output, written);
}

static Connection *watch(int fd, int listener) {
  Connection *c = calloc(1, sizeof *c);
  c->fd = fd;
  c->listener = (uint8_t)listener;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
  return c;
}

static void accept_all(int listener) {
  for (int fd, one = 1; (fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0;) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(fd, 0);
  }
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: wsecho PORT [PORT..]   echoes on 127.0.0.1; ends with its parent\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  poller = epoll_create1(0);
  for (int i = 1, one = 1; i < argc; i++) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[i]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (void *)&address, sizeof address) || listen(fd, 4096)) return perror("wsecho: bind"), 1;
    watch(fd, 1);
  }
  for (;;) {
    static struct epoll_event events[1024];
    int count = epoll_wait(poller, events, 1024, -1);
    for (int i = 0; i < count; i++) {
      Connection *c = events[i].data.ptr;
      if (c->listener) accept_all(c->fd);
      else if (c->waits_to_write) writable(c);
      else readable(c);
    }
  }
}
