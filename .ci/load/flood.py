#!/usr/bin/env python3
"""Bad connections to the agent, at a steady rate and from several addresses.

Usage: flood.py --port PORT --seconds N [--rate N] --root ROOT --good CERT KEY --wrong CERT KEY
Prints one object in JSON: how many connections of each kind there were, how many could not even connect, and
how many got an answer that they must not get.
"""

import argparse
import asyncio
import collections
import contextlib
import itertools
import json
import random
import socket
import ssl
import sys
import zlib

# The allowed scheduling server is at 127.0.0.1. The agent allows these too, so their bytes reach TLS …
ALLOWED = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
# … and refuses these when it accepts them.
REFUSED = ["127.0.0.5", "127.0.0.6"]
# The request for the machine status: a header with its CRC and no body, as docs/src/protocol.md describes it.
HEADER = bytes.fromhex("4c530104 00000007 00000000")
REQUEST = HEADER + zlib.crc32(HEADER).to_bytes(4, "big")
# How long a connection that says nothing more waits for the agent to end it.
PATIENCE = 30
SLOW_READERS = 4


class Flood:
    def __init__(self, flags):
        self.flags = flags
        # The same flood in every run.
        self.random = random.Random(14)
        self.counts = collections.Counter()
        self.unconnected = 0
        self.answered = collections.Counter()
        self.hello = client_hello(self.context())
        self.kinds = [
            self.closed_at_once, self.silent, self.garbage, self.half_hello, self.trickled_hello,
            self.wrong_certificate, self.no_certificate, self.browser,
        ]

    def context(self, certificate=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(self.flags.root)
        context.check_hostname = False
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    async def connect(self, address, context=None, receive_buffer=None):
        plain = socket.socket()
        plain.setblocking(False)
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            plain.bind((address, 0))
            await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self.flags.port))
        except OSError:
            plain.close()
            self.unconnected += 1
            raise
        name = "agent" if context else None
        return await asyncio.open_connection(sock=plain, ssl=context, server_hostname=name)

    async def run(self):
        loop = asyncio.get_running_loop()
        begun = loop.time()
        slow = [
            asyncio.create_task(self.slow_reader(address))
            for address in itertools.islice(itertools.cycle(ALLOWED), SLOW_READERS)
        ]
        tasks = set()
        addresses = itertools.cycle([*ALLOWED, *REFUSED])
        for number in itertools.count():
            due = begun + number / self.flags.rate
            if due > begun + self.flags.seconds:
                break
            await asyncio.sleep(max(0, due - loop.time()))
            # Every address makes every kind: their numbers have no common divisor.
            kind = self.kinds[number % len(self.kinds)]
            task = asyncio.create_task(self.one(kind, next(addresses)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        took = loop.time() - begun
        for task in [*slow, *tasks]:
            task.cancel()
        await asyncio.gather(*slow, *tasks, return_exceptions=True)
        return {
            "connections": self.counts, "rate": self.counts.total() / took, "unconnected": self.unconnected,
            "answered": self.answered,
        }

    async def one(self, kind, address):
        self.counts[kind.__name__] += 1
        with contextlib.suppress(OSError, ssl.SSLError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PATIENCE):
                await kind(address)

    async def end(self, kind, reader, writer):
        """Waits for the agent to end the connection, which must not answer a request."""
        answer = await reader.read(-1)
        if b"LS\x01\x84" in answer:
            self.answered[kind] += 1
        writer.close()

    async def closed_at_once(self, address):
        _, writer = await self.connect(address)
        writer.close()

    async def silent(self, address):
        await self.end("silent", *await self.connect(address))

    async def sending(self, kind, address, data):
        reader, writer = await self.connect(address)
        writer.write(data)
        await self.end(kind, reader, writer)

    async def garbage(self, address):
        await self.sending("garbage", address, self.random.randbytes(200))

    async def browser(self, address):
        await self.sending("browser", address, b"GET / HTTP/1.1\r\nHost: agent\r\n\r\n")

    async def half_hello(self, address):
        await self.sending("half_hello", address, self.hello[: len(self.hello) // 2])

    async def trickled_hello(self, address):
        reader, writer = await self.connect(address)
        for byte in self.hello:
            if reader.at_eof() or writer.transport.is_closing():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.2)
        writer.close()

    async def wrong_certificate(self, address):
        await self.asking("wrong_certificate", address, self.context(self.flags.wrong))

    async def no_certificate(self, address):
        await self.asking("no_certificate", address, self.context())

    async def asking(self, kind, address, context):
        reader, writer = await self.connect(address, context)
        writer.write(REQUEST)
        await self.end(kind, reader, writer)

    async def slow_reader(self, address):
        """A client with a good certificate that asks on and on and reads no answers, until it is ended."""
        while True:
            self.counts["slow_reader"] += 1
            with contextlib.suppress(OSError, ssl.SSLError):
                _, writer = await self.connect(address, self.context(self.flags.good), receive_buffer=4096)
                writer.transport.pause_reading()
                writer.transport.set_write_buffer_limits(high=4096)
                while not writer.transport.is_closing():
                    writer.write(REQUEST * 16)
                    await writer.drain()
                    await asyncio.sleep(0.01)
            await asyncio.sleep(1)


def client_hello(context):
    """The first flight of a client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--root", required=True)
    parser.add_argument("--good", nargs=2, required=True)
    parser.add_argument("--wrong", nargs=2, required=True)
    print(json.dumps(asyncio.run(Flood(parser.parse_args()).run())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
