/* The emulated board: startup, serial line, instruction counter, depth of the stack. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the serial line. */
uint8_t uart_read(void);
void uart_write(uint8_t byte);

/* Writes a line: `name role instructions stack`. */
void tell(const char *name, const char *role, uint32_t instructions, uint32_t stack);
/* Writes the last line. */
void done(void);

struct cost {
    uint32_t instructions;
    uint32_t stack;
};

/* Runs `work`, adds its instructions to `cost` and keeps the greater depth of the stack. */
void measured(struct cost *cost, void (*work)(void *), void *argument);

/* Reports an error and stops. */
_Noreturn void fail(const char *what, int code);

int main(void);

#endif
