/* BearSSL behind peer.h: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 with X25519 and secp256r1. */
#include <bearssl.h>
#include <string.h>

#include "board.h"
#include "credentials.h"
#include "peer.h"

#define DAYS_TO_1970 719528
#define DAY 86400

/* The longest record that a side accepts; the client asks the server not to send longer ones. */
#ifndef FRAGMENT
#define FRAGMENT 16384
#endif
#define BUFFER (FRAGMENT + BR_SSL_BUFSIZE_INPUT - 16384)
/* The curves to use; the library also has secp384r1 and secp521r1. */
#ifndef CURVES
#define CURVES br_ec_all_m31
#endif

static br_ssl_server_context server;
static br_ssl_client_context client;
static br_ssl_engine_context *const engines[] = {&server.eng, &client.eng};
static br_x509_minimal_context server_x509, client_x509;
static unsigned char server_buffer[BUFFER], client_buffer[BUFFER];

static const uint16_t suites[] = {BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256};
static const br_x509_certificate server_chain[] = {{(unsigned char *)server_der, sizeof server_der}};
static const br_x509_certificate client_chain[] = {{(unsigned char *)client_der, sizeof client_der}};
static const br_ec_private_key server_key = {BR_EC_secp256r1, (unsigned char *)server_scalar, sizeof server_scalar};
static const br_ec_private_key client_key = {BR_EC_secp256r1, (unsigned char *)client_scalar, sizeof client_scalar};
static const br_x509_trust_anchor anchors[] = {{
    {(unsigned char *)root_subject, sizeof root_subject},
    BR_X509_TA_CA,
    {BR_KEYTYPE_EC, {.ec = {BR_EC_secp256r1, (unsigned char *)root_point, sizeof root_point}}},
}};

static void common(br_ssl_engine_context *engine, unsigned char *buffer, size_t size, uint8_t seed)
{
    uint8_t entropy[32];
    memset(entropy, seed, sizeof entropy);
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(engine, suites, 1);
    br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
    br_ssl_engine_set_prf_sha256(engine, &br_tls12_sha256_prf);
    br_ssl_engine_set_default_aes_gcm(engine);
    br_ssl_engine_set_buffer(engine, buffer, size, 0);
    br_ssl_engine_inject_entropy(engine, entropy, sizeof entropy);
}

/* Checks the peer's certificates. */
static void trust(br_ssl_engine_context *engine, br_x509_minimal_context *x509)
{
    br_x509_minimal_init(x509, &br_sha256_vtable, anchors, 1);
    br_x509_minimal_set_hash(x509, br_sha256_ID, &br_sha256_vtable);
    br_x509_minimal_set_ecdsa(x509, &CURVES, br_ecdsa_i31_vrfy_asn1);
    br_x509_minimal_set_time(x509, DAYS_TO_1970 + NOW / DAY, NOW % DAY);
    br_ssl_engine_set_ecdsa(engine, br_ecdsa_i31_vrfy_asn1);
    br_ssl_engine_set_x509(engine, &x509->vtable);
}

static void server_prepare(void)
{
    br_ssl_server_zero(&server);
    common(&server.eng, server_buffer, sizeof server_buffer, 1);
    br_ssl_engine_set_ec(&server.eng, &CURVES);
    br_ssl_server_set_single_ec(&server, server_chain, 1, &server_key, BR_KEYTYPE_SIGN, 0, &CURVES, br_ecdsa_i31_sign_asn1);
}

void server_start(void)
{
    server_prepare();
    br_ssl_server_reset(&server);
}

void server_start_mutual(void)
{
    server_prepare();
    trust(&server.eng, &server_x509);
    br_ssl_server_set_trust_anchor_names_alt(&server, anchors, 1);
    br_ssl_server_reset(&server);
}

void client_start(enum group group)
{
    br_ssl_client_zero(&client);
    common(&client.eng, client_buffer, sizeof client_buffer, 2);
    br_ssl_engine_set_ec(&client.eng, group == X25519 ? &CURVES : &br_ec_p256_m31);
    trust(&client.eng, &client_x509);
    br_ssl_client_set_single_ec(&client, client_chain, 1, &client_key, BR_KEYTYPE_SIGN, 0, &CURVES, br_ecdsa_i31_sign_asn1);
    br_ssl_client_reset(&client, "server.example", 0);
}

bool side_work(enum side side)
{
    br_ssl_engine_context *engine = engines[side];
    for (;;) {
        size_t length, moved = 0;
        unsigned char *bytes;
        unsigned state = br_ssl_engine_current_state(engine);
        if (state & BR_SSL_CLOSED) fail("session", br_ssl_engine_last_error(engine));
        if (state & BR_SSL_SENDREC) {
            bytes = br_ssl_engine_sendrec_buf(engine, &length);
            moved = pipe_put(!side, bytes, length);
            br_ssl_engine_sendrec_ack(engine, moved);
        } else if (state & BR_SSL_RECVREC) {
            bytes = br_ssl_engine_recvrec_buf(engine, &length);
            moved = pipe_take(side, bytes, length);
            if (moved) br_ssl_engine_recvrec_ack(engine, moved);
        }
        if (!moved) return (state & BR_SSL_SENDAPP) != 0;
    }
}

void side_seal(enum side side, const uint8_t *text, size_t length)
{
    while (length) {
        size_t room;
        unsigned char *bytes = br_ssl_engine_sendapp_buf(engines[side], &room);
        if (room > length) room = length;
        memcpy(bytes, text, room);
        br_ssl_engine_sendapp_ack(engines[side], room);
        br_ssl_engine_flush(engines[side], 0);
        side_work(side);
        text += room;
        length -= room;
    }
}

size_t side_open(enum side side, uint8_t *text, size_t room)
{
    size_t opened = 0;
    while (opened < room) {
        size_t length;
        side_work(side);
        unsigned char *bytes = br_ssl_engine_recvapp_buf(engines[side], &length);
        if (!bytes) break;
        if (length > room - opened) length = room - opened;
        memcpy(text + opened, bytes, length);
        br_ssl_engine_recvapp_ack(engines[side], length);
        opened += length;
    }
    return opened;
}

void tell_memory(void)
{
    tell("session", "server", 0, sizeof server);
    tell("x509", "server", 0, sizeof server_x509);
    tell("buffers", "server", 0, sizeof server_buffer);
}
