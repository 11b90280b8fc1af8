// uwsecho: WebSocket echo on the real uWebSockets, through the C functions that the `socketify` package from PyPI
// exports (its header is not shipped, so the declarations stand here). No Python runs.
// Build: gcc -O2 -o uwsecho uwsecho.c SITE/socketify/libsocketify_linux_amd64.so -Wl,-rpath,SITE/socketify
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

struct us_socket_context_options_t {
  const char *key_file_name, *cert_file_name, *passphrase, *dh_params_file_name, *ca_file_name, *ssl_ciphers;
  int ssl_prefer_low_memory_usage;
};
typedef struct {
  int port;
  const char *host;
  int options;
} uws_app_listen_config_t;
typedef void (*socket_handler)(void *ws, void *user);
typedef void (*message_handler)(void *ws, const char *message, size_t length, int opcode, void *user);
typedef struct {
  int compression;
  unsigned int maxPayloadLength;
  unsigned short idleTimeout;
  unsigned int maxBackpressure;
  bool closeOnBackpressureLimit, resetIdleTimeoutOnSend, sendPingsAutomatically;
  unsigned short maxLifetime;
  void *upgrade;
  socket_handler open;
  message_handler message;
  socket_handler drain;
  void *ping, *pong, *close, *subscription;
} uws_socket_behavior_t;
void *uws_create_app(int ssl, struct us_socket_context_options_t options);
void uws_ws(int ssl, void *app, const char *pattern, uws_socket_behavior_t behavior, void *user);
void uws_app_listen_with_config(int ssl, void *app, uws_app_listen_config_t config,
                                void (*handler)(void *, uws_app_listen_config_t, void *), void *user);
void uws_app_run(int ssl, void *app);
int uws_ws_send(int ssl, void *ws, const char *message, size_t length, int opcode);

static void on_open(void *ws, void *user) { (void)ws, (void)user; }
static void on_message(void *ws, const char *message, size_t length, int opcode, void *user) {
  (void)user;
  uws_ws_send(0, ws, message, length, opcode);
}
static void on_close(void *ws, int code, const char *message, size_t length, void *user) {
  (void)ws, (void)code, (void)message, (void)length, (void)user;
}
static void on_listen(void *socket, uws_app_listen_config_t config, void *user) {
  (void)config, (void)user;
  if (!socket) fprintf(stderr, "uwsecho: cannot listen\n"), exit(1);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: uwsecho PORT\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  signal(SIGPIPE, SIG_IGN);
  struct us_socket_context_options_t options;
  memset(&options, 0, sizeof options);
  void *app = uws_create_app(0, options);
  uws_socket_behavior_t behavior;
  memset(&behavior, 0, sizeof behavior);
  behavior.maxPayloadLength = 1 << 20;
  behavior.maxBackpressure = 16 << 20;
  behavior.open = on_open;
  behavior.message = on_message;
  behavior.close = on_close;
  uws_ws(0, app, "/*", behavior, NULL);
  uws_app_listen_config_t config = {atoi(argv[1]), "127.0.0.1", 0};
  uws_app_listen_with_config(0, app, config, on_listen, NULL);
  uws_app_run(0, app);
}
