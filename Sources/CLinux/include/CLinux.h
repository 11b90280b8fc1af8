/* The few Linux calls that Swift's Glibc module does not show, or shows in a shape Swift cannot use.
 *
 * Ownership: every function that returns a descriptor gives it to the caller, who closes it. No function keeps a pointer.
 * Errors: as the system call it stands for: -1 and errno, unless said otherwise. No function aborts on any input.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

/* accept4(2), non-blocking and close-on-exec. `address` may be NULL; `*length` as in accept(2). */
int clinux_accept(int listener, struct sockaddr_storage *address, socklen_t *length);

/* A new non-blocking, close-on-exec stream socket of the address family. */
int clinux_stream_socket(int family);

/* epoll_create1(EPOLL_CLOEXEC). */
int clinux_epoll_create(void);

/* epoll_ctl(2) with a 64-bit tag; `operation` is EPOLL_CTL_ADD, _MOD or _DEL. */
int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t tag);

/* An eventfd, non-blocking, close-on-exec, counting from 0. */
int clinux_eventfd(void);

/* Adds 1 to the eventfd (wakes its reader). A full counter is not an error: the reader is awake already. */
void clinux_eventfd_wake(int descriptor);

/* Reads the eventfd back to 0. */
void clinux_eventfd_clear(int descriptor);

/* memmem(3): the first place of `needle`, or NULL. */
const void *clinux_find(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

/* CLOCK_MONOTONIC in nanoseconds. Never fails on Linux. */
int64_t clinux_monotonic_nanoseconds(void);

/* send(2) that never raises SIGPIPE (MSG_NOSIGNAL, which Swift sees only if it meets the right header first). */
ssize_t clinux_send(int descriptor, const void *bytes, size_t count);

/* setsockopt(2) with an int value. */
int clinux_set_option(int descriptor, int level, int name, int value);

/* Makes close(2) of this socket a reset: what the peer has not taken is dropped by the kernel at once (SO_LINGER 0). */
void clinux_reset_at_close(int descriptor);

/* The pending error of a socket (SO_ERROR), 0 if none, errno if it cannot be asked. */
int clinux_socket_error(int descriptor);

/* The soft limit of open descriptors after raising it to the hard limit; at least 0. */
uint64_t clinux_raise_descriptor_limit(void);

/* Names the calling thread (at most 15 bytes are kept) for ps, top and gdb. */
void clinux_name_thread(const char *name);

/* Asks the kernel to send `signal` to this process when its parent's thread ends. */
int clinux_signal_when_parent_dies(int signal);

/* How malloc gives memory back: pieces of `large` bytes and more are the kernel's, always; a heap keeps at most `kept` free
 * bytes at its end. Setting them ends glibc's own way, which learns from each large piece that is freed to keep pieces of that
 * size (up to 32 MiB) for good. For the whole process; any thread, any number of times. */
void clinux_heap_policy(int large, int kept);
