/* A TLS 1.2 server and client on wolfSSL 5.5; flags and behaviour are described in peer.h.
 * The suite has OpenSSL's name. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "peer.h"

static WOLFSSL_CTX *context;
static WOLFSSL_SESSION *session;

static void must(int code, const char *what)
{
    if (code != WOLFSSL_SUCCESS)
        die(what, code);
}

static int group_id(const char *name)
{
    if (strcmp(name, "x25519") == 0)
        return WOLFSSL_ECC_X25519;
    if (strcmp(name, "secp256r1") == 0)
        return WOLFSSL_ECC_SECP256R1;
    if (strcmp(name, "secp384r1") == 0)
        return WOLFSSL_ECC_SECP384R1;
    die(name, 0);
}

static void configure(struct options *o)
{
    context = wolfSSL_CTX_new(o->is_server ? wolfTLSv1_2_server_method() : wolfTLSv1_2_client_method());
    if (context == NULL)
        die("context", 0);
    if (o->cert != NULL) {
        must(wolfSSL_CTX_use_certificate_chain_file(context, o->cert), o->cert);
        must(wolfSSL_CTX_use_PrivateKey_file(context, o->key, WOLFSSL_FILETYPE_PEM), o->key);
    }
    if (o->ca != NULL)
        must(wolfSSL_CTX_load_verify_locations(context, o->ca, NULL), o->ca);
    int verify = WOLFSSL_VERIFY_NONE;
    if (!o->is_server || strcmp(o->client_auth, "optional") == 0)
        verify = WOLFSSL_VERIFY_PEER;
    else if (strcmp(o->client_auth, "required") == 0)
        verify = WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    wolfSSL_CTX_set_verify(context, verify, NULL);
    if (o->suite != NULL)
        must(wolfSSL_CTX_set_cipher_list(context, o->suite), o->suite);
    for (int i = 0; o->groups[i] != NULL; i++)
        must(wolfSSL_CTX_UseSupportedCurve(context, group_id(o->groups[i])), o->groups[i]);
    if (o->no_ems)
        must(wolfSSL_CTX_DisableExtendedMasterSecret(context), "no ems");
    if (o->max_fragment == 512)
        must(wolfSSL_CTX_UseMaxFragment(context, WOLFSSL_MFL_2_9), "fragment");
    if (o->resume && !o->is_server)
        must(wolfSSL_CTX_UseSessionTicket(context), "tickets");
}

static int read_some(void *of, char *to, int len)
{
    int n = wolfSSL_read(of, to, len);
    if (n > 0)
        return n;
    return wolfSSL_get_error(of, n) == WOLFSSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static int write_some(void *of, const char *from, int len)
{
    return wolfSSL_write(of, from, len);
}

/* One connection; returns 0, or the code of the first failed call. */
static int talk(struct options *o, int fd, int resuming)
{
    WOLFSSL *ssl = wolfSSL_new(context);
    struct stream stream = {ssl, read_some, write_some};
    wolfSSL_set_fd(ssl, fd);
    if (o->alpn[0] != NULL) {
        char list[256] = "";
        for (int i = 0; o->alpn[i] != NULL; i++) {
            strncat(list, i == 0 ? "" : ",", sizeof list - strlen(list) - 1);
            strncat(list, o->alpn[i], sizeof list - strlen(list) - 1);
        }
        must(wolfSSL_UseALPN(ssl, list, strlen(list), WOLFSSL_ALPN_FAILED_ON_MISMATCH), "alpn");
    }
    if (!o->is_server) {
        must(wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, o->name, strlen(o->name)), "sni");
        must(wolfSSL_check_domain_name(ssl, o->name), "name");
    }
    if (resuming)
        must(wolfSSL_set_session(ssl, session), "set session");
    int code = (o->is_server ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl)) == WOLFSSL_SUCCESS
        ? 0 : wolfSSL_get_error(ssl, -1);
    if (code == 0 && !o->is_server) {
        ask_for_page(&stream);
        if (o->resume && !resuming && (session = wolfSSL_get1_session(ssl)) == NULL)
            die("session", 0);
        if (resuming && !wolfSSL_session_reused(ssl))
            die("not resumed", 0);
    } else if (code == 0) {
        code = serve_page(&stream);
    }
    if (code == 0)
        wolfSSL_shutdown(ssl);
    wolfSSL_free(ssl);
    close(fd);
    return code;
}

int main(int argc, char **argv)
{
    struct options o = parse(argc, argv);
    wolfSSL_Init();
    configure(&o);
    if (!o.is_server) {
        int code = talk(&o, connect_to(o.port), 0);
        if (code == 0 && o.resume)
            code = talk(&o, connect_to(o.port), 1);
        if (code != 0)
            die("handshake", code);
        return 0;
    }
    for (int listener = listen_on(o.port);;) {
        int code = talk(&o, accept_from(listener), 0);
        if (code != 0)
            fprintf(stderr, "connection ended: %d\n", code);
    }
}
