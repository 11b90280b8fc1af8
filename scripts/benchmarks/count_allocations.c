// count_allocations: counts every allocation of a process, for `ringway bench ring`, which reads the counter through
// dlsym(3). Preloaded for one extra run; timed runs go without. Stands on glibc's own names for its allocator.
// Build: gcc -O2 -shared -fPIC -o count_allocations.so count_allocations.c
#include <stddef.h>
#include <stdint.h>

uint64_t ringway_allocations;

extern void *__libc_malloc(size_t count);
extern void *__libc_calloc(size_t members, size_t count);
extern void *__libc_realloc(void *old, size_t count);
extern void *__libc_memalign(size_t alignment, size_t count);

static void one_more(void) { __atomic_fetch_add(&ringway_allocations, 1, __ATOMIC_RELAXED); }

void *malloc(size_t count) { return one_more(), __libc_malloc(count); }
void *calloc(size_t members, size_t count) { return one_more(), __libc_calloc(members, count); }
void *realloc(void *old, size_t count) { return one_more(), __libc_realloc(old, count); }
void *memalign(size_t alignment, size_t count) { return one_more(), __libc_memalign(alignment, count); }
void *aligned_alloc(size_t alignment, size_t count) { return one_more(), __libc_memalign(alignment, count); }
int posix_memalign(void **out, size_t alignment, size_t count) {
  one_more();
  *out = __libc_memalign(alignment, count);
  return *out ? 0 : 12;  // ENOMEM
}
