"""A relay between a TLS client and a TLS server that reads the plaintext of their TLS 1.2 handshake.

Neither side is trusted about what was negotiated: the wire shows the suite, the group, the extensions, the
certificates requested and the lengths of records.
"""

import dataclasses
import socket
import struct
import threading

import tls_profile
from testbed import TIMEOUT

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, CERTIFICATE_VERIFY = 2, 11, 12, 13, 15
MAX_FRAGMENT_LENGTH, ALPN, EXTENDED_MASTER_SECRET, RECORD_SIZE_LIMIT = 1, 16, 23, 28

SUITES = {suite.code: suite for suite in tls_profile.SUITES}
GROUPS = {group.code: group for group in tls_profile.GROUPS}


@dataclasses.dataclass
class Record:
    kind: int
    body: bytes
    sealed: bool


class Direction:
    """One side's bytes, as records and as the handshake messages before its ChangeCipherSpec."""

    def __init__(self, data):
        self.records = []
        sealed = False
        while len(data) >= 5:
            kind, _, length = struct.unpack("!BHH", data[:5])
            body, data = data[5 : 5 + length], data[5 + length :]
            self.records.append(Record(kind, body, sealed))
            sealed = sealed or kind == CHANGE_CIPHER_SPEC
        self.messages = []
        rest = b"".join(r.body for r in self.records if r.kind == HANDSHAKE and not r.sealed)
        while len(rest) >= 4:
            length = int.from_bytes(rest[1:4], "big")
            self.messages.append((rest[0], rest[4 : 4 + length]))
            rest = rest[4 + length :]

    def message(self, kind):
        return next((body for found, body in self.messages if found == kind), None)

    def alerts(self):
        """The descriptions of the alerts that were sent in the clear."""
        return [r.body[1] for r in self.records if r.kind == ALERT and not r.sealed]

    def ends_in_alert(self):
        return bool(self.records) and self.records[-1].kind == ALERT

    def longest(self, overhead):
        """The longest plaintext of a record after the first, in which a client may request shorter
        ones. `overhead` is what sealing adds."""
        return max((len(r.body) - (overhead if r.sealed else 0) for r in self.records[1:]), default=0)

    def total(self):
        return sum(len(r.body) for r in self.records)


class Connection:
    """What a connection reveals about itself."""

    def __init__(self, from_client, from_server):
        self.client = Direction(from_client)
        self.server = Direction(from_server)

    def hello(self):
        """The server's choice of a suite and its extensions."""
        body = self.server.message(SERVER_HELLO)
        if body is None:
            return None, {}
        rest = body[35 + body[34] :]
        return int.from_bytes(rest[:2], "big"), extensions(rest[3:])

    def suite(self):
        return SUITES.get(self.hello()[0])

    def group(self):
        body = self.server.message(SERVER_KEY_EXCHANGE)
        return GROUPS.get(int.from_bytes(body[1:3], "big")) if body else None

    def has_extended_master_secret(self):
        return EXTENDED_MASTER_SECRET in self.hello()[1]

    def protocol(self):
        body = self.hello()[1].get(ALPN)
        return body[3 : 3 + body[2]].decode() if body else None

    def is_resumed(self):
        """An abbreviated handshake: both sides change their keys, and the server shows no certificate."""
        changed = all(
            any(r.kind == CHANGE_CIPHER_SPEC for r in side.records) for side in (self.client, self.server)
        )
        return changed and self.server.message(CERTIFICATE) is None

    def asks_for_certificate(self):
        return self.server.message(CERTIFICATE_REQUEST) is not None

    def client_proves_itself(self):
        return self.client.message(CERTIFICATE_VERIFY) is not None


def extensions(block):
    found = {}
    rest = block[2:]
    while len(rest) >= 4:
        kind, length = struct.unpack("!HH", rest[:4])
        found[kind] = rest[4 : 4 + length]
        rest = rest[4 + length :]
    return found


class Relay:
    """Listens on a separate port and connects each client to the port `target`."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.tapes = []
        self.threads = []
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), TIMEOUT)
            except OSError:
                client.close()
                continue
            tape = (bytearray(), bytearray())
            self.tapes.append(tape)
            for source, sink, heard in ((client, server, tape[0]), (server, client, tape[1])):
                source.settimeout(TIMEOUT)
                thread = threading.Thread(target=pump, args=(source, sink, heard), daemon=True)
                self.threads.append(thread)
                thread.start()

    def connections(self):
        """Returns what was recorded, after waiting for the connections to end."""
        for thread in self.threads:
            thread.join(2 * TIMEOUT)
        return [Connection(bytes(client), bytes(server)) for client, server in self.tapes]

    def close(self):
        # A blocked accept does not notice a closed socket, but it does notice this.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def pump(source, sink, heard):
    try:
        while part := source.recv(65536):
            heard += part
            sink.sendall(part)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
