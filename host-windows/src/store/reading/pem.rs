//! PEM sections (RFC 7468), even in the form in which editors, mail and scripts leave them: indented, run
//! together, on one line, with text in between. Damage is reported by line, and its text is never shown: it
//! may be a private key.

use zeroize::Zeroizing;

use super::error::{Damage, ItemError, Locked};
use super::text::{self, NotBase64};

/// What a section holds, by its label (RFC 7468, and what OpenSSL and others write).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Certificate,
    /// A certificate followed by OpenSSL's notes on its use.
    TrustedCertificate,
    RevocationList,
    PrivateKey,
    Pkcs7,
    Pfx,
    Request,
    PublicKey,
    /// Found next to keys; adds nothing to them.
    Parameters,
    OpenSshKey,
    /// None of these.
    Other,
}

const LABELS: &[(&str, Label)] = &[
    ("CERTIFICATE", Label::Certificate),
    ("X509 CERTIFICATE", Label::Certificate),
    ("X.509 CERTIFICATE", Label::Certificate),
    ("TRUSTED CERTIFICATE", Label::TrustedCertificate),
    ("X509 CRL", Label::RevocationList),
    ("CRL", Label::RevocationList),
    ("PRIVATE KEY", Label::PrivateKey),
    ("ENCRYPTED PRIVATE KEY", Label::PrivateKey),
    ("EC PRIVATE KEY", Label::PrivateKey),
    ("RSA PRIVATE KEY", Label::PrivateKey),
    ("DSA PRIVATE KEY", Label::PrivateKey),
    ("ANY PRIVATE KEY", Label::PrivateKey),
    ("PKCS7", Label::Pkcs7),
    ("PKCS #7 SIGNED DATA", Label::Pkcs7),
    ("CMS", Label::Pkcs7),
    ("PKCS12", Label::Pfx),
    ("PFX", Label::Pfx),
    ("CERTIFICATE REQUEST", Label::Request),
    ("NEW CERTIFICATE REQUEST", Label::Request),
    ("PUBLIC KEY", Label::PublicKey),
    ("RSA PUBLIC KEY", Label::PublicKey),
    ("EC PARAMETERS", Label::Parameters),
    ("DH PARAMETERS", Label::Parameters),
    ("X9.42 DH PARAMETERS", Label::Parameters),
    ("DSA PARAMETERS", Label::Parameters),
    ("OPENSSH PRIVATE KEY", Label::OpenSshKey),
];

/// A complete section.
pub(super) struct Section<'t> {
    pub(super) label: Label,
    /// The text between the marks.
    body: &'t [u8],
    /// The line of the BEGIN mark, counted from 1.
    pub(super) line: usize,
}

impl Section<'_> {
    /// What it holds.
    pub(super) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, ItemError> {
        let (headers, digits) = split_headers(self.body);
        // OpenSSL's encryption of keys before PKCS#8 (RFC 1421 section 4.6.1.1).
        if headers.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED) {
            return Err(ItemError::Encryption(Locked::Key, Some("OpenSSL's traditional one")));
        }
        text::from_base64(digits).map_err(|NotBase64(line)| {
            Damage::NotBase64(line.map(|line| self.line + text::lines(headers) + line)).into()
        })
    }
}

/// Whether `text` contains a mark.
pub(super) fn has_marks(text: &[u8]) -> bool {
    Marks::of(text).next().is_some()
}

/// The sections in `text`, in order; damaged ones with the line of their mark.
pub(super) fn sections(text: &[u8]) -> Vec<Result<Section<'_>, (usize, Damage)>> {
    let mut sections = Vec::new();
    let mut open: Option<Mark<'_>> = None;
    // The END mark of a section that has been reported is not reported again.
    let mut reported = false;
    for mark in Marks::of(text) {
        match (open.take(), mark.is_begin) {
            (Some(begin), true) => {
                sections.push(Err((begin.line, Damage::NoEnd(begin.known().map(|(name, _)| name)))));
                open = Some(mark);
            }
            (None, true) => open = Some(mark),
            (Some(begin), false) => sections.push(section(text, &begin, &mark)),
            (None, false) if reported => reported = false,
            (None, false) => sections.push(Err((mark.line, Damage::NoBegin))),
        }
        if let Some(begin) = open.take_if(|begin| !begin.is_whole) {
            sections.push(Err((begin.line, Damage::Mark)));
            reported = true;
        } else if open.is_some() {
            reported = false;
        }
    }
    if let Some(begin) = open {
        sections.push(Err((begin.line, Damage::NoEnd(begin.known().map(|(name, _)| name)))));
    }
    sections
}

fn section<'t>(text: &'t [u8], begin: &Mark<'_>, end: &Mark<'_>) -> Result<Section<'t>, (usize, Damage)> {
    if !end.is_whole {
        return Err((end.line, Damage::Mark));
    }
    if begin.label != end.label {
        return Err((begin.line, Damage::OtherEnd));
    }
    let label = begin.known().map_or(Label::Other, |(_, label)| label);
    let body = text.get(begin.end..end.start).unwrap_or_default();
    Ok(Section { label, body, line: begin.line })
}

/// The headers of RFC 1421 at the beginning of `body`, and the rest.
fn split_headers(body: &[u8]) -> (&[u8], &[u8]) {
    let mut length = 0;
    let mut in_headers = false;
    for line in body.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
        let is_blank = line.trim_ascii().is_empty();
        let is_header =
            line.contains(&b':') || (in_headers && !is_blank && matches!(line, [b' ' | b'\t', ..]));
        if !is_header && !is_blank {
            break;
        }
        in_headers |= is_header;
        length += line.len();
    }
    if in_headers { body.split_at(length) } else { (&[], body) }
}

/// A mark: `-----BEGIN label-----` or `-----END label-----`.
struct Mark<'t> {
    is_begin: bool,
    label: &'t [u8],
    /// Whether it has five hyphens on both sides.
    is_whole: bool,
    /// Where its hyphens begin.
    start: usize,
    /// The position after its hyphens.
    end: usize,
    /// Counted from 1.
    line: usize,
}

impl Mark<'_> {
    /// The label, in a form that may be shown.
    fn known(&self) -> Option<(&'static str, Label)> {
        LABELS.iter().find(|(name, _)| name.as_bytes() == self.label).copied()
    }
}

/// Finds the marks in a text.
struct Marks<'t> {
    text: &'t [u8],
    at: usize,
    /// The number of lines that end before `counted`.
    lines: usize,
    counted: usize,
}

const BEGIN: &[u8] = b"BEGIN ";
const END: &[u8] = b"END ";
const HYPHENS: usize = 5;
const ENCRYPTED: &[u8] = b"4,ENCRYPTED";

impl<'t> Marks<'t> {
    const fn of(text: &'t [u8]) -> Self {
        Self { text, at: 0, lines: 0, counted: 0 }
    }

    /// The mark whose word begins at `at`, unless it is an ordinary word.
    fn mark(&mut self, at: usize, is_begin: bool) -> Option<Mark<'t>> {
        let before = self.text.get(..at)?;
        let before = before.strip_suffix(b" ").unwrap_or(before);
        let hyphens = before.iter().rev().take_while(|byte| **byte == b'-').count();
        let start = before.len() - hyphens;
        let follows_dash = before.get(..start).and_then(<[u8]>::last).is_some_and(|byte| is_dash(*byte));
        if hyphens < 2 && !follows_dash {
            return None;
        }
        let word = if is_begin { BEGIN } else { END };
        let after = self.text.get(at + word.len()..)?;
        let length = after
            .iter()
            .position(|byte| matches!(byte, b'-' | b'\r' | b'\n') || is_dash(*byte))
            .unwrap_or(after.len());
        let (label, rest) = after.split_at(length);
        let behind = rest.iter().take_while(|byte| **byte == b'-').count();
        self.lines += text::lines(self.text.get(self.counted..at)?);
        self.counted = at;
        Some(Mark {
            is_begin,
            label: label.trim_ascii(),
            is_whole: hyphens >= HYPHENS && behind >= HYPHENS,
            start,
            end: at + word.len() + length + behind,
            line: self.lines + 1,
        })
    }
}

/// A byte of the dashes into which word processors turn two hyphens, in UTF-8 or Windows' encoding.
const fn is_dash(byte: u8) -> bool {
    matches!(byte, 0x93 | 0x94 | 0x96 | 0x97)
}

impl<'t> Iterator for Marks<'t> {
    type Item = Mark<'t>;

    fn next(&mut self) -> Option<Mark<'t>> {
        while let Some(rest) = self.text.get(self.at..).filter(|rest| !rest.is_empty()) {
            let at = self.at;
            self.at += 1;
            let is_begin = rest.starts_with(BEGIN);
            if !is_begin && !rest.starts_with(END) {
                continue;
            }
            if let Some(mark) = self.mark(at, is_begin) {
                return Some(mark);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";

    /// The sections of `text`: the line of each, and its bytes or its damage.
    fn read(text: &str) -> Vec<(usize, Result<Vec<u8>, Damage>)> {
        let section = |section: Result<Section<'_>, (usize, Damage)>| match section {
            Ok(section) => match section.decode() {
                Ok(bytes) => (section.line, Ok(bytes.to_vec())),
                Err(ItemError::Pem(damage)) => (section.line, Err(damage)),
                Err(other) => panic!("{other}"),
            },
            Err((line, damage)) => (line, Err(damage)),
        };
        sections(text.as_bytes()).into_iter().map(section).collect()
    }

    #[test]
    fn sections_are_found_however_they_stand() {
        let good = |line| vec![(line, Ok(vec![1, 2, 3]))];
        assert_eq!(read(ONE), good(1));
        assert_eq!(read(&format!("Bag Attributes\r\n\r\n{}", ONE.replace('\n', "\r\n"))), good(3));
        for text in [
            ONE.replace('\n', "\r"),
            ONE.replace('\n', " "),
            ONE.replace('\n', ""),
            ONE.replace('\n', "\\n"),
            ONE.replace('\n', " \n    "),
            format!("    {}", ONE.replace('\n', "\n    ")),
            ONE.replace("-----BEGIN", "----- BEGIN").replace("CERTIFICATE-----", "CERTIFICATE -----"),
            format!("{{\"pem\": \"{}\"}}", ONE.replace('\n', "\\n")),
        ] {
            assert_eq!(read(&text), good(1), "{text}");
        }
    }

    #[test]
    fn glued_sections_are_two() {
        let one = ONE.trim_end();
        for text in [format!("{one}{one}"), format!("{one}{}", one.trim_start_matches('-'))] {
            assert_eq!(read(&text), [(1, Ok(vec![1, 2, 3])), (3, Ok(vec![1, 2, 3]))], "{text}");
        }
    }

    #[test]
    fn what_is_damaged_costs_only_itself() {
        for (damaged, line, damage) in [
            ("-----BEGIN CERTIFICATE-----\nAQID\n", 1, Damage::NoEnd(Some("CERTIFICATE"))),
            ("-----BEGIN A THING-----\nAQID\n", 1, Damage::NoEnd(None)),
            ("AQID\n-----END CERTIFICATE-----\n", 2, Damage::NoBegin),
            ("-----BEGIN CERTIFICATE-----\nAQID\n-----END X509 CRL-----\n", 1, Damage::OtherEnd),
            ("----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n", 1, Damage::Mark),
            ("-----BEGIN CERTIFICATE----\nAQID\n-----END CERTIFICATE-----\n", 1, Damage::Mark),
            ("-----BEGIN CERTIFICATE-----\nAQID\n---END CERTIFICATE-----\n", 3, Damage::Mark),
            ("\u{2014}-BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n", 1, Damage::Mark),
            (
                "-----BEGIN CERTIFICATE-----\nAQ\nI!D\n-----END CERTIFICATE-----\n",
                1,
                Damage::NotBase64(Some(3)),
            ),
            ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", 1, Damage::NotBase64(None)),
        ] {
            let expected = [(line, Err(damage))];
            assert_eq!(read(damaged), expected, "{damaged}");
            let both = read(&format!("{damaged}{ONE}"));
            assert_eq!((&both[0], &both[1].1), (&expected[0], &Ok(vec![1, 2, 3])), "{damaged}");
            assert_eq!(both.len(), 2, "{damaged}");
        }
    }

    #[test]
    fn headers_are_no_base64() {
        let with = |headers: &str| read(&ONE.replace("\nAQID", &format!("\n{headers}\nAQID")));
        assert_eq!(with("Comment: a\n b\nOther: c\n"), [(1, Ok(vec![1, 2, 3]))]);
        for headers in
            ["\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,0\n\n", r"\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,0\n\n"]
        {
            let text = ONE.replacen('\n', headers, 1);
            let section = sections(text.as_bytes()).remove(0).ok().unwrap();
            assert!(matches!(section.decode(), Err(ItemError::Encryption(Locked::Key, _))), "{text}");
        }
    }

    #[test]
    fn words_are_no_marks() {
        assert!(!has_marks(b"a - BEGIN b, THE END OF IT, BEGIN , LEGEND "));
        assert!(has_marks(b"-----BEGIN X-----"));
    }
}
