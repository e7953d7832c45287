/* What is measured: a TLS library, behind functions that each library's file brings.
 *
 * Bytes go through two pipes, one to each side. A side works until it needs bytes that are not there yet. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum side { SERVER, CLIENT };
enum group { X25519, SECP256R1 };

/* The pipe to a side: both return how many bytes they could move. */
size_t pipe_put(enum side to, const uint8_t *bytes, size_t length);
size_t pipe_take(enum side to, uint8_t *bytes, size_t room);

/* A new session that shows its certificate. */
void server_start(void);
/* The same, which demands a client's certificate under the root. */
void server_start_mutual(void);
/* A new session that offers this group, checks the server's certificate and has one to show. */
void client_start(enum group group);
/* Works on what has come; whether the handshake is complete. */
bool side_work(enum side side);
/* Sends a record. */
void side_seal(enum side side, const uint8_t *text, size_t length);
/* Takes what a record that has come holds. */
size_t side_open(enum side side, uint8_t *text, size_t room);
/* Tells rows of memory in use, in bytes: `name server 0 bytes`. */
void tell_memory(void);

#endif
