#include "peer.h"

#include <string.h>

static struct pipe {
    uint8_t bytes[4096];
    size_t from, to;
} pipes[2];

size_t pipe_put(enum side to, const uint8_t *bytes, size_t length)
{
    struct pipe *pipe = &pipes[to];
    size_t room = sizeof pipe->bytes - pipe->to;
    if (length > room) length = room;
    memcpy(pipe->bytes + pipe->to, bytes, length);
    pipe->to += length;
    return length;
}

size_t pipe_take(enum side to, uint8_t *bytes, size_t room)
{
    struct pipe *pipe = &pipes[to];
    size_t length = pipe->to - pipe->from;
    if (length > room) length = room;
    memcpy(bytes, pipe->bytes + pipe->from, length);
    pipe->from += length;
    if (pipe->from == pipe->to) pipe->from = pipe->to = 0;
    return length;
}
