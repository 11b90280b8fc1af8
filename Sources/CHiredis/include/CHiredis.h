/* RESP2, the language of Redis, as a codec over hiredis (0.14 and 1.x): bytes in, bytes out, no sockets.
 *
 * Why hiredis only as a codec: its connections resolve names on the caller's thread and 0.14's async API asserts when
 * subscriptions race. Its formatter and its reader have neither fault.
 *
 * Why replies are built here and not by hiredis: hiredis allocates an array for whatever length the peer announces
 * ("*2147483647"), and one block per element. Here a reply is one flat list that grows with what really arrived, is
 * counted against a limit, and is freed with its reader, so there is nothing to free once too often.
 *
 * Threads: a reader belongs to one thread at a time. Different readers share nothing.
 * RESP3 is refused (but for its null, which hiredis 1.x reads as one). Nothing aborts on input. (hiredis 0.14 itself aborts if malloc fails; the limits below keep that far away.)
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* What one element of a reply is. */
enum {
  CHIREDIS_SIMPLE = 1,  /* +text   : bytes, length */
  CHIREDIS_ERROR = 2,   /* -text   : bytes, length */
  CHIREDIS_INTEGER = 3, /* :number : integer */
  CHIREDIS_BULK = 4,    /* $bytes  : bytes, length; may hold any byte, also NUL */
  CHIREDIS_NULL = 5,    /* $-1, *-1 */
  CHIREDIS_ARRAY = 6    /* *count  : integer = number of children */
};

/* One element. `bytes` is NULL unless the kind has bytes, and is not NUL-terminated. */
typedef struct {
  int32_t kind;
  int64_t integer;
  const uint8_t *bytes;
  size_t length;
} chiredis_node;

/* Arrays may lie this deep in each other; the outermost is the first. hiredis 0.14 can go no deeper. */
enum { CHIREDIS_MAX_DEPTH = 8 };

typedef struct chiredis_reader chiredis_reader;

/* A new reader that accepts replies of at most `max_reply_bytes` (their bytes plus 40 for each element, and what hiredis
 * holds of an unfinished one). The caller owns it and gives it to chiredis_reader_free. NULL: no memory. */
chiredis_reader *chiredis_reader_create(size_t max_reply_bytes);

/* Frees the reader and the reply it holds. NULL is allowed. */
void chiredis_reader_free(chiredis_reader *reader);

/* Copies bytes from the peer into the reader. 0, or -1 if the reader has failed. After each feed call
 * chiredis_reader_next until it no longer returns 1: a feed with more than the limit unread fails the reader. */
int chiredis_reader_feed(chiredis_reader *reader, const uint8_t *bytes, size_t length);

/* Takes the next complete reply. 1: there is one. 0: more bytes are needed. -1: the bytes are not RESP2 or pass a limit;
 * the reader has failed for good (a stream without framing cannot be picked up again), see chiredis_reader_error. */
int chiredis_reader_next(chiredis_reader *reader);

/* The elements of the reply that the last chiredis_reader_next returned 1 for, `*count` of them: first itself, then, if it
 * is an array, its children in order, each followed by its own children. Borrowed: valid until the next call of next or
 * free. `*count` is 0 and the pointer NULL if there is none. */
const chiredis_node *chiredis_reader_reply(const chiredis_reader *reader, size_t *count);

/* Why the reader failed, NUL-terminated; "" if it has not. Borrowed from the reader. */
const char *chiredis_reader_error(const chiredis_reader *reader);

/* Formats one command: `count` arguments whose bytes lie one behind the other in `bytes`, with their `lengths`.
 * Returns the length of the command and gives it to the caller in `*out`, who hands it to chiredis_command_free.
 * -1 and `*out` NULL: no argument, more than 2^20 arguments or 512 MiB in all, or no memory. */
int64_t chiredis_command_format(const uint8_t *bytes, const size_t *lengths, size_t count, uint8_t **out);

/* Frees what chiredis_command_format gave. NULL is allowed. */
void chiredis_command_free(uint8_t *command);

/* The version of hiredis this was built against, as major * 10000 + minor * 100 + patch. */
int chiredis_hiredis_version(void);
