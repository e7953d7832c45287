#!/usr/bin/env python3
"""A TLS 1.2 server and client on Python's ssl module, with the flags and the behaviour of the C programs in
core/conformance/peers. Suites have OpenSSL's names.
"""

import argparse
import socket
import ssl
import sys

sys.dont_write_bytecode = True
import tls_profile

# SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3, for which the module has no name.
NO_EXTENDED_MASTER_SECRET = 1
CURVES = {group.name: group.openssl for group in tls_profile.GROUPS}
PATIENCE = 120


def flags():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["server", "client"])
    parser.add_argument("--port", type=int)
    for name in ("cert", "key", "ca", "suite", "groups", "alpn"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--name", default="localhost")
    parser.add_argument("--client-auth", default="none")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--no-ems", action="store_true")
    return parser.parse_args()


def context(o):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if o.role == "server" else ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
    # An end without close_notify is an error.
    made.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0x80)
    if o.no_ems:
        made.options |= NO_EXTENDED_MASTER_SECRET
    if o.cert:
        made.load_cert_chain(o.cert, o.key)
    if o.ca:
        made.load_verify_locations(o.ca)
    if o.role == "server":
        made.verify_mode = {
            "none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED
        }[o.client_auth]
    if o.suite:
        made.set_ciphers(o.suite)
    if o.groups:
        made.set_ecdh_curve(CURVES[o.groups])
    if o.alpn:
        made.set_alpn_protocols(o.alpn.split(","))
    return made


def serve(o, made):
    with socket.create_server(("127.0.0.1", o.port)) as listener:
        while True:
            plain, _ = listener.accept()
            plain.settimeout(PATIENCE)
            try:
                with made.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False) as tls:
                    request = b""
                    while b"\r\n\r\n" not in request and (part := tls.recv(4096)):
                        request += part
                    if request:
                        # Longer than any limit on fragments, so that a record shows the limit.
                        tls.sendall(
                            b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + 400 * b"served\n"
                        )
                        tls.unwrap()
            except OSError as error:
                print(f"connection ended: {error}", file=sys.stderr, flush=True)


def ask(o, made, session=None):
    plain = socket.create_connection(("127.0.0.1", o.port), PATIENCE)
    with made.wrap_socket(plain, server_hostname=o.name, session=session, suppress_ragged_eofs=False) as tls:
        tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while part := tls.recv(4096):
            answer += part
        if not answer.startswith(b"HTTP/1."):
            sys.exit("no page")
        if session is not None and not tls.session_reused:
            sys.exit("not resumed")
        print("answer:", answer.splitlines()[0].decode())
        print("closed: close_notify")
        return tls.session


def main():
    o = flags()
    made = context(o)
    if o.role == "server":
        serve(o, made)
    session = ask(o, made)
    if o.resume:
        ask(o, made, session)


if __name__ == "__main__":
    main()
