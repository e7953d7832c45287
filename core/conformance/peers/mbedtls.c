/* A TLS 1.2 server and client on Mbed TLS 2.28; flags and behaviour are described in peer.h. */
#include "peer.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/ssl_ticket.h>

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_ssl_config config;
static mbedtls_x509_crt chain, roots;
static mbedtls_pk_context key;
static mbedtls_ssl_ticket_context tickets;
static mbedtls_ssl_session session;
static int suites[2];
static mbedtls_ecp_group_id groups[MAX_NAMES + 1];

static void must(int code, const char *what)
{
    if (code != 0) {
        char text[200];
        mbedtls_strerror(code, text, sizeof text);
        fprintf(stderr, "%s: %s\n", what, text);
        die(what, code);
    }
}

/* Mbed TLS writes the IANA names with hyphens. */
static int suite_id(const char *iana)
{
    char name[80];
    snprintf(name, sizeof name, "%s", iana);
    for (char *c = name; *c != 0; c++)
        if (*c == '_')
            *c = '-';
    return mbedtls_ssl_get_ciphersuite_id(name);
}

static mbedtls_ecp_group_id group_id(const char *name)
{
    const mbedtls_ecp_curve_info *info = mbedtls_ecp_curve_info_from_name(name);
    if (info == NULL)
        die(name, 0);
    return info->grp_id;
}

static void configure(struct options *o)
{
    must(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
    must(mbedtls_ssl_config_defaults(&config, o->is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                     MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT), "defaults");
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &drbg);
    mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    if (o->cert != NULL) {
        must(mbedtls_x509_crt_parse_file(&chain, o->cert), o->cert);
        must(mbedtls_pk_parse_keyfile(&key, o->key, NULL), o->key);
        must(mbedtls_ssl_conf_own_cert(&config, &chain, &key), "own certificate");
    }
    if (o->ca != NULL) {
        must(mbedtls_x509_crt_parse_file(&roots, o->ca), o->ca);
        mbedtls_ssl_conf_ca_chain(&config, &roots, NULL);
    }
    if (!o->is_server || strcmp(o->client_auth, "required") == 0)
        mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    else if (strcmp(o->client_auth, "optional") == 0)
        mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_OPTIONAL);
    if (o->suite != NULL) {
        suites[0] = suite_id(o->suite);
        mbedtls_ssl_conf_ciphersuites(&config, suites);
    }
    for (int i = 0; o->groups[i] != NULL; i++)
        groups[i] = group_id(o->groups[i]);
    if (o->groups[0] != NULL)
        mbedtls_ssl_conf_curves(&config, groups);
    if (o->alpn[0] != NULL)
        must(mbedtls_ssl_conf_alpn_protocols(&config, o->alpn), "alpn");
    if (o->no_ems)
        mbedtls_ssl_conf_extended_master_secret(&config, MBEDTLS_SSL_EXTENDED_MS_DISABLED);
    if (o->max_fragment == 512)
        must(mbedtls_ssl_conf_max_frag_len(&config, MBEDTLS_SSL_MAX_FRAG_LEN_512), "fragment");
    if (o->is_server && o->resume) {
        must(mbedtls_ssl_ticket_setup(&tickets, mbedtls_ctr_drbg_random, &drbg, MBEDTLS_CIPHER_AES_256_GCM, 3600),
             "tickets");
        mbedtls_ssl_conf_session_tickets_cb(&config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &tickets);
    }
    if (!o->resume)
        mbedtls_ssl_conf_session_tickets(&config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
}

static int read_some(void *of, char *to, int len)
{
    int n = mbedtls_ssl_read(of, (unsigned char *)to, len);
    return n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? 0 : n == 0 ? -1 : n;
}

static int write_some(void *of, const char *from, int len)
{
    return mbedtls_ssl_write(of, (const unsigned char *)from, len);
}

/* One connection; returns the code of the first failed call. */
static int talk(struct options *o, int fd, int resuming)
{
    mbedtls_net_context net = {.fd = fd};
    mbedtls_ssl_context ssl;
    struct stream stream = {&ssl, read_some, write_some};
    mbedtls_ssl_init(&ssl);
    must(mbedtls_ssl_setup(&ssl, &config), "setup");
    if (!o->is_server)
        must(mbedtls_ssl_set_hostname(&ssl, o->name), "name");
    if (resuming)
        must(mbedtls_ssl_set_session(&ssl, &session), "set session");
    mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
    int code = mbedtls_ssl_handshake(&ssl);
    if (code == 0 && !o->is_server) {
        if (o->resume && !resuming)
            must(mbedtls_ssl_get_session(&ssl, &session), "session");
        ask_for_page(&stream);
    } else if (code == 0) {
        code = serve_page(&stream);
    }
    if (code == 0)
        mbedtls_ssl_close_notify(&ssl);
    mbedtls_ssl_free(&ssl);
    close(fd);
    return code;
}

int main(int argc, char **argv)
{
    struct options o = parse(argc, argv);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    mbedtls_ssl_config_init(&config);
    mbedtls_x509_crt_init(&chain);
    mbedtls_x509_crt_init(&roots);
    mbedtls_pk_init(&key);
    mbedtls_ssl_ticket_init(&tickets);
    mbedtls_ssl_session_init(&session);
    configure(&o);
    if (!o.is_server) {
        must(talk(&o, connect_to(o.port), 0), "handshake");
        if (o.resume)
            must(talk(&o, connect_to(o.port), 1), "second handshake");
        return 0;
    }
    for (int listener = listen_on(o.port);;) {
        int code = talk(&o, accept_from(listener), 0);
        if (code != 0)
            fprintf(stderr, "connection ended: -0x%x\n", -code);
    }
}
