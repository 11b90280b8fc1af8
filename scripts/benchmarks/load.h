// load: what the files of the load generator share. wsload.c has the options and the three modes, connection.c
// the sockets and frames, figures.c the time, the histogram and what /proc says of the process under test.
#pragma once
#include <stdint.h>
#include <stddef.h>

enum mode { ECHO, HANDSHAKE, IDLE };
enum { MAX_PORTS = 16, MAX_PIDS = 16 };

struct options {
  enum mode mode;
  int connections;  // concurrency in handshake mode
  int window;       // messages in flight on each connection
  int size;         // payload bytes
  int opening;      // handshakes in progress at once while connections are opened
  int ports[MAX_PORTS], port_count;  // connection i uses port i mod n
  int pids[MAX_PIDS], pid_count;     // the process under test
  double seconds, warmup, hold;
  int tls;           // speak TLS 1.3
  const char *path;  // {i} is the connection's number
};
extern struct options options;

// What was counted. `measuring` says whether the warm-up is over, `sending` whether replies are answered by messages.
struct counts {
  uint64_t messages, handshakes, lost, errors;
  int open, opening;
  int measuring, sending;
  char error[256];  // the first one
};
extern struct counts counts;

// connection.c
typedef struct Connection Connection;
void connections_create(void);
int connection_start(int index);         // 0, or -1 if no socket could be had
int connection_is_closed(int index);
void connection_send(int index, int messages);
void connections_poll(int64_t timeout_ns);
uint64_t connections_in_flight(void);
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// figures.c
uint64_t now_ns(void);
void latency_add(uint64_t ns);
double latency_us(double quantile);
double cpu_ns(double *user_share);       // run time of all threads of --pid so far
long memory_kib(const char *field);      // a field of /proc/PID/status, summed over --pid
