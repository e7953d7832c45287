/* Mbed TLS behind peer.h; mbedtls_config.h selects the parts that are built. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "board.h"
#include "credentials.h"
#include "peer.h"

/* The memory of a side, except for the heap. */
static struct holder {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt own, root;
    mbedtls_pk_context key;
} holders[2];

static enum side sides[] = {SERVER, CLIENT};
static const mbedtls_ecp_group_id both[] = {MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE};

static uint8_t heap[96 * 1024];
/* The side that is running. */
static enum side working;

static void must(int code)
{
    if (code != 0) fail("Mbed TLS", code);
}

/* Replaces the C library's: called if the library finds its heap damaged. */
void exit(int code)
{
    fail("exit", code);
}

time_t time(time_t *to)
{
    if (to) *to = NOW;
    return NOW;
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *time, struct tm *to)
{
    return gmtime_r(time, to);
}

static int entropy(void *side, unsigned char *to, size_t length)
{
    memset(to, 1 + *(enum side *)side, length);
    return 0;
}

static int put(void *side, const unsigned char *bytes, size_t length)
{
    size_t sent = pipe_put(!*(enum side *)side, bytes, length);
    return sent ? (int)sent : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int take(void *side, unsigned char *bytes, size_t room)
{
    size_t taken = pipe_take(*(enum side *)side, bytes, room);
    return taken ? (int)taken : MBEDTLS_ERR_SSL_WANT_READ;
}

/* Everything but the session, which `begin` creates. */
static void prepare(enum side side, const unsigned char *der, size_t length, const unsigned char *scalar)
{
    struct holder *holder = &holders[side];
    int endpoint = side == SERVER ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT;

    mbedtls_ssl_init(&holder->ssl);
    mbedtls_ssl_config_init(&holder->config);
    mbedtls_ctr_drbg_init(&holder->random);
    mbedtls_x509_crt_init(&holder->own);
    mbedtls_x509_crt_init(&holder->root);
    mbedtls_pk_init(&holder->key);
    must(mbedtls_ctr_drbg_seed(&holder->random, entropy, &sides[side], NULL, 0));
    must(mbedtls_x509_crt_parse_der_nocopy(&holder->own, der, length));
    must(mbedtls_pk_setup(&holder->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
    must(mbedtls_ecp_read_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(holder->key), scalar, 32));
    must(mbedtls_ssl_config_defaults(&holder->config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_rng(&holder->config, mbedtls_ctr_drbg_random, &holder->random);
    must(mbedtls_ssl_conf_own_cert(&holder->config, &holder->own, &holder->key));
}

/* Checks the peer's certificates. */
static void trust(enum side side)
{
    struct holder *holder = &holders[side];
    mbedtls_x509_crl *revoked = NULL;
#ifdef WITH_CRL
    /* For the size of the code only: no list is present. */
    static mbedtls_x509_crl list;
    static const unsigned char der[1];
    must(mbedtls_x509_crl_parse_der(revoked = &list, der, sizeof der));
#endif
    must(mbedtls_x509_crt_parse_der_nocopy(&holder->root, root_der, sizeof root_der));
    mbedtls_ssl_conf_ca_chain(&holder->config, &holder->root, revoked);
    mbedtls_ssl_conf_authmode(&holder->config, MBEDTLS_SSL_VERIFY_REQUIRED);
}

static void begin(enum side side, const mbedtls_ecp_group_id *groups)
{
    struct holder *holder = &holders[side];
    mbedtls_ssl_conf_curves(&holder->config, groups);
    must(mbedtls_ssl_setup(&holder->ssl, &holder->config));
    mbedtls_ssl_set_bio(&holder->ssl, &sides[side], put, take, NULL);
}

#ifdef WITH_CLIENT
/* Blocks come from the C library; those of each side are counted, without the library's bookkeeping. */
struct block {
    uint32_t size;
    enum side owner;
};
static size_t held[2], most[2];

void *_sbrk(ptrdiff_t more)
{
    static size_t used;
    if (used + (size_t)more > sizeof heap) fail("heap", (int)used);
    used += (size_t)more;
    return heap + used - (size_t)more;
}

static void *counted_calloc(size_t count, size_t size)
{
    size_t whole = count * size;
    struct block *block = calloc(1, sizeof *block + whole);
    *block = (struct block){whole, working};
    held[working] += whole;
    if (held[working] > most[working]) most[working] = held[working];
    return block + 1;
}

static void counted_free(void *bytes)
{
    struct block *block = bytes;
    if (!block--) return;
    held[block->owner] -= block->size;
    free(block);
}

/* Frees what the side held before, and counts from here. */
static void heap_start(enum side side)
{
    struct holder *holder = &holders[side];
    mbedtls_ssl_free(&holder->ssl);
    mbedtls_ssl_config_free(&holder->config);
    mbedtls_ctr_drbg_free(&holder->random);
    mbedtls_x509_crt_free(&holder->own);
    mbedtls_x509_crt_free(&holder->root);
    mbedtls_pk_free(&holder->key);
    mbedtls_platform_set_calloc_free(counted_calloc, counted_free);
    working = side;
    most[side] = held[side];
}

void client_start(enum group group)
{
    heap_start(CLIENT);
    prepare(CLIENT, client_der, sizeof client_der, client_scalar);
    trust(CLIENT);
    begin(CLIENT, both + (group == SECP256R1));
    must(mbedtls_ssl_set_hostname(&holders[CLIENT].ssl, "server.example"));
}

void tell_memory(void)
{
    tell("session", "server", 0, sizeof holders[SERVER]);
    tell("heap", "server", 0, most[SERVER]);
}
#else
static void heap_start(enum side side)
{
    working = side;
    mbedtls_memory_buffer_alloc_init(heap, sizeof heap);
}
#endif

void server_start(void)
{
    heap_start(SERVER);
    prepare(SERVER, server_der, sizeof server_der, server_scalar);
    begin(SERVER, both);
}

void server_start_mutual(void)
{
    heap_start(SERVER);
    prepare(SERVER, server_der, sizeof server_der, server_scalar);
    trust(SERVER);
    begin(SERVER, both);
}

bool side_work(enum side side)
{
    working = side;
    int code = mbedtls_ssl_handshake(&holders[side].ssl);
    if (code != MBEDTLS_ERR_SSL_WANT_READ) must(code);
    return code == 0;
}

void side_seal(enum side side, const uint8_t *text, size_t length)
{
    working = side;
    int written = mbedtls_ssl_write(&holders[side].ssl, text, length);
    if (written != (int)length) fail("writing", written);
}

size_t side_open(enum side side, uint8_t *text, size_t room)
{
    working = side;
    int got = mbedtls_ssl_read(&holders[side].ssl, text, room);
    if (got == MBEDTLS_ERR_SSL_WANT_READ) return 0;
    if (got < 0) fail("reading", got);
    return (size_t)got;
}
