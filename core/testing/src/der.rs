//! DER written by hand.

/// A tag, the length in its shortest form, and the content.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len().to_be_bytes();
    let len = &len[len.iter().take_while(|byte| **byte == 0).count()..];
    match content.len() {
        0..0x80 => [&[tag, content.len() as u8][..], content].concat(),
        _ => [&[tag, 0x80 | len.len() as u8][..], len, content].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_their_shortest_form() {
        for (len, header) in
            [(0, &[4, 0][..]), (0x7f, &[4, 0x7f]), (0x80, &[4, 0x81, 0x80]), (0x100, &[4, 0x82, 1, 0])]
        {
            let content = vec![7; len];
            assert_eq!(tlv(4, &content), [header, &content].concat());
        }
    }
}
