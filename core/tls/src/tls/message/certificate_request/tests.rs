//! Reading a CertificateRequest whole, in pieces, and with wrong lengths.

use std::vec::Vec;

use super::*;
use crate::crypto::SignatureScheme;

type Requested = (Vec<u8>, Vec<u16>, Vec<Vec<u8>>);

/// What a CertificateRequest requests when it arrives in pieces of `len` bytes and is followed by another
/// message.
fn requested(message: &[u8], len: usize) -> Result<Requested, DecodeError> {
    let bytes = [message, &[14, 0, 0, 0]].concat();
    let mut read: Requested = Default::default();
    let (mut reader, mut taken, mut come) = (CertificateRequestReader::new(), 0, 0);
    while !reader.is_done() {
        assert!(come < bytes.len(), "it waits for more than the message");
        come = bytes.len().min(come + len);
        taken += reader.read(&bytes[taken..come], &mut |asked| match asked {
            Asked::Type(kind) => read.0.push(kind.0),
            Asked::Scheme(code) => read.1.push(code),
            Asked::Name(_) => read.2.push(Vec::new()),
            Asked::NamePart(part) => read.2.last_mut().unwrap().extend_from_slice(part),
        })?;
        assert!(come - taken < 4 || reader.is_done(), "more is left than a part of a number");
    }
    assert_eq!(taken, message.len());
    Ok(read)
}

fn request(types: &[u8], schemes: &[u8], authorities: &[u8]) -> Vec<u8> {
    let types = [&[types.len() as u8], types].concat();
    let body =
        [&types, &length16(schemes.len())[..], schemes, &length16(authorities.len()), authorities].concat();
    [&[13], &(body.len() as u32).to_be_bytes()[1..], &body].concat()
}

#[test]
fn what_this_side_asks_is_read_back_and_names_the_types_of_its_schemes() {
    for (schemes, types) in [
        (SignatureScheme::ALL, &[64, 1][..]),
        (&[SignatureScheme::EcdsaSecp256r1Sha256], &[64]),
        (&[SignatureScheme::RsaPssRsaeSha256], &[1]),
    ] {
        let body =
            CertificateRequestBody { schemes: Supported::all(schemes), authorities: &[&[4; 50], &[5; 3]] };
        let mut message = std::vec![0; body.total_len()];
        body.copy_from(0, &mut message);
        let read = requested(&message, 7).unwrap();
        assert_eq!(read.0, types);
        assert!(read.1.into_iter().eq(schemes.iter().map(|scheme| scheme.code())));
        assert_eq!(read.2, [Vec::from([4; 50]), Vec::from([5; 3])]);
    }
}

#[test]
fn a_certificate_request_says_the_same_in_any_pieces() {
    let long = [&[0xff, 0xf0][..], &[7; 0xfff0], &[0, 1, 9]].concat();
    for names in [&[][..], &[0, 1, 5], &[0, 2, 5, 6, 0, 1, 7], &long] {
        let message = request(&[1, 2, 64], &[4, 3, 8, 4], names);
        let whole = requested(&message, message.len() + 4).unwrap();
        assert_eq!((&whole.0[..], &whole.1[..]), (&[1, 2, 64][..], &[0x0403, 0x0804][..]));
        assert_eq!(whole.2.iter().map(|name| 2 + name.len()).sum::<usize>(), names.len());
        for len in [1, 2, 3, 5, 17, 509] {
            assert_eq!(requested(&message, len).unwrap(), whole, "{len}");
        }
    }
}

#[test]
fn a_certificate_request_with_wrong_lengths_is_refused_as_soon_as_they_are_there() {
    let good = request(&[64], &[4, 3], &[0, 1, 5]);
    let with = |at: usize, byte: u8| {
        let mut message = good.clone();
        message[at] = byte;
        message
    };
    for (message, error) in [
        (with(4, 0), DecodeError::BadLength),
        (with(4, 200), DecodeError::Truncated),
        (with(7, 0), DecodeError::BadLength),
        (with(7, 3), DecodeError::BadLength),
        (with(6, 1), DecodeError::Truncated),
        (with(11, 2), DecodeError::TrailingBytes),
        (with(11, 4), DecodeError::Truncated),
        (with(13, 0), DecodeError::BadLength),
        (with(13, 2), DecodeError::Truncated),
        (with(3, 0), DecodeError::Truncated),
        (with(3, 8), DecodeError::Truncated),
        (with(1, 1), DecodeError::TrailingBytes),
    ] {
        for len in [1, 3, 100] {
            assert_eq!(requested(&message, len).err(), Some(error), "{message:?}");
        }
    }
}
