// figures: time, a latency histogram, and what /proc says of the process under test.
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load.h"

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// 64 buckets for each power of two: every figure is right within 1.6 %.
enum { BITS = 6, BUCKETS = 64 << BITS };
static uint64_t buckets[BUCKETS], total;

void latency_add(uint64_t ns) {
  int exponent = ns < (1u << BITS) ? 0 : 63 - __builtin_clzll(ns) - BITS + 1;
  uint64_t low = exponent ? ns >> (exponent - 1) & ((1u << BITS) - 1) : ns;
  buckets[((uint64_t)exponent << BITS) + low]++;
  total++;
}

double latency_us(double quantile) {
  uint64_t wanted = (uint64_t)(quantile * (double)total), seen = 0;
  for (uint64_t i = 0; i < BUCKETS; i++) {
    seen += buckets[i];
    if (seen <= wanted) continue;
    uint64_t exponent = i >> BITS, low = i & ((1u << BITS) - 1);
    if (!exponent) return (double)low / 1e3;
    uint64_t step = 1ull << (exponent - 1);
    return (double)((low + (1u << BITS)) * step + step / 2) / 1e3;
  }
  return 0;
}

// Scheduler run time (ns, all threads that live now) is exact; ticks of `stat` only tell user from system.
static double process_cpu_ns(int pid, double *user, double *system) {
  char path[320], text[1024];
  double sum = 0;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (!threads) return 0;
  for (struct dirent *entry; (entry = readdir(threads));) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, entry->d_name);
    FILE *file = fopen(path, "r");
    double run = 0;
    if (!file) continue;
    if (fscanf(file, "%lf", &run) == 1) sum += run;
    fclose(file);
  }
  closedir(threads);
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (file) {
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    long u = 0, s = 0;
    char *after_name = strrchr(text, ')');
    if (after_name && sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &u, &s) == 2)
      *user += (double)u, *system += (double)s;
  }
  return sum;
}

double cpu_ns(double *user_share) {
  double sum = 0, user = 0, system = 0;
  for (int i = 0; i < options.pid_count; i++) sum += process_cpu_ns(options.pids[i], &user, &system);
  if (user_share) *user_share = user + system > 0 ? user / (user + system) : 0;
  return sum;
}

long memory_kib(const char *field) {
  long sum = 0;
  for (int i = 0; i < options.pid_count; i++) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", options.pids[i]);
    FILE *file = fopen(path, "r");
    if (!file) continue;
    while (fgets(line, sizeof line, file))
      if (!strncmp(line, field, strlen(field))) sum += atol(line + strlen(field) + 1);
    fclose(file);
  }
  return sum;
}
