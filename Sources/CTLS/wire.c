#include "wire.h"

#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static BIO_METHOD *method;

static int read_wire(BIO *bio, char *to, int room) {
  ctls_wire *wire = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (room <= 0) return 0;
  if (wire->in_left == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  size_t count = wire->in_left < (size_t)room ? wire->in_left : (size_t)room;
  memcpy(to, wire->in, count);
  wire->in += count;
  wire->in_left -= count;
  return (int)count;
}

static int write_wire(BIO *bio, const char *from, int length) {
  ctls_wire *wire = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (length <= 0) return 0;
  if (wire->out_left == 0) {
    BIO_set_retry_write(bio);
    return -1;
  }
  size_t count = wire->out_left < (size_t)length ? wire->out_left : (size_t)length;
  memcpy(wire->out, from, count);
  wire->out += count;
  wire->out_left -= count;
  return (int)count;
}

static long control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static void make_method(void) {
  BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "caller's buffers");
  if (made == NULL) return;
  BIO_meth_set_read(made, read_wire);
  BIO_meth_set_write(made, write_wire);
  BIO_meth_set_ctrl(made, control);
  method = made;
}

BIO *ctls_wire_bio(ctls_wire *wire) {
  pthread_once(&once, make_method);
  BIO *bio = method == NULL ? NULL : BIO_new(method);
  if (bio == NULL) return NULL;
  BIO_set_data(bio, wire);
  BIO_set_init(bio, 1);
  return bio;
}
