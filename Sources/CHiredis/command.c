#include "CHiredis.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>

/* hiredis 0.14 adds lengths up in an int: stay far below. */
enum { MAX_ARGUMENTS = 1 << 20, MAX_COMMAND_BYTES = 512 << 20 };

int64_t chiredis_command_format(const uint8_t *bytes, const size_t *lengths, size_t count, uint8_t **out) {
  *out = NULL;
  if (count == 0 || count > MAX_ARGUMENTS) return -1;
  const char **arguments = malloc(count * sizeof *arguments);
  if (arguments == NULL) return -1;
  size_t offset = 0;
  for (size_t i = 0; i < count; i++) {
    /* Without bytes every length is 0, and hiredis copies nothing; it only needs an address. */
    arguments[i] = bytes == NULL ? "" : (const char *)bytes + offset;
    if (lengths[i] > MAX_COMMAND_BYTES - offset || (bytes == NULL && lengths[i] > 0)) {
      free(arguments);
      return -1;
    }
    offset += lengths[i];
  }
  char *command = NULL;
  /* int in 0.14, long long in 1.x. */
  int64_t length = redisFormatCommandArgv(&command, (int)count, arguments, lengths);
  free(arguments);
  if (length < 0) return -1;
  *out = (uint8_t *)command;
  return length;
}

void chiredis_command_free(uint8_t *command) {
  if (command != NULL) redisFreeCommand((char *)command);
}

int chiredis_hiredis_version(void) { return HIREDIS_MAJOR * 10000 + HIREDIS_MINOR * 100 + HIREDIS_PATCH; }
