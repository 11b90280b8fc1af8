// connection: WebSocket clients on one epoll instance. Every reply is checked: accept key, length, order, payload.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "frames.h"
#include "handshake.h"
#include "load.h"
#include "secure.h"

enum { BUFFER = 1 << 20, FRAME_ROOM = 32 };
enum state { CLOSED, CONNECTING, SECURING, UPGRADING, OPEN };

struct Connection {
  int fd, wants_write;
  enum state state;
  SSL *tls;  // NULL without --tls
  uint32_t in_flight;
  char mask[4], key[32];
  uint64_t started, sent, received;  // sent and received number the messages
  uint64_t *times;                   // when each message in flight was sent
  char *unread, *unsent;
  size_t unread_length, unread_capacity, unsent_start, unsent_length, unsent_capacity;
};

struct counts counts;
static Connection *all;
static int poller;
static char buffer[BUFFER], frames[BUFFER];
static char *payload;
static uint64_t dice = 0x9E3779B97F4A7C15ull;

void fail(const char *format, ...) {
  counts.errors++;
  if (counts.error[0]) return;
  va_list list;
  va_start(list, format);
  vsnprintf(counts.error, sizeof counts.error, format, list);
  va_end(list);
}

static uint64_t roll(void) { return dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17; }

void connections_create(void) {
  poller = epoll_create1(0);
  dice ^= now_ns();
  all = calloc((size_t)options.connections, sizeof *all);
  for (int i = 0; i < options.connections; i++) {
    all[i].fd = -1;
    all[i].times = calloc((size_t)options.window, sizeof(uint64_t));
  }
  payload = malloc((size_t)options.size + 16);
  for (int i = 0; i < options.size + 16; i++) payload[i] = (char)('a' + i % 26);
}

int connection_is_closed(int index) { return all[index].fd < 0; }

uint64_t connections_in_flight(void) {
  uint64_t sum = 0;
  for (int i = 0; i < options.connections; i++) sum += all[i].in_flight;
  return sum;
}

static void watch_writes(Connection *c, int wanted) {
  if (c->wants_write == wanted) return;
  c->wants_write = wanted;
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

static void shut(Connection *c) {
  secure_end(c->tls);
  c->tls = NULL;
  close(c->fd);
  if (c->state == OPEN) counts.open--;
  else counts.opening--;
  c->fd = -1;
  c->state = CLOSED;
  c->in_flight = 0;
  c->wants_write = 0;
  c->sent = c->received = 0;
  c->unread_length = c->unsent_start = c->unsent_length = 0;
}

static void lose(Connection *c, const char *why) {
  if (c->state == OPEN) counts.lost++;
  else fail("handshake of %ld: %s", (long)(c - all), why);
  shut(c);
}

int connection_start(int index) {
  Connection *c = &all[index];
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  if (fd < 0) return fail("socket: %s", strerror(errno)), -1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in to = {.sin_family = AF_INET};
  to.sin_port = htons((uint16_t)options.ports[index % options.port_count]);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->fd = fd;
  c->state = CONNECTING;
  c->wants_write = 1;
  c->started = now_ns();
  counts.opening++;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
  if (connect(fd, (void *)&to, sizeof to) && errno != EINPROGRESS) return lose(c, strerror(errno)), -1;
  return 0;
}

static void send_bytes(Connection *c, const char *data, size_t count) {
  size_t sent = 0;
  if (c->unsent_length == c->unsent_start) {
    ssize_t result = secure_send(c->tls, c->fd, data, count);
    if (result < 0 && errno != EAGAIN) return lose(c, strerror(errno));
    sent = result > 0 ? (size_t)result : 0;
    if (sent == count) return;
    c->unsent_start = c->unsent_length = 0;
  }
  size_t rest = count - sent;
  if (c->unsent_length + rest > c->unsent_capacity) {
    c->unsent_capacity = (c->unsent_length + rest) * 2;
    c->unsent = realloc(c->unsent, c->unsent_capacity);
  }
  memcpy(c->unsent + c->unsent_length, data + sent, rest);
  c->unsent_length += rest;
  watch_writes(c, 1);
}

// Messages that start together leave in one write: that is what a busy client does.
void connection_send(int index, int messages) {
  Connection *c = &all[index];
  size_t used = 0;
  uint64_t time = now_ns();
  for (; messages > 0 && c->state == OPEN; messages--) {
    if (used + (size_t)options.size + FRAME_ROOM > BUFFER) {
      send_bytes(c, frames, used);
      used = 0;
      if (c->state != OPEN) return;
    }
    if (options.size >= 8) memcpy(payload, &(uint64_t){c->sent | 0x4040404040404040ull}, 8);
    c->times[c->sent % (uint64_t)options.window] = time;
    c->sent++;
    c->in_flight++;
    used += put_header(frames + used, 0x82, (uint64_t)options.size, 0x80);
    memcpy(frames + used, c->mask, 4);
    copy_masked(frames + used + 4, payload, (uint64_t)options.size, c->mask);
    used += 4 + (size_t)options.size;
  }
  if (used) send_bytes(c, frames, used);
}

static void check_reply(Connection *c, const char *data, uint64_t length) {
  long id = (long)(c - all);
  if (length != (uint64_t)options.size) return fail("%ld: %llu bytes came back", id, (unsigned long long)length);
  if (!c->in_flight) return fail("%ld: a message nobody asked for", id);
  if (length >= 8 && memcmp(data, &(uint64_t){c->received | 0x4040404040404040ull}, 8))
    return fail("%ld: out of order or damaged at message %llu", id, (unsigned long long)c->received);
  if (length > 8 && memcmp(data + 8, payload + 8, length - 8)) return fail("%ld: the payload was damaged", id);
  if (counts.measuring) {
    counts.messages++;
    latency_add(now_ns() - c->times[c->received % (uint64_t)options.window]);
  }
  c->received++;
  c->in_flight--;
}

// Reads whole frames; answers the bytes used up. The connection may be closed afterwards.
static size_t take_frames(Connection *c, char *data, size_t count) {
  size_t used = 0;
  int replies = 0;
  while (c->state == OPEN) {
    uint64_t length;
    size_t header = get_header(data + used, count - used, &length);
    if (!header || count - used < header + length) break;
    int opcode = data[used] & 15;
    char *body = data + used + header;
    if (data[used + 1] & 128) fail("a masked frame from a server");
    if (opcode == 8) return lose(c, "close frame"), count;
    if (opcode == 9) {  // answer a ping, with the mask all clients of this tool use
      char pong[160];
      size_t n = put_header(pong, 0x8A, length, 0x80);
      memcpy(pong + n, c->mask, 4);
      copy_masked(pong + n + 4, body, length, c->mask);
      send_bytes(c, pong, n + 4 + length);
    } else if (opcode == 1 || opcode == 2) {
      check_reply(c, body, length);
      replies++;
    }
    used += header + length;
  }
  if (counts.sending && c->state == OPEN && options.mode == ECHO && !counts.errors)
    connection_send((int)(c - all), replies);
  return used;
}

// Checks the answer to the upgrade; answers its length, 0 if it is not complete, or closes the connection.
static size_t take_upgrade(Connection *c, char *data, size_t count) {
  data[count] = 0;
  char *end = strstr(data, "\r\n\r\n"), accept[32];
  if (!end) return 0;
  accept_for_key(c->key, accept);
  char *value = strcasestr(data, "\r\nsec-websocket-accept:");
  if (value) value += 23 + strspn(value + 23, " ");
  if (strncmp(data, "HTTP/1.1 101", 12) || !value || value > end || strncmp(value, accept, 28)) {
    *strchrnul(data, '\r') = 0;
    lose(c, data);
    return count;
  }
  counts.opening--;
  counts.open++;
  c->state = OPEN;
  if (options.mode == HANDSHAKE) {
    if (counts.measuring) counts.handshakes++, latency_add(now_ns() - c->started);
    shut(c);
    if (counts.sending) connection_start((int)(c - all));
    return count;
  }
  return (size_t)(end + 4 - data);
}

static void secured(Connection *c);

static void readable(Connection *c) {
  if (c->state == SECURING) return secured(c);
  if (c->unread_length) memcpy(buffer, c->unread, c->unread_length);
  ssize_t received = secure_recv(c->tls, c->fd, buffer + c->unread_length, BUFFER - 1 - c->unread_length);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (received <= 0) return lose(c, received ? strerror(errno) : "closed");
  size_t count = c->unread_length + (size_t)received, used = 0;
  int fd = c->fd;
  if (c->state == UPGRADING) used = take_upgrade(c, buffer, count);
  if (c->fd != fd || c->state == CONNECTING) return;
  if (c->state == OPEN) used += take_frames(c, buffer + used, count - used);
  if (c->fd != fd) return;
  c->unread_length = count - used;
  if (c->unread_length > c->unread_capacity) {
    c->unread_capacity = c->unread_length * 2;
    c->unread = realloc(c->unread, c->unread_capacity);
  }
  if (c->unread_length) memcpy(c->unread, buffer + used, c->unread_length);
}

static void upgrade(Connection *c) {
  int index = (int)(c - all);
  uint64_t random[2] = {roll(), roll()};
  base64((const uint8_t *)random, 16, c->key);
  uint32_t mask = (uint32_t)roll() | 1;
  memcpy(c->mask, &mask, 4);
  char path[512], request[1024];
  const char *hole = strstr(options.path, "{i}");
  if (hole) snprintf(path, sizeof path, "%.*s%d%s", (int)(hole - options.path), options.path, index, hole + 3);
  else snprintf(path, sizeof path, "%s", options.path);
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        path, c->key);
  c->state = UPGRADING;
  watch_writes(c, 0);
  send_bytes(c, request, (size_t)length);
}

static void secured(Connection *c) {
  int wants_write, answer = secure_step(c->tls, &wants_write);
  if (answer < 0) return lose(c, secure_why());
  if (answer) return upgrade(c);
  watch_writes(c, wants_write);
}

static void connected(Connection *c) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) return lose(c, strerror(error));
  if (!options.tls) return upgrade(c);
  c->state = SECURING;
  c->tls = secure_begin(c->fd);
  return c->tls ? secured(c) : lose(c, "no TLS session");
}

static void writable(Connection *c) {
  if (c->state == CONNECTING) return connected(c);
  if (c->state == SECURING) return secured(c);
  ssize_t sent = secure_send(c->tls, c->fd, c->unsent + c->unsent_start, c->unsent_length - c->unsent_start);
  if (sent < 0 && errno != EAGAIN) return lose(c, strerror(errno));
  if (sent > 0) c->unsent_start += (size_t)sent;
  if (c->unsent_start == c->unsent_length) {
    c->unsent_start = c->unsent_length = 0;
    watch_writes(c, 0);
  }
}

void connections_poll(int64_t timeout_ns) {
  static struct epoll_event events[1024];
  struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  int count = epoll_pwait2(poller, events, 1024, &timeout, NULL);
  for (int i = 0; i < count; i++) {
    Connection *c = events[i].data.ptr;
    int fd = c->fd;
    if (fd >= 0 && c->wants_write && events[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) writable(c);
    if (fd >= 0 && c->fd == fd && c->state > CONNECTING && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
  }
}
