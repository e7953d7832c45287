/* The image whose size is measured: a server that answers on the serial line. With EMPTY, without the
 * library. */
#include "board.h"
#include "peer.h"

#ifdef EMPTY
bool side_work(enum side side)
{
    (void)side;
    return true;
}

void side_seal(enum side side, const uint8_t *text, size_t length)
{
    pipe_put(side, text, length);
}

size_t side_open(enum side side, uint8_t *text, size_t room)
{
    return pipe_take(side, text, room);
}

void server_start(void)
{
}
#endif

int main(void)
{
    static uint8_t text[64];
#ifdef MUTUAL
    server_start_mutual();
#else
    server_start();
#endif
    for (;;) {
        uint8_t byte = uart_read();
        pipe_put(SERVER, &byte, 1);
        if (side_work(SERVER)) side_seal(SERVER, text, side_open(SERVER, text, sizeof text));
        while (pipe_take(CLIENT, &byte, 1)) uart_write(byte);
    }
}
