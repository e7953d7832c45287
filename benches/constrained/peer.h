/* The TLS library to measure, behind functions that each library's file implements.
 *
 * Bytes go through two pipes, one to each side. A side runs until it needs bytes that have not arrived. */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum side { SERVER, CLIENT };
enum group { X25519, SECP256R1 };

/* The pipe to a side; both return how many bytes they moved. */
size_t pipe_put(enum side to, const uint8_t *bytes, size_t length);
size_t pipe_take(enum side to, uint8_t *bytes, size_t room);

/* A new session that presents its certificate. */
void server_start(void);
/* The same, but requires a client certificate issued under the root. */
void server_start_mutual(void);
/* A new session that offers this group, verifies the server's certificate and can present its own. */
void client_start(enum group group);
/* Processes what has arrived; returns whether the handshake is complete. */
bool side_work(enum side side);
/* Sends a record. */
void side_seal(enum side side, const uint8_t *text, size_t length);
/* Reads the content of a received record. */
size_t side_open(enum side side, uint8_t *text, size_t room);
/* Writes rows of memory in use, in bytes: `name server 0 bytes`. */
void tell_memory(void);

#endif
