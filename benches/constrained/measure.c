/* Instructions and stack of both sides, in memory: lines of `name role instructions stack`, then `done`, as
 * from core/examples/mps2/src/bin/measure.rs. */
#include "board.h"
#include "peer.h"

#define RECORD 1024

static struct cost costs[2];
static bool complete[2];
static uint8_t text[RECORD];

/* Writes the cost of a side since the last report. */
static void tell_cost(enum side side, const char *name, const char *what)
{
    tell(name, what, costs[side].instructions, costs[side].stack);
    costs[side] = (struct cost){0};
}

static void work(void *argument)
{
    enum side side = *(enum side *)argument;
    complete[side] = side_work(side);
}

static void seal(void *argument)
{
    side_seal(*(enum side *)argument, text, RECORD);
}

static void open(void *argument)
{
    size_t length = side_open(*(enum side *)argument, text, RECORD);
    if (length != RECORD) fail("record", (int)length);
}

/* A handshake, then a record of 1 KiB that the server seals and the client opens. */
static void run(const char *name)
{
    enum side server = SERVER, client = CLIENT;
    complete[SERVER] = complete[CLIENT] = false;
    while (!(complete[SERVER] && complete[CLIENT])) {
        measured(&costs[CLIENT], work, &client);
        measured(&costs[SERVER], work, &server);
    }
    tell_cost(SERVER, name, "server");
    tell_cost(CLIENT, name, "client");
    measured(&costs[SERVER], seal, &server);
    tell_cost(SERVER, "record", "seal");
    measured(&costs[CLIENT], open, &client);
    tell_cost(CLIENT, "record", "open");
}

int main(void)
{
    server_start();
    client_start(X25519);
    run("x25519");
    server_start();
    client_start(SECP256R1);
    run("secp256r1");
    server_start_mutual();
    client_start(X25519);
    run("mutual");
    tell_memory();
    done();
}
