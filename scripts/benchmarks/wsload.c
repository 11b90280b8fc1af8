// wsload: WebSocket load from one thread, every reply checked. Prints one JSON line; exit 0 only if every check passed.
// Build: gcc -O2 -Wall -o wsload wsload.c connection.c secure.c figures.c -lssl -lcrypto
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load.h"

struct options options = {.connections = 100, .window = 1, .size = 64, .opening = 256, .seconds = 5, .warmup = 1,
                          .hold = 1, .path = "/?user=user{i}"};

static void usage(FILE *out) {
  fprintf(out,
          "usage: wsload echo|handshake|idle --port P[,P..] [options]\n"
          "  echo       every connection keeps --window messages of --size bytes in flight\n"
          "  handshake  --connections at a time: connect, upgrade, check, close, again\n"
          "  idle       opens --connections and holds them; memory of --pid before and after\n"
          "  --connections N --window N --size BYTES --seconds S --warmup S --hold S\n"
          "  --tls         TLS 1.3, a full handshake for every connection\n"
          "  --path TEXT   the request target; {i} is the connection's number\n"
          "  --pid P[,P..] the processes whose CPU time and memory are read\n");
}

static void numbers(const char *text, int *out, int *count, int limit) {
  for (char *end; *text && *count < limit; text = *end ? end + 1 : end) out[(*count)++] = (int)strtol(text, &end, 10);
}

static double seconds_since(uint64_t start) { return (double)(now_ns() - start) / 1e9; }

static void print_latency(void) {
  printf(",\"p50_us\":%.1f,\"p99_us\":%.1f", latency_us(.5), latency_us(.99));
}

static int finish(void) {
  printf(",\"lost\":%llu,\"errors\":%llu", (unsigned long long)counts.lost, (unsigned long long)counts.errors);
  for (char *c = counts.error; *c; c++)
    if (*c == '"' || *c == '\\' || (unsigned char)*c < 32) *c = '.';
  printf(",\"error\":\"%s\"}\n", counts.error);
  return counts.errors || counts.lost ? 1 : 0;
}

static int open_all(void) {
  uint64_t start = now_ns();
  for (int next = 0; counts.open < options.connections && !counts.errors && seconds_since(start) < 60;) {
    while (next < options.connections && counts.opening < options.opening && !connection_start(next)) next++;
    connections_poll(20000000);
  }
  if (counts.open < options.connections) fail("only %d of %d connections opened", counts.open, options.connections);
  return counts.errors == 0;
}

static void poll_for(double seconds) {
  for (uint64_t start = now_ns(); seconds_since(start) < seconds && !counts.errors;) connections_poll(20000000);
}

// Runs the warm-up and then the measured part; answers the CPU time of --pid in it, and its length.
static double measure(double *wall) {
  counts.sending = 1;
  if (options.mode == HANDSHAKE)
    for (int i = 0; i < options.connections; i++) connection_start(i);
  else
    for (int i = 0; i < options.connections; i++) connection_send(i, options.window);
  poll_for(options.warmup);
  double before = cpu_ns(NULL);
  uint64_t start = now_ns();
  counts.measuring = 1;
  poll_for(options.seconds);
  double used = cpu_ns(NULL) - before;
  *wall = seconds_since(start);
  counts.measuring = counts.sending = 0;
  return used;
}

static int run_echo(void) {
  double wall = 0, user_share = 0, used = open_all() ? measure(&wall) : 0;
  for (uint64_t start = now_ns(); connections_in_flight() && seconds_since(start) < 2;) connections_poll(10000000);
  if (connections_in_flight()) fail("%llu messages never came back", (unsigned long long)connections_in_flight());
  if (!counts.messages) fail("no message came back");
  cpu_ns(&user_share);
  printf("{\"mode\":\"echo\",\"messages\":%llu,\"per_second\":%.0f", (unsigned long long)counts.messages,
         wall > 0 ? (double)counts.messages / wall : 0);
  printf(",\"cpu_us\":%.3f,\"cpu_share\":%.3f,\"user_share\":%.2f",
         counts.messages ? used / 1e3 / (double)counts.messages : 0, wall > 0 ? used / 1e9 / wall : 0, user_share);
  print_latency();
  return finish();
}

static int run_handshakes(void) {
  double wall = 0, used = measure(&wall);
  if (!counts.handshakes) fail("no handshake succeeded");
  printf("{\"mode\":\"handshake\",\"messages\":%llu,\"per_second\":%.0f,\"cpu_us\":%.3f,\"cpu_share\":%.3f",
         (unsigned long long)counts.handshakes, (double)counts.handshakes / wall,
         counts.handshakes ? used / 1e3 / (double)counts.handshakes : 0, used / 1e9 / wall);
  print_latency();
  return finish();
}

static int run_idle(void) {
  long resident = memory_kib("VmRSS:");
  open_all();
  poll_for(options.hold);
  printf("{\"mode\":\"idle\",\"open\":%d,\"bytes_per_connection\":%.0f,\"resident_before_kib\":%ld", counts.open,
         counts.open ? (double)(memory_kib("VmRSS:") - resident) * 1024.0 / counts.open : 0, resident);
  return finish();
}

static int parse(int argc, char **argv) {
  static const char *modes[] = {"echo", "handshake", "idle"};
  static struct option names[] = {{"port", 1, 0, 'p'},    {"connections", 1, 0, 'c'}, {"window", 1, 0, 'w'},
                                  {"size", 1, 0, 's'},    {"seconds", 1, 0, 't'},     {"warmup", 1, 0, 'u'},
                                  {"hold", 1, 0, 'h'},    {"path", 1, 0, 'a'},        {"pid", 1, 0, 'i'},
                                  {"tls", 0, 0, 'e'},     {0, 0, 0, 0}};
  int mode = -1;
  for (int i = 0; i < 3 && argc > 1; i++)
    if (!strcmp(argv[1], modes[i])) mode = i;
  if (mode < 0) return -1;
  options.mode = (enum mode)mode;
  optind = 2;
  for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) switch (name) {
      case 'p': numbers(optarg, options.ports, &options.port_count, MAX_PORTS); break;
      case 'i': numbers(optarg, options.pids, &options.pid_count, MAX_PIDS); break;
      case 'c': options.connections = atoi(optarg); break;
      case 'w': options.window = atoi(optarg); break;
      case 's': options.size = atoi(optarg); break;
      case 't': options.seconds = atof(optarg); break;
      case 'u': options.warmup = atof(optarg); break;
      case 'h': options.hold = atof(optarg); break;
      case 'a': options.path = optarg; break;
      case 'e': options.tls = 1; break;
      default: return -1;
    }
  int sane = options.port_count && options.connections > 0 && options.window > 0;
  return sane && options.size > 0 && options.size <= 900000 ? 0 : -1;
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "--help")) return usage(stdout), 0;
  if (parse(argc, argv)) return usage(stderr), 2;
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm((unsigned)(options.warmup + options.seconds + options.hold) + 120);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  connections_create();
  switch (options.mode) {
    case ECHO: return run_echo();
    case HANDSHAKE: return run_handshakes();
    case IDLE: return run_idle();
  }
}
