/* Shared by the small TLS 1.2 programs in this folder: flags, sockets, requests and answers.
 *
 *   PEER server|client --port N [--cert FILE --key FILE] [--ca FILE] [--name NAME] [--suite NAME]
 *        [--groups A,B] [--alpn A,B] [--client-auth none|optional|required] [--resume] [--max-fragment N]
 *        [--no-ems]
 *
 * A server serves one page for each connection until it is ended. A client requests a page, and exits with 0
 * only if the page and close_notify arrived; with --resume it does so twice, the second time with the session
 * of the first.
 */
#ifndef PEER_H
#define PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_NAMES 8

struct options {
    int is_server, port, resume, no_ems, max_fragment;
    const char *cert, *key, *ca, *name, *suite, *client_auth;
    const char *groups[MAX_NAMES + 1];
    const char *alpn[MAX_NAMES + 1];
};

/* Long enough to be split if records are short. */
#define REQUEST "GET / HTTP/1.0\r\nX-Padding: %02000d\r\n\r\n"
#define PAGE "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%02000d\n"

__attribute__((noreturn, unused)) static void die(const char *what, int code)
{
    fprintf(stderr, "error: %s (%d)\n", what, code);
    exit(1);
}

/* Splits a list at its commas; the result is null-terminated. */
static void names(char *list, const char **out)
{
    int n = 0;
    for (char *name = strtok(list, ","); name != NULL && n < MAX_NAMES; name = strtok(NULL, ","))
        out[n++] = name;
}

__attribute__((unused)) static struct options parse(int argc, char **argv)
{
    struct options o = {.client_auth = "none", .name = "localhost"};
    if (argc < 2)
        die("server or client?", argc);
    o.is_server = strcmp(argv[1], "server") == 0;
    for (int i = 2; i < argc; i++) {
        const char *flag = argv[i];
        if (strcmp(flag, "--resume") == 0) {
            o.resume = 1;
            continue;
        }
        if (strcmp(flag, "--no-ems") == 0) {
            o.no_ems = 1;
            continue;
        }
        if (i + 1 == argc)
            die(flag, i);
        char *value = argv[++i];
        if (strcmp(flag, "--port") == 0)
            o.port = atoi(value);
        else if (strcmp(flag, "--cert") == 0)
            o.cert = value;
        else if (strcmp(flag, "--key") == 0)
            o.key = value;
        else if (strcmp(flag, "--ca") == 0)
            o.ca = value;
        else if (strcmp(flag, "--name") == 0)
            o.name = value;
        else if (strcmp(flag, "--suite") == 0)
            o.suite = value;
        else if (strcmp(flag, "--client-auth") == 0)
            o.client_auth = value;
        else if (strcmp(flag, "--max-fragment") == 0)
            o.max_fragment = atoi(value);
        else if (strcmp(flag, "--groups") == 0)
            names(value, o.groups);
        else if (strcmp(flag, "--alpn") == 0)
            names(value, o.alpn);
        else
            die(flag, i);
    }
    signal(SIGPIPE, SIG_IGN);
    return o;
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void be_patient(int fd)
{
    struct timeval ten = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ten, sizeof ten);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &ten, sizeof ten);
}

__attribute__((unused)) static int listen_on(int port)
{
    struct sockaddr_in address = loopback(port);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0)
        die("listen", port);
    return fd;
}

__attribute__((unused)) static int accept_from(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        die("accept", fd);
    be_patient(fd);
    return fd;
}

__attribute__((unused)) static int connect_to(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    be_patient(fd);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("connect", port);
    return fd;
}

/* A library's read and write: the number of bytes, 0 after close_notify, negative for an error. */
struct stream {
    void *of;
    int (*read)(void *of, char *to, int len);
    int (*write)(void *of, const char *from, int len);
};

/* Sends a text that contains a number of 2,000 digits. */
static int send_padded(struct stream *s, const char *format)
{
    char text[4096];
    int sent = 0, len = snprintf(text, sizeof text, format, 0);
    while (sent < len) {
        int n = s->write(s->of, text + sent, len - sent);
        if (n <= 0)
            return n < 0 ? n : -1;
        sent += n;
    }
    return 0;
}

/* Answers one request. */
__attribute__((unused)) static int serve_page(struct stream *s)
{
    char request[4096];
    int len = 0;
    request[0] = 0;
    while (strstr(request, "\r\n\r\n") == NULL && len < (int)sizeof request - 1) {
        int n = s->read(s->of, request + len, (int)sizeof request - 1 - len);
        if (n <= 0)
            return n;
        len += n;
        request[len] = 0;
    }
    return send_padded(s, PAGE);
}

/* Requests a page and prints its first line. */
__attribute__((unused)) static void ask_for_page(struct stream *s)
{
    static char answer[65536];
    int n, len = 0;
    if ((n = send_padded(s, REQUEST)) != 0)
        die("write", n);
    while (len < (int)sizeof answer - 1 && (n = s->read(s->of, answer + len, (int)sizeof answer - 1 - len)) > 0)
        len += n;
    answer[len] = 0;
    if (n != 0)
        die("read", n);
    if (strncmp(answer, "HTTP/1.", 7) != 0)
        die("no page", len);
    printf("answer: %.*s\nclosed: close_notify\n", (int)strcspn(answer, "\r\n"), answer);
    fflush(stdout);
}

#endif
