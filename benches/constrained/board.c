#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
/* CMSDK APB UART 0. */
#define UART_DATA REGISTER(0x40004000)
#define UART_STATE REGISTER(0x40004004)
#define UART_CTRL REGISTER(0x40004008)
#define UART_BAUDDIV REGISTER(0x40004010)
#define TX_FULL 1u
#define RX_FULL 2u
/* FPGAIO COUNTER, 25 MHz (ARM application note AN386, table 3-8). */
#define COUNTER REGISTER(0x40028018)
/* Coprocessor access control: the floating point unit. */
#define CPACR REGISTER(0xE000ED88)

#define PAINT 0xCCCCCCCCu
/* A margin below the stack pointer that is not painted, for whatever the compiler keeps there. */
#define MARGIN 32

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_start[];

_Noreturn void start(void);
static _Noreturn void fault(void);

__attribute__((section(".vector_table"), used)) static const void *const vectors[16] = {
    stack_start, start, fault, fault, fault, fault, fault,
};

void start(void)
{
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end; to++) *to = *from++;
    for (uint32_t *to = bss_start; to < bss_end; to++) *to = 0;
    CPACR |= 0xFu << 20;
    UART_BAUDDIV = 217;
    UART_CTRL = 3;
    main();
    for (;;) __asm__ volatile("wfi");
}

static void fault(void)
{
    fail("fault", 0);
}

uint8_t uart_read(void)
{
    while (!(UART_STATE & RX_FULL)) {
    }
    return (uint8_t)UART_DATA;
}

void uart_write(uint8_t byte)
{
    while (UART_STATE & TX_FULL) {
    }
    UART_DATA = byte;
}

static void write_text(const char *text)
{
    while (*text) uart_write((uint8_t)*text++);
}

static void write_number(uint32_t number)
{
    char digits[12];
    char *at = digits + sizeof digits - 1;
    *at = 0;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    *--at = ' ';
    write_text(at);
}

void tell(const char *name, const char *role, uint32_t instructions, uint32_t stack)
{
    write_text(name);
    uart_write(' ');
    write_text(role);
    write_number(instructions);
    write_number(stack);
    uart_write('\n');
}

void done(void)
{
    write_text("done\n");
}

void fail(const char *what, int code)
{
    write_text("failed: ");
    write_text(what);
    write_text(code < 0 ? " -" : " ");
    write_number((uint32_t)(code < 0 ? -code : code));
    uart_write('\n');
    for (;;) __asm__ volatile("wfi");
}

/* With `-icount shift=8` an instruction takes 256 ns, and a tick of the counter 40 ns. */
static uint32_t instructions(uint32_t ticks)
{
    return (uint32_t)(((uint64_t)ticks * 5 + 16) / 32);
}

/* Not inlined: its frame ends the stack of the function that measures. */
__attribute__((noinline)) static void timed(struct cost *cost, void (*work)(void *), void *argument)
{
    uint32_t from = COUNTER;
    work(argument);
    cost->instructions += instructions(COUNTER - from);
}

void measured(struct cost *cost, void (*work)(void *), void *argument)
{
    uint32_t *top;
    __asm__ volatile("mov %0, sp" : "=r"(top));
    for (volatile uint32_t *at = bss_end; at < top - MARGIN; at++) *at = PAINT;
    timed(cost, work, argument);
    volatile uint32_t *at = bss_end;
    while (at < top && *at == PAINT) at++;
    uint32_t depth = (uint32_t)((uintptr_t)top - (uintptr_t)at);
    if (depth > cost->stack) cost->stack = depth;
}
