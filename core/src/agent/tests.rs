//! Frames byte by byte, every rule about fields for every message, and bytes that nobody should send.

use std::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::*;

const STATUS: MachineStatus<'_> = MachineStatus {
    time: 1_700_000_000,
    time_zone: "CET",
    utc_offset: -90,
    agent_version: "0.1.0",
    os_type: "Windows",
    os_version: "10.0.20348",
    host_name: "zürich-7",
    agent_name: "SMA_MSLSAMNET",
    agent_socket: 3100,
    jors_socket: 3110,
    max_jobs: 50,
    protocol: "TLS 1.2",
    check_crc: true,
    accepted_addresses: List::new(&[
        AcceptedAddress::Any,
        AcceptedAddress::Only(core::net::IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 1))),
        AcceptedAddress::Only(core::net::IpAddr::V6(core::net::Ipv6Addr::LOCALHOST)),
    ]),
    smanetcom_socket: 50_123,
    cpu_type: "x86_64",
    cpu_model: "",
    cpu_count: 4,
    jors: false,
};

/// A request with correlation number 0x01020304, and its CRC as zlib computes it.
const REQUEST: [u8; 16] =
    [0x4c, 0x53, 0x01, 0x04, 0x01, 0x02, 0x03, 0x04, 0, 0, 0, 0, 0x35, 0xef, 0x78, 0xd0];

fn emitted<'a>(message: &impl Message<'a>, check: CheckCrc) -> Vec<u8> {
    let mut buffer = vec![0xee; 1024];
    let len = emit(message, 0x0102_0304, check, &mut buffer).unwrap();
    buffer.truncate(len);
    buffer
}

fn frame(bytes: &[u8], check: CheckCrc) -> Result<Frame<'_>, MessageError> {
    let header = FrameHeader::parse(bytes).unwrap().unwrap();
    header.frame(&bytes[FrameHeader::LEN..header.frame_len()], check)
}

#[test]
fn a_request_byte_for_byte() {
    assert_eq!(emitted(&MachineStatusRequest {}, CheckCrc::On), REQUEST);
    let frame = frame(&REQUEST, CheckCrc::On).unwrap();
    assert_eq!(frame.message_type, MachineStatusRequest::TYPE);
    assert_eq!(frame.correlation, 0x0102_0304);
    assert_eq!(frame.message(), Ok(MachineStatusRequest {}));
}

#[test]
fn an_error_byte_for_byte() {
    let message = ErrorMessage { number: ErrorNumber::MISSING_FIELD, text: "no", field: Some(0x0100) };
    let bytes = emitted(&message, CheckCrc::On);
    let mut expected = b"LS\x01\x7f\x01\x02\x03\x04\0\0\0\x12".to_vec();
    // As zlib computes it.
    expected.extend([0xe1, 0xf1, 0x9c, 0x6b]);
    expected.extend(b"\0\x01\0\x02\0\x04\0\x02\0\x02no\0\x03\0\x02\x01\0");
    assert_eq!(bytes, expected);
    assert_eq!(frame(&bytes, CheckCrc::On).unwrap().message(), Ok(message));
}

#[test]
fn a_machine_status_comes_back_as_it_was_sent() {
    let bytes = emitted(&STATUS, CheckCrc::On);
    let status: MachineStatus<'_> = frame(&bytes, CheckCrc::On).unwrap().message().unwrap();
    assert_eq!(status, STATUS);
    assert_eq!(emitted(&status, CheckCrc::On), bytes);
    assert_eq!(status.accepted_addresses.iter().count(), 3);
}

#[test]
fn requests_are_read_by_type_and_everything_else_is_unknown() {
    let frame = |number, body| Frame { message_type: MessageType(number), correlation: 1, body };
    assert_eq!(Request::parse(&frame(0x04, &[])), Ok(Request::MachineStatus(MachineStatusRequest {})));
    assert_eq!(Request::parse(&frame(0x04, &[1])), Err(MessageError::Truncated));
    let requests = MESSAGES.iter().filter(|definition| definition.message_type.is_answered());
    assert!(requests.map(|definition| definition.message_type.0).eq([0x04]));
    for other in (0..=255).filter(|number| *number != 0x04) {
        assert_eq!(Request::parse(&frame(other, &[])), Err(MessageError::UnknownType));
    }
}

#[test]
fn a_header_is_awaited_only_while_it_can_become_one() {
    for len in 0..REQUEST.len() {
        assert_eq!(FrameHeader::parse(&REQUEST[..len]), Ok(None), "{len}");
    }
    let header = FrameHeader::parse(&REQUEST).unwrap().unwrap();
    assert_eq!((header.frame_len(), header.correlation()), (16, 0x0102_0304));

    assert_eq!(FrameHeader::parse(b"G"), Err(FrameError::BadMagic));
    assert_eq!(FrameHeader::parse(b"LX"), Err(FrameError::BadMagic));
    assert_eq!(FrameHeader::parse(b"LS\x02"), Err(FrameError::BadVersion(2)));
    assert_eq!(FrameHeader::parse(b"\x16"), Err(FrameError::Tls));
    assert_eq!(
        FrameHeader::parse(b"LS\x01\x04\0\0\0\0\0\x01\0\x01\0\0\0\0"),
        Err(FrameError::BodyTooLong(65_537))
    );
    assert_eq!(
        FrameHeader::parse(b"LS\x01\x04\0\0\0\0\xff\xff\xff\xff\0\0\0\0"),
        Err(FrameError::BodyTooLong(u32::MAX))
    );
    let longest = FrameHeader::parse(b"LS\x01\x04\0\0\0\0\0\x01\0\0\0\0\0\0").unwrap().unwrap();
    assert_eq!(longest.frame_len(), MAX_MESSAGE);
}

#[test]
fn any_changed_byte_is_seen_by_the_crc() {
    let bytes = emitted(&STATUS, CheckCrc::On);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let Ok(Some(header)) = FrameHeader::parse(&changed) else { continue };
            let body = changed.get(FrameHeader::LEN..header.frame_len()).unwrap_or_default();
            assert!(header.frame(body, CheckCrc::On).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn without_a_check_the_crc_is_zero_and_not_looked_at() {
    let mut bytes = emitted(&STATUS, CheckCrc::Off);
    assert_eq!(bytes[12..16], [0; 4]);
    assert_eq!(frame(&bytes, CheckCrc::On), Err(MessageError::BadCrc));
    bytes[15] = 9;
    assert_eq!(frame(&bytes, CheckCrc::Off).unwrap().message(), Ok(STATUS));
}

#[test]
fn a_frame_is_read_as_the_message_that_it_is() {
    let bytes = emitted(&STATUS, CheckCrc::On);
    let frame = frame(&bytes, CheckCrc::On).unwrap();
    assert_eq!(frame.message::<MachineStatusRequest>(), Err(MessageError::UnknownType));
    assert_eq!(frame.message_type.to_string(), "TX4 reply (0x84)");
    assert_eq!(MessageType(0x33).to_string(), "message 0x33");
}

#[test]
fn replies_and_errors_are_not_answered() {
    assert!(MachineStatusRequest::TYPE.is_answered());
    assert!(!MachineStatus::TYPE.is_answered());
    assert!(!ErrorMessage::TYPE.is_answered());
}

/// The body of a message, split into its fields.
fn fields(body: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = body;
    let mut fields = Vec::new();
    while let [_, _, high, low, ..] = rest {
        let (field, after) = rest.split_at(4 + usize::from(u16::from_be_bytes([*high, *low])));
        fields.push(field.to_vec());
        rest = after;
    }
    fields
}

/// Every rule about fields, for each field of a message that has all of them.
fn check_fields<'a, M: Message<'a> + PartialEq + core::fmt::Debug>(message: &M) {
    let bytes = emitted(message, CheckCrc::Off);
    let all = fields(&bytes[FrameHeader::LEN..]);
    // What is parsed must live as long as the message may: the bodies of this test are never freed.
    let parse = |fields: &[Vec<u8>]| M::parse(Vec::leak(fields.concat()));

    let mut reversed = all.clone();
    reversed.reverse();
    if M::DEFINITION.fields.iter().all(|field| field.presence != Presence::List) {
        assert_eq!(parse(&reversed).as_ref(), Ok(message));
    }
    let unknown = vec![b"\xff\xff\0\x01x".to_vec(); 2];
    assert_eq!(parse(&[unknown, all.clone()].concat()).as_ref(), Ok(message));

    for field in M::DEFINITION.fields {
        let with_code = |bytes: &&Vec<u8>| bytes.starts_with(&field.code.to_be_bytes());
        let without: Vec<_> = all.iter().filter(|bytes| !with_code(bytes)).cloned().collect();
        let twice: Vec<_> = all.iter().chain(all.iter().find(with_code)).cloned().collect();
        let (missing, repeated) = match field.presence {
            Presence::Required => (Err(MessageError::MissingField(field.code)), true),
            Presence::Optional => (Ok(()), true),
            Presence::List => (Ok(()), false),
        };
        assert_eq!(parse(&without).map(drop), missing, "{field:?}");
        let repeated = if repeated { Err(MessageError::RepeatedField(field.code)) } else { Ok(()) };
        assert_eq!(parse(&twice).map(drop), repeated, "{field:?}");

        // Three bytes that are not a value of any kind: no integer is that long, and they are not valid text.
        let mut bad = field.code.to_be_bytes().to_vec();
        bad.extend(b"\0\x03\xff\xfe\xfd");
        let bad = [without, vec![bad]].concat();
        assert_eq!(parse(&bad).map(drop), Err(MessageError::BadValue(field.code)), "{field:?}");
    }

    let body = all.concat();
    let ends: Vec<usize> = all
        .iter()
        .scan(0, |end, field| {
            *end += field.len();
            Some(*end)
        })
        .collect();
    for len in 1..body.len() {
        if !ends.contains(&len) {
            assert_eq!(parse(&[body[..len].to_vec()]).map(drop), Err(MessageError::Truncated), "{len}");
        }
    }
}

#[test]
fn the_rules_on_fields_hold_for_every_field() {
    check_fields(&MachineStatusRequest {});
    check_fields(&STATUS);
    check_fields(&ErrorMessage { number: ErrorNumber::BAD_VALUE, text: "text", field: Some(1) });
}

#[test]
fn a_boolean_is_zero_or_one() {
    let bytes = emitted(&STATUS, CheckCrc::Off);
    let mut body = bytes[FrameHeader::LEN..].to_vec();
    *body.last_mut().unwrap() = 2;
    assert_eq!(MachineStatus::parse(&body), Err(MessageError::BadValue(0x0112)));
}

#[test]
fn a_buffer_that_is_too_small_is_an_error() {
    let len = emitted(&STATUS, CheckCrc::On).len();
    for too_small in 0..len {
        assert!(emit(&STATUS, 1, CheckCrc::On, &mut vec![0; too_small]).is_err());
    }
    assert_eq!(emit(&STATUS, 1, CheckCrc::On, &mut vec![0; len]), Ok(len));
}

#[test]
fn a_message_beyond_the_limit_is_not_written() {
    let longest = "x".repeat(65_535);
    let mut buffer = vec![0; 3 * MAX_MESSAGE];
    let error = |text| ErrorMessage { number: ErrorNumber::BAD_CRC, text, field: None };
    // 6 bytes for the number, 4 before the text.
    assert_eq!(emit(&error(&longest[..MAX_BODY - 10]), 1, CheckCrc::On, &mut buffer), Ok(MAX_MESSAGE));
    assert!(emit(&error(&longest[..MAX_BODY - 9]), 1, CheckCrc::On, &mut buffer).is_err());
    assert!(emit(&error(&"x".repeat(65_536)), 1, CheckCrc::On, &mut buffer).is_err());
}

#[test]
fn every_error_has_a_number_and_words() {
    for (error, said) in [
        (MessageError::BadCrc, "error 1: the CRC of the message does not match"),
        (MessageError::UnknownType, "error 2: messages of this type are not served"),
        (MessageError::Truncated, "error 3: a field reaches past the end of the message"),
        (MessageError::MissingField(0x0100), "error 4: a required field is missing (field 0x0100)"),
        (MessageError::RepeatedField(0x0101), "error 5: a field occurs twice (field 0x0101)"),
        (MessageError::BadValue(0x0102), "error 6: a field holds no value of its kind (field 0x0102)"),
    ] {
        assert_eq!(error.to_string(), said);
    }
    let hostile = ErrorMessage { number: ErrorNumber(999), text: "\x1b[2J\n", field: None };
    assert_eq!(hostile.to_string(), "error 999: \\u{1b}[2J\\u{a}");
    assert!(FrameError::Tls.to_string().contains("UseSecureSocket"));
}

#[test]
fn errors_stay_small() {
    assert!(size_of::<FrameError>() <= 8);
    assert!(size_of::<MessageError>() <= 4);
}

#[test]
fn no_bytes_break_the_codec() {
    let status = emitted(&STATUS, CheckCrc::Off);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % below
    };
    for _ in 0..20_000 {
        let mut bytes = status.clone();
        for _ in 0..next(4) + 1 {
            let at = next(bytes.len());
            bytes[at] = next(256) as u8;
        }
        bytes.truncate(next(bytes.len()) + 1);
        if let Ok(Some(header)) = FrameHeader::parse(&bytes) {
            let body = bytes.get(FrameHeader::LEN..).unwrap_or_default();
            let _ = header.frame(body, CheckCrc::Off);
            // A message that is accepted is written again, and reads the same.
            if let Ok(status) = MachineStatus::parse(body) {
                let again = emitted(&status, CheckCrc::On);
                assert_eq!(frame(&again, CheckCrc::On).unwrap().message(), Ok(status));
            }
        }
    }
}

#[test]
fn numbers_and_codes_mean_one_thing() {
    for (n, message) in MESSAGES.iter().enumerate() {
        assert!(MESSAGES.iter().skip(n + 1).all(|other| other.message_type != message.message_type));
        for (n, field) in message.fields.iter().enumerate() {
            assert!(message.fields.iter().skip(n + 1).all(|other| other.code != field.code), "{field:?}");
        }
    }
    let all = || MESSAGES.iter().flat_map(|message| message.fields);
    for field in all() {
        let same = all().filter(|other| other.code == field.code);
        assert!(
            same.into_iter().all(|other| (other.name, other.kind) == (field.name, field.kind)),
            "{field:?}"
        );
    }
}

#[test]
fn the_documentation_has_the_same_tables() {
    let page = include_str!("../../../docs/src/protocol.md");
    let mut expected = String::from("## Messages\n");
    for message in MESSAGES {
        expected += &format!("0x{:02X} {}\n", message.message_type.0, message.name);
    }
    for message in MESSAGES {
        expected += &format!("### {}\n", message.name);
        for field in message.fields {
            expected += &format!("0x{:04X} {} {} {}\n", field.code, field.name, field.kind, field.presence);
        }
    }
    expected += "## Error numbers\n";
    for (number, meaning) in ErrorNumber::ALL {
        expected += &format!("{} {meaning}\n", number.0);
    }
    assert_eq!(page_tables(page), expected);
    assert!(page.contains(&format!("at most {},{:03} bytes", MAX_BODY / 1000, MAX_BODY % 1000)));
}

/// The rows of the page that repeat a table of the code: the first cells of each, under their headings.
fn page_tables(page: &str) -> String {
    let mut tables = String::new();
    let mut cells = 0;
    for line in page.lines() {
        if line.starts_with('#') {
            cells = match line {
                "## Messages" | "## Error numbers" => 2,
                _ if line.starts_with("### ") => 4,
                _ => 0,
            };
            if cells > 0 {
                tables += &format!("{line}\n");
            }
        } else if cells > 0 && line.starts_with("| ") {
            let row: Vec<_> =
                line.split('|').skip(1).take(cells).map(|cell| cell.trim().trim_matches('`')).collect();
            if row[0].starts_with(|c: char| c.is_ascii_digit()) {
                tables += &format!("{}\n", row.join(" "));
            }
        }
    }
    tables
}

#[test]
fn lists_are_equal_when_their_values_are_in_number_and_order() {
    let list = |values| List::<u16>::new(values);
    assert_eq!(list(&[1, 2]), list(&[1, 2]));
    for other in [&[][..], &[1], &[2, 1], &[1, 3], &[1, 2, 2]] {
        assert_ne!(list(&[1, 2]), list(other), "{other:?}");
    }
}
