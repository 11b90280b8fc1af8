#include "CHiredis.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* While a reply grows its bytes may move, so an element keeps the offset and gets its pointer when the reply is whole. */
struct chiredis_reader {
  redisReader *hiredis;
  size_t max_reply_bytes;
  chiredis_node *nodes;
  size_t *offsets;
  size_t node_count, node_capacity;
  uint8_t *bytes;
  size_t byte_count, byte_capacity;
  int whole;  /* the nodes are a complete reply that was returned */
  int failed;
  char error[160];
};

/* The first reason is the true one: hiredis only says "Out of memory" when one of the functions below refuses. */
static void fail(chiredis_reader *reader, const char *reason) {
  if (!reader->failed) snprintf(reader->error, sizeof reader->error, "%s", reason);
  reader->failed = 1;
  reader->whole = 0;
}

static size_t unread(const chiredis_reader *reader) { return reader->hiredis->len - reader->hiredis->pos; }

static size_t held(const chiredis_reader *reader) {
  return reader->byte_count + reader->node_count * (sizeof(chiredis_node) + sizeof(size_t));
}

static int grow(void **block, size_t *capacity, size_t needed, size_t size) {
  if (needed <= *capacity) return 1;
  size_t next = *capacity == 0 ? 64 : *capacity * 2;
  if (next < needed) next = needed;
  void *larger = realloc(*block, next * size);
  if (larger == NULL) return 0;
  *block = larger;
  *capacity = next;
  return 1;
}

/* Adds an element; `bytes` may be NULL. Any non-NULL answer tells hiredis to go on; it never follows the pointer. */
static void *append(chiredis_reader *reader, int kind, int64_t integer, const char *bytes, size_t length) {
  size_t nodes = reader->node_capacity, offsets = reader->node_capacity;
  if (length > reader->max_reply_bytes || held(reader) + length + sizeof(chiredis_node) + sizeof(size_t) > reader->max_reply_bytes) {
    fail(reader, "reply is larger than the limit");
    return NULL;
  }
  if (!grow((void **)&reader->nodes, &nodes, reader->node_count + 1, sizeof(chiredis_node)) ||
      !grow((void **)&reader->offsets, &offsets, reader->node_count + 1, sizeof(size_t)) ||
      !grow((void **)&reader->bytes, &reader->byte_capacity, reader->byte_count + length, 1)) {
    fail(reader, "no memory for the reply");
    return NULL;
  }
  reader->node_capacity = nodes;
  if (length > 0) memcpy(reader->bytes + reader->byte_count, bytes, length);
  reader->nodes[reader->node_count] = (chiredis_node){.kind = kind, .integer = integer, .bytes = NULL, .length = length};
  reader->offsets[reader->node_count] = reader->byte_count;
  reader->node_count += 1;
  reader->byte_count += length;
  return reader;
}

static void *refuse_type(const redisReadTask *task) {
  fail(task->privdata, "reply has a type of RESP3, which was not asked for");
  return NULL;
}

static void *create_string(const redisReadTask *task, char *bytes, size_t length) {
  switch (task->type) {
    case REDIS_REPLY_STRING: return append(task->privdata, CHIREDIS_BULK, 0, bytes, length);
    case REDIS_REPLY_STATUS: return append(task->privdata, CHIREDIS_SIMPLE, 0, bytes, length);
    case REDIS_REPLY_ERROR: return append(task->privdata, CHIREDIS_ERROR, 0, bytes, length);
    default: return refuse_type(task);
  }
}

static void *create_integer(const redisReadTask *task, long long integer) {
  return append(task->privdata, CHIREDIS_INTEGER, integer, NULL, 0);
}

static void *create_nil(const redisReadTask *task) { return append(task->privdata, CHIREDIS_NULL, 0, NULL, 0); }

static void *create_any_array(const redisReadTask *task, size_t elements) {
  chiredis_reader *reader = task->privdata;
  int depth = 1;
  if (task->type != REDIS_REPLY_ARRAY) return refuse_type(task);
  for (const redisReadTask *parent = task->parent; parent != NULL; parent = parent->parent) depth += 1;
  if (depth > CHIREDIS_MAX_DEPTH) {
    fail(reader, "arrays are nested deeper than the limit");
    return NULL;
  }
  /* Each child costs a node, so a count that can never fit is refused before the peer sends the first one. */
  if (elements > reader->max_reply_bytes / sizeof(chiredis_node)) {
    fail(reader, "reply announces more elements than the limit allows");
    return NULL;
  }
  return append(reader, CHIREDIS_ARRAY, (int64_t)elements, NULL, 0);
}

/* Nothing to free: the elements belong to the reader. */
static void free_object(void *object) { (void)object; }

#if HIREDIS_MAJOR >= 1
static void *create_array(const redisReadTask *task, size_t elements) { return create_any_array(task, elements); }
static void *create_double(const redisReadTask *task, double value, char *bytes, size_t length) {
  (void)value, (void)bytes, (void)length;
  return refuse_type(task);
}
static void *create_bool(const redisReadTask *task, int value) {
  (void)value;
  return refuse_type(task);
}
#else
static void *create_array(const redisReadTask *task, int elements) { return create_any_array(task, (size_t)elements); }
#endif

static redisReplyObjectFunctions functions = {
    .createString = create_string,
    .createArray = create_array,
    .createInteger = create_integer,
#if HIREDIS_MAJOR >= 1
    .createDouble = create_double,
    .createBool = create_bool,
#endif
    .createNil = create_nil,
    .freeObject = free_object,
};

chiredis_reader *chiredis_reader_create(size_t max_reply_bytes) {
  chiredis_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  reader->max_reply_bytes = max_reply_bytes;
  reader->hiredis = redisReaderCreateWithFunctions(&functions);
  if (reader->hiredis == NULL) {
    free(reader);
    return NULL;
  }
  reader->hiredis->privdata = reader;
  return reader;
}

void chiredis_reader_free(chiredis_reader *reader) {
  if (reader == NULL) return;
  redisReaderFree(reader->hiredis);
  free(reader->nodes);
  free(reader->offsets);
  free(reader->bytes);
  free(reader);
}

int chiredis_reader_feed(chiredis_reader *reader, const uint8_t *bytes, size_t length) {
  if (reader->failed) return -1;
  if (length == 0) return 0;
  if (unread(reader) > reader->max_reply_bytes) {
    fail(reader, "unread bytes pass the limit");
    return -1;
  }
  if (redisReaderFeed(reader->hiredis, (const char *)bytes, length) != REDIS_OK) {
    fail(reader, reader->hiredis->errstr);
    return -1;
  }
  return 0;
}

int chiredis_reader_next(chiredis_reader *reader) {
  void *reply = NULL;
  if (reader->failed) return -1;
  if (reader->whole) {
    reader->whole = 0;
    reader->node_count = 0;
    reader->byte_count = 0;
    /* One large reply must not pin its memory for the life of the connection. */
    if (reader->byte_capacity > REDIS_READER_MAX_BUF) {
      free(reader->bytes);
      reader->bytes = NULL;
      reader->byte_capacity = 0;
    }
  }
  if (redisReaderGetReply(reader->hiredis, &reply) != REDIS_OK) {
    fail(reader, reader->hiredis->errstr);
    return -1;
  }
  if (reply == NULL) {
    if (held(reader) + unread(reader) <= reader->max_reply_bytes) return 0;
    fail(reader, "reply is larger than the limit");
    return -1;
  }
  for (size_t i = 0; i < reader->node_count; i++) {
    int kind = reader->nodes[i].kind;
    if (kind == CHIREDIS_BULK || kind == CHIREDIS_SIMPLE || kind == CHIREDIS_ERROR) {
      /* An empty text in a reader that never held a byte still gets an address. */
      static const uint8_t none[1] = {0};
      reader->nodes[i].bytes = reader->bytes == NULL ? none : reader->bytes + reader->offsets[i];
    }
  }
  reader->whole = 1;
  return 1;
}

const chiredis_node *chiredis_reader_reply(const chiredis_reader *reader, size_t *count) {
  *count = reader->whole ? reader->node_count : 0;
  return reader->whole ? reader->nodes : NULL;
}

const char *chiredis_reader_error(const chiredis_reader *reader) { return reader->error; }
