// ketama: nanoseconds per lookup of libmemcached's consistent hashing (memcached_generate_hash), the distribution's own
// and the weighted ketama with MD5. One JSON line each. Build: gcc -O2 -o ketama ketama.c -lmemcached
#include <libmemcached/memcached.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { IDS = 65536, ID_LENGTH = 16, ROUNDS = 5 };
static char ids[IDS][ID_LENGTH + 1];

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(int nodes, long lookups, int weighted) {
  memcached_st *ring = memcached_create(NULL);
  if (weighted) memcached_behavior_set(ring, MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1);  // 160 points a node
  else memcached_behavior_set(ring, MEMCACHED_BEHAVIOR_DISTRIBUTION, MEMCACHED_DISTRIBUTION_CONSISTENT);  // 100
  memcached_server_list_st servers = NULL;
  memcached_return_t code;
  char host[64];
  for (int i = 0; i < nodes; i++) {
    snprintf(host, sizeof host, "10.0.%d.%d", i / 250, i % 250 + 1);
    servers = memcached_server_list_append(servers, host, 11211, &code);
  }
  memcached_server_push(ring, servers);
  uint64_t sum = 0;
  double best = 1e18;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now_ns();
    for (long i = 0; i < lookups / ROUNDS; i++) sum += memcached_generate_hash(ring, ids[i & (IDS - 1)], ID_LENGTH);
    double each = (now_ns() - start) / ((double)lookups / ROUNDS);
    if (each < best) best = each;
  }
  printf("{\"name\":\"%s\",\"nodes\":%d,\"ns_per_lookup\":%.2f,\"sum\":%llu}\n", weighted ? "ketama-md5" : "ketama",
         nodes, best, (unsigned long long)sum);
  memcached_server_list_free(servers);
  memcached_free(ring);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: ketama NODES [LOOKUPS]\n");
    return 2;
  }
  uint64_t x = 88172645463325252ull;
  for (int i = 0; i < IDS; i++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    snprintf(ids[i], sizeof ids[i], "user-%011llu", (unsigned long long)(x % 100000000000ull));
  }
  long lookups = argc > 2 ? atol(argv[2]) : 4000000;
  measure(atoi(argv[1]), lookups, 0);
  measure(atoi(argv[1]), lookups, 1);
}
