/* A TLS 1.2 server and client on BearSSL 0.6; flags and behaviour are described in peer.h. */
#include "peer.h"

#include <bearssl.h>

struct bytes {
    unsigned char data[4096];
    size_t len;
};

static br_x509_certificate chain[4];
static size_t chain_len;
static br_skey_decoder_context key;
static br_x509_decoder_context root;
static struct bytes root_name;
static br_x509_trust_anchor anchor;
static br_ec_impl groups;
static unsigned char buffer[BR_SSL_BUFSIZE_BIDI];
static uint16_t suite;
static union {
    br_ssl_server_context server;
    br_ssl_client_context client;
} context;
static br_x509_minimal_context x509;

static void append(void *to, const void *from, size_t len)
{
    struct bytes *bytes = to;
    if (len > sizeof bytes->data - bytes->len)
        die("too long", (int)len);
    memcpy(bytes->data + bytes->len, from, len);
    bytes->len += len;
}

/* Reads the next object of a PEM file into `out`; 0 at its end. */
static int next_object(FILE *file, struct bytes *out)
{
    static br_pem_decoder_context pem;
    int c;
    br_pem_decoder_init(&pem);
    out->len = 0;
    while ((c = fgetc(file)) != EOF) {
        unsigned char byte = (unsigned char)c;
        br_pem_decoder_push(&pem, &byte, 1);
        switch (br_pem_decoder_event(&pem)) {
        case BR_PEM_BEGIN_OBJ:
            out->len = 0;
            br_pem_decoder_setdest(&pem, append, out);
            break;
        case BR_PEM_END_OBJ:
            return 1;
        case BR_PEM_ERROR:
            die("pem", 0);
        }
    }
    return 0;
}

static FILE *open_or_die(const char *name)
{
    FILE *file = fopen(name, "r");
    if (file == NULL)
        die(name, 0);
    return file;
}

static void load(struct options *o)
{
    static struct bytes object;
    FILE *file;
    if (o->cert != NULL) {
        file = open_or_die(o->cert);
        for (; chain_len < 4 && next_object(file, &object); chain_len++) {
            chain[chain_len].data = memcpy(malloc(object.len), object.data, object.len);
            chain[chain_len].data_len = object.len;
        }
        fclose(file);
        file = open_or_die(o->key);
        next_object(file, &object);
        fclose(file);
        br_skey_decoder_init(&key);
        br_skey_decoder_push(&key, object.data, object.len);
        if (br_skey_decoder_last_error(&key) != 0)
            die(o->key, br_skey_decoder_last_error(&key));
    }
    if (o->ca != NULL) {
        file = open_or_die(o->ca);
        next_object(file, &object);
        fclose(file);
        br_x509_decoder_init(&root, append, &root_name);
        br_x509_decoder_push(&root, object.data, object.len);
        if (br_x509_decoder_last_error(&root) != 0)
            die(o->ca, br_x509_decoder_last_error(&root));
        anchor.dn.data = root_name.data;
        anchor.dn.len = root_name.len;
        anchor.flags = BR_X509_TA_CA;
        anchor.pkey = *br_x509_decoder_get_pkey(&root);
    }
}

static uint16_t suite_code(const char *name)
{
    static const struct {
        const char *name;
        uint16_t code;
    } known[] = {
        {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
        {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
        {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
        {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
        {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384},
        {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].code;
    die(name, 0);
}

static uint32_t group_bit(const char *name)
{
    if (strcmp(name, "x25519") == 0)
        return (uint32_t)1 << BR_EC_curve25519;
    if (strcmp(name, "secp256r1") == 0)
        return (uint32_t)1 << BR_EC_secp256r1;
    if (strcmp(name, "secp384r1") == 0)
        return (uint32_t)1 << BR_EC_secp384r1;
    die(name, 0);
}

/* Shared by both roles. */
static void configure(struct options *o, br_ssl_engine_context *engine)
{
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    if (suite != 0)
        br_ssl_engine_set_suites(engine, &suite, 1);
    if (o->groups[0] != NULL) {
        groups = *br_ec_get_default();
        groups.supported_curves = 0;
        for (int i = 0; o->groups[i] != NULL; i++)
            groups.supported_curves |= group_bit(o->groups[i]);
        br_ssl_engine_set_ec(engine, &groups);
    }
    size_t protocols = 0;
    while (o->alpn[protocols] != NULL)
        protocols++;
    if (protocols > 0) {
        br_ssl_engine_set_protocol_names(engine, (const char **)o->alpn, protocols);
        br_ssl_engine_add_flags(engine, BR_OPT_FAIL_ON_ALPN_MISMATCH);
    }
    /* A client requests the fragment length that fits its input buffer. */
    if (o->max_fragment == 512)
        br_ssl_engine_set_buffers_bidi(engine, buffer, 512 + 325, buffer + 512 + 325, sizeof buffer - 512 - 325);
    else
        br_ssl_engine_set_buffer(engine, buffer, sizeof buffer, 1);
}

static br_ssl_engine_context *set_up_server(struct options *o)
{
    br_ssl_server_context *server = &context.server;
    if (key.key_type == BR_KEYTYPE_RSA)
        br_ssl_server_init_full_rsa(server, chain, chain_len, &key.key.rsa);
    else
        br_ssl_server_init_full_ec(server, chain, chain_len, BR_KEYTYPE_EC, &key.key.ec);
    if (strcmp(o->client_auth, "none") != 0) {
        br_x509_minimal_init_full(&x509, &anchor, 1);
        br_ssl_engine_set_x509(&server->eng, &x509.vtable);
        /* The server lists the types of certificates that it can verify. */
        br_ssl_engine_set_default_rsavrfy(&server->eng);
        br_ssl_engine_set_default_ecdsa(&server->eng);
        br_ssl_server_set_trust_anchor_names_alt(server, &anchor, 1);
        if (strcmp(o->client_auth, "optional") == 0)
            br_ssl_engine_add_flags(&server->eng, BR_OPT_TOLERATE_NO_CLIENT_AUTH);
    }
    configure(o, &server->eng);
    br_ssl_server_reset(server);
    return &server->eng;
}

static br_ssl_engine_context *set_up_client(struct options *o)
{
    br_ssl_client_context *client = &context.client;
    br_ssl_client_init_full(client, &x509, &anchor, 1);
    if (chain_len > 0 && key.key_type == BR_KEYTYPE_RSA)
        br_ssl_client_set_single_rsa(client, chain, chain_len, &key.key.rsa, br_rsa_pkcs1_sign_get_default());
    else if (chain_len > 0)
        br_ssl_client_set_single_ec(client, chain, chain_len, &key.key.ec, BR_KEYTYPE_SIGN, BR_KEYTYPE_EC,
                                    br_ec_get_default(), br_ecdsa_sign_asn1_get_default());
    configure(o, &client->eng);
    br_ssl_client_reset(client, o->name, 0);
    return &client->eng;
}

static int low_read(void *of, unsigned char *to, size_t len)
{
    ssize_t n = recv(*(int *)of, to, len, 0);
    return n > 0 ? (int)n : -1;
}

static int low_write(void *of, const unsigned char *from, size_t len)
{
    ssize_t n = send(*(int *)of, from, len, 0);
    return n > 0 ? (int)n : -1;
}

struct both {
    br_sslio_context io;
    br_ssl_engine_context *engine;
};

static int read_some(void *of, char *to, int len)
{
    struct both *both = of;
    int n = br_sslio_read(&both->io, to, (size_t)len);
    if (n > 0)
        return n;
    int error = br_ssl_engine_last_error(both->engine);
    return error == 0 ? 0 : -error;
}

static int write_some(void *of, const char *from, int len)
{
    struct both *both = of;
    if (br_sslio_write_all(&both->io, from, (size_t)len) < 0 || br_sslio_flush(&both->io) < 0)
        return -br_ssl_engine_last_error(both->engine);
    return len;
}

int main(int argc, char **argv)
{
    struct options o = parse(argc, argv);
    struct both both;
    struct stream stream = {&both, read_some, write_some};
    load(&o);
    if (o.suite != NULL)
        suite = suite_code(o.suite);
    if (!o.is_server) {
        int fd = connect_to(o.port);
        both.engine = set_up_client(&o);
        br_sslio_init(&both.io, both.engine, low_read, &fd, low_write, &fd);
        ask_for_page(&stream);
        return 0;
    }
    for (int listener = listen_on(o.port);;) {
        int fd = accept_from(listener);
        both.engine = set_up_server(&o);
        br_sslio_init(&both.io, both.engine, low_read, &fd, low_write, &fd);
        int code = serve_page(&stream);
        if (code == 0)
            br_sslio_close(&both.io);
        else
            fprintf(stderr, "connection ended: %d\n", -code);
        close(fd);
    }
}
