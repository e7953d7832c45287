//! Seeds of the targets without session steps.

use lsam_core::agent::{CheckCrc, ErrorMessage, List, MachineStatus, Message, MessageError};
use lsam_core::config::SETTINGS;
use lsam_core::wire::Writer;

use super::Seed;
use crate::endpoint::{frame, status};

pub(super) fn seeds(seeds: &mut Vec<Seed>) {
    handshake_messages(seeds);
    agent_messages(seeds);
    endpoints(seeds);
    pairs(seeds);
    files(seeds);
    edits(seeds);
    transcoded(seeds);
}

/// Each message of each recorded handshake, without duplicates.
fn handshake_messages(seeds: &mut Vec<Seed>) {
    let mut messages = super::session::messages();
    messages.sort();
    messages.dedup();
    for (visit, kind, body) in messages {
        let name = match kind {
            1 => "client-hello",
            2 => "server-hello",
            4 => "new-session-ticket",
            11 => "certificate",
            12 => "server-key-exchange",
            13 => "certificate-request",
            15 => "certificate-verify",
            16 => "client-key-exchange",
            _ => continue,
        };
        let known = |(target, _, input): &Seed| *target == "handshake_message" && input[1..] == body;
        if !seeds.iter().any(known) {
            let name = format!("{name}-{visit}");
            seeds.push(("handshake_message", name, [&[kind][..], &body].concat()));
        }
    }
    // A session identifier of the maximum length, and one that is longer (RFC 5246 section 7.4.1.2).
    for (len, name) in [(32, "longest"), (33, "too-long")] {
        let id = [&[len][..], &vec![7; usize::from(len)]].concat();
        for (kind, hello, behind) in
            [(1, "client", &[0, 2, 0xc0, 0x2b, 1, 0][..]), (2, "server", &[0xc0, 0x2b, 0])]
        {
            let input = [&[kind, 3, 3][..], &[1; 32], &id, behind].concat();
            seeds.push(("handshake_message", format!("{hello}-hello-{name}-session-id"), input));
        }
    }
}

fn body<'a>(message: &impl Message<'a>) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let mut w = Writer::new(&mut buffer);
    message.emit(&mut w).expect("a short message");
    w.written().to_vec()
}

fn agent_messages(seeds: &mut Vec<Seed>) {
    use lsam_core::agent::AcceptedAddress::{Any, Only};

    let mut put =
        |name: &str, parts: &[&[u8]]| seeds.push(("agent_message", name.to_owned(), parts.concat()));
    let addresses = [Any, Only([192, 0, 2, 7].into()), Only([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into())];
    let full = body(&MachineStatus { accepted_addresses: List::new(&addresses), ..status("host") });
    let error = body(&ErrorMessage::from(MessageError::BadValue(0x0102)));
    put("frame-request", &[&[0], &frame(4, 7, &[], CheckCrc::On)]);
    put("frame-status", &[&[0], &frame(0x84, 7, &full, CheckCrc::On)]);
    put("frame-without-crc", &[&[0], &frame(4, 7, &[], CheckCrc::Off)]);
    put("frame-too-long", &[&[0], b"LS\x01\x04\0\0\0\x01\0\x01\0\x01\0\0\0\0"]);
    put("frame-tls", &[&[0], b"\x16\x03\x01\x02\0"]);
    put("frame-version-2", &[&[0], b"LS\x02"]);
    put("request", &[&[1, 0, 0]]);
    put("request-with-unknown-field", &[&[1, 0, 9], &[0x7f, 0xff, 0, 1, 0]]);
    put("status", &[&[2, 0, 40], &full]);
    put("status-in-another-order", &[&[2, 0, 40], &full[12..], &full[..12]]);
    put("status-with-a-field-twice", &[&[2, 0, 40], &full, &full[..12]]);
    put("status-truncated", &[&[2, 0, 40], &full[..full.len() - 1]]);
    put("error", &[&[3, 0, 1], &error]);
    put("error-without-field", &[&[3, 0, 1], &body(&ErrorMessage::from(MessageError::BadCrc))]);
}

fn endpoints(seeds: &mut Vec<Seed>) {
    let request = |check| frame(4, 7, &[], check);
    let say = |bytes: &[u8]| [&[0, 0, bytes.len() as u8], bytes].concat();
    let whole = [2, 0xff, 0xff];
    let mut bad = request(CheckCrc::On);
    bad[15] ^= 1;
    let scripts: [(&str, Vec<u8>); 14] = [
        ("request", [&[3, 1][..], &say(&request(CheckCrc::On)), &whole].concat()),
        ("two-requests", [&[10][..], &whole].concat()),
        ("refused-request", [&[3, 2, 10][..], &whole].concat()),
        ("unanswered-request", [&[1, 4, 1, 0, 3, 1, 2, 3][..], &whole].concat()),
        ("byte-by-byte", [&[10][..], &[2, 0, 1].repeat(40)].concat()),
        ("bad-crc", [say(&bad), whole.to_vec(), vec![10], whole.to_vec()].concat()),
        ("http", [say(b"GET / HTTP/1.1\r\n\r\n"), whole.to_vec()].concat()),
        ("tls-on-a-plain-port", [say(&[22, 3, 1, 0, 5, 1, 0, 0, 1, 0]), whole.to_vec()].concat()),
        ("too-long", [say(b"LS\x01\x04\0\0\0\x01\0\x01\0\x01\0\0\0\0"), whole.to_vec()].concat()),
        ("own-messages", vec![4, 0, 4, 9, 4, 201, 2, 0xff, 0xff]),
        ("waits-to-drain", [&[8, 10, 4, 1][..], &whole, &[7, 0, 5, 7, 0xff, 0xff, 8]].concat()),
        ("closes", vec![4, 1, 5, 10, 2, 0xff, 0xff]),
        ("peer-closes", [&[10, 9][..], &whole].concat()),
        ("transport-ends", [&[10, 6][..], &whole].concat()),
    ];
    for (name, script) in scripts {
        for (prefix, bits) in [("plain", 0), ("tls", 1)] {
            seeds.push(("endpoint", format!("{prefix}-{name}"), [&[bits, 0, 0][..], &script].concat()));
        }
    }
    let small = [&[1, 0x55, 0x11, 10][..], &whole, &[4, 1], &whole].concat();
    seeds.push(("endpoint", "tls-small-buffers".to_owned(), small));
    let unchecked = [&[2, 0, 0][..], &say(&request(CheckCrc::Off)), &whole].concat();
    seeds.push(("endpoint", "plain-without-crc".to_owned(), unchecked));
}

/// Setups as in the session seeds, and what happens in transit.
fn pairs(seeds: &mut Vec<Seed>) {
    let talk = [0, 0, 1, 0, 0, 0, 1, 0, 2, 0, 9, 3, 1, 0, 0, 0, 1, 0];
    for (name, set_up) in super::session::set_ups() {
        seeds.push(("pair", name.to_owned(), [&set_up[..], &talk].concat()));
    }
    let on_the_way: [(&str, &[u8]); 9] = [
        ("byte-by-byte", &[0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0]),
        ("damaged-hello", &[0, 10, 6, 0, 30, 1]),
        ("damaged-flight", &[0, 0, 7, 0, 80, 1]),
        ("damaged-data", &[0, 0, 1, 0, 0, 0, 1, 0, 2, 0, 5, 0, 1, 6, 0, 15, 4]),
        ("cut", &[0, 0, 8, 1]),
        ("closes", &[0, 0, 1, 0, 0, 0, 1, 0, 2, 0, 5, 4, 3, 0, 5]),
        ("closes-early", &[0, 0, 4, 1, 0]),
        ("waits-to-drain", &[9, 10, 0, 200, 1, 100, 0, 200, 1, 255, 3, 1, 0]),
        ("long-writes", &[0, 0, 1, 0, 0, 0, 1, 0, 2, 0xff, 0xff, 3, 0xff, 0xff, 0, 0, 2, 0xff, 0xff]),
    ];
    for (name, script) in on_the_way {
        seeds.push(("pair", name.to_owned(), [&[2, 0, 0, 1, 0, 0][..], script].concat()));
    }
    let three_visits = [&[0x46, 0, 0, 0x43, 0, 0][..], &talk, &[11], &talk, &[11], &talk].concat();
    seeds.push(("pair", "resumed".to_owned(), three_visits));
    let unsealed = [&[0x46, 0, 0x80, 0x43, 0, 0][..], &talk, &[11], &talk].concat();
    seeds.push(("pair", "resumed-unsealed".to_owned(), unsealed));
    // The last byte of the server's Finished, in a record whose tag is still valid.
    let damaged = [0x46, 0, 0x80, 0x43, 0, 0, 0, 0, 1, 0, 0, 0, 7, 0, 50 + 28, 1];
    seeds.push(("pair", "damaged-finished".to_owned(), damaged.to_vec()));
}

fn files(seeds: &mut Vec<Seed>) {
    let mut all = String::new();
    let mut section = None;
    for setting in SETTINGS {
        if section != Some(setting.section) {
            section = Some(setting.section);
            all += &format!("\r\n{}\r\n", setting.section);
        }
        all += &format!("; {}\r\n{}={}\r\n", setting.meaning, setting.key, setting.default);
    }
    let tls =
        "[General Settings]\nUseSecureSocket=TRUE\nTLSCertificateSerial=4a 00 1d\nTLSClientValidation=TRUE\n";
    let files: [(&str, &[u8]); 16] = [
        ("empty", b""),
        ("defaults", all.as_bytes()),
        ("tls", tls.as_bytes()),
        ("utf-8-with-mark", b"\xef\xbb\xbf[General Settings]\nDisplayServiceName=Z\xc3\xbcrich\n"),
        ("windows-1252", b"[General Settings]\rDisplayServiceName=Z\xfcrich \x80\r"),
        ("utf-16", b"\xff\xfe[\0G\0]\0"),
        ("line-ends", b"a=1\r\n\r\n\rb=2\n\rc=3"),
        ("blanks", b" \t[ TCP/IP Parameters ] x\n \x0bSocketNumberToSAM\x0c =\x1a 3101 \t\n"),
        ("quotes", b"[a]\nb='c'\nd=\"e\"\nf=\"g'\nh=\"\ni=\"\"j\"\"\n"),
        ("comments", b"; a\n ;b\nc=d ; e\n;"),
        ("malformed", b"nonsense\n[open\n=1\n[]\n[]]\na==b\n"),
        ("repeated", b"[General Settings]\nUseSecureSocket=FALSE\nusesecuresocket=TRUE\n[general settings]\nUseSecureSocket=TRUE\n"),
        ("unknown", b"x=1\n[Nowhere]\na=b\n[General Settings]\nJORSSocket=1\nFoo=2\n"),
        ("bad-values", b"[General Settings]\nUseSecureSocket=yes\nShortServiceName=a/b\n[TCP/IP Parameters]\nSocketNumberToSAM=70000\nAllowedIPAddress_1=1.2.3\n"),
        ("rules", b"[General Settings]\nUseSecureSocket=TRUE\n[TCP/IP Parameters]\nSocketNumberToSAM=3110\nAllowedIPAddress_1=\n[JORS Settings]\nJORSSocket=3110\n"),
        ("addresses", b"[TCP/IP Parameters]\nAllowedIPAddress_1=ANY\nAllowedIPAddress_2=192.0.2.7\nAllowedIPAddress_3=2001:db8::1\nAllowedIPAddress_4=any\n"),
    ];
    for (name, file) in files {
        for target in ["ini", "settings"] {
            seeds.push((target, name.to_owned(), file.to_vec()));
        }
    }
}

/// A line each for section, key and value, then the file to set them in.
fn edits(seeds: &mut Vec<Seed>) {
    let edits: [(&str, &[u8]); 15] = [
        ("value", b"S\nk\nnew\n; head\r\n[T]\r\nk=1\r\n[S]\r\nk = old \r\nk=2\r\n"),
        ("key", b"s\nk\nv\n[S]\na=1\n; of S\n\n; of T\n[T]\nk=1\n"),
        ("key-at-the-end", b"S\nk\nv\n[S]\ra=1"),
        ("section", b"S\nk\nv\n[T]\nk=1"),
        ("empty", b"S\nk\nv\n"),
        ("quotes", b"S\nk\n \"v\n[S]\nk='old'\n"),
        ("quotes-needed", b"S\nk\n\"v\"\n[S]\nk=old\n"),
        ("unclosed", b"S\nk\nv\n[S]\nnonsense\n[open\nk=1\n[S]\nk=2\n"),
        ("utf-8-with-mark", b"S\nk\n\xc3\xbc\n\xef\xbb\xbf[S]\nk=\xe2\x82\xac\n"),
        ("windows-1252", b"S\nk\nZ\xc3\xbcrich \xe2\x82\xac\n[S]\nk=\xfc\n"),
        ("windows-1252-refused", b"S\nk\n\xc3\x83\xc2\xbc\xc5\x91\n[S]\nk=\xfc\n"),
        ("utf-16", b"S\nk\n\xf0\x9d\x84\x9e\n\xff\xfe[\0S\0]\0\r\0\n\0k\0=\0\x34\xd8\x1e\xdd\r\0\n\0"),
        ("utf-16-big", b"S\nk\nv\n\xfe\xff\0[\0S\0]\0\n\xd8\x34"),
        ("utf-16-cut", b"S\nk\nv\n\xff\xfe["),
        ("names", b"S \n;k\nv\n[S]\n"),
    ];
    seeds.extend(edits.map(|(name, input)| ("edit", name.to_owned(), input.to_vec())));
}

/// Byte order, piece size, buffer size, and UTF-16.
fn transcoded(seeds: &mut Vec<Seed>) {
    let files: [(&str, &[u8]); 4] = [
        ("text", b"\0\x08\x10[\0S\0]\0\r\0\n\0k\0=\0\xfc\0\xac\x20"),
        ("pairs", b"\0\x01\x04\x34\xd8\x1e\xdd\x34\xd8a\0\x1e\xdd\x34\xd8\x34\xd8\x1e\xdd"),
        ("big", b"\x01\x03\x05\0a\xd8\x34\xdd\x1e\xfe\xff"),
        ("cut", b"\0\x02\x04a\0\x34\xd8\x1e"),
    ];
    seeds.extend(files.map(|(name, input)| ("transcoder", name.to_owned(), input.to_vec())));
}
