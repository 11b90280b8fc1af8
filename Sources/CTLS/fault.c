#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/* What OpenSSL's verdict on a certificate comes to. */
static int of_certificate(long verdict) {
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return CTLS_FAULT_WRONG_NAME;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return CTLS_FAULT_EXPIRED;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return CTLS_FAULT_SELF_SIGNED;
    default: return CTLS_FAULT_UNTRUSTED;
  }
}

/* What an error of OpenSSL's TLS code comes to. Alerts of the peer are errors from SSL_AD_REASON_OFFSET on. */
static int of_error(unsigned long code, int is_open) {
  if (code == 0 || ERR_GET_LIB(code) != ERR_LIB_SSL) return CTLS_FAULT_OTHER;
  int reason = ERR_GET_REASON(code);
  if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) return CTLS_FAULT_ALERT;
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST: return CTLS_FAULT_PLAIN_HTTP;
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_PACKET_LENGTH_TOO_LONG: return is_open ? CTLS_FAULT_RECORD : CTLS_FAULT_NOT_TLS;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_WRONG_SSL_VERSION: return CTLS_FAULT_VERSION;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_APPLICATION_PROTOCOL: return CTLS_FAULT_CIPHERS;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return CTLS_FAULT_NO_CERTIFICATE;
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_BAD_LENGTH:
    case SSL_R_LENGTH_MISMATCH:
    case SSL_R_DATA_LENGTH_TOO_LONG:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG: return CTLS_FAULT_RECORD;
    default: return CTLS_FAULT_OTHER;
  }
}

void ctls_fail(ctls_session *session, const char *what) {
  if (session->fault != CTLS_FAULT_NONE) return ERR_clear_error();
  long verdict = SSL_get_verify_result(session->ssl);
  unsigned long code = ERR_peek_last_error();
  int distrusts = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
  char text[256];
  if (distrusts) {
    session->fault = of_certificate(verdict);
    snprintf(text, sizeof text, "%s: the %s's certificate is not accepted: %s", what, session->is_server ? "client" : "server",
             X509_verify_cert_error_string(verdict));
  } else {
    session->fault = of_error(code, session->is_open);
    snprintf(text, sizeof text, "%s: %s", what, reason == NULL ? "the connection broke" : reason);
  }
  session->error = strdup(text);
  ERR_clear_error();
}

int ctls_fault(const ctls_session *session) { return session->fault; }

const char *ctls_error(const ctls_session *session) { return session->error == NULL ? "" : session->error; }
