//! Generated files: short ones of significant pieces, lines as people write them, and damaged settings.

use lsam_conformance::Random;
use lsam_core::config::Template;
use lsam_core::ini::Encoding;

/// A file.
pub(crate) fn generate(random: &mut Random) -> Vec<u8> {
    let mut text = match random.below(8) {
        0..3 => pieces(random),
        3..6 => lines(random),
        _ => settings(random),
    };
    while random.one_in(3) {
        mutate(&mut text, random);
    }
    if random.one_in(3) {
        text.retain(|c| c.is_ascii());
    }
    let mut file = encode(&text, random);
    while !file.is_empty() && random.one_in(6) {
        damage(&mut file, random);
    }
    // Two endings that only Wine mishandles: after a final half unit it reads past the end of its buffer, and
    // after the first byte of a longer sequence it drops a character.
    match Encoding::of(&file) {
        Encoding::Utf16(_) if file.len() % 2 == 1 => drop(file.pop()),
        Encoding::Utf8 if std::str::from_utf8(&file).is_err() => file.extend_from_slice(b"\r\n\r\n"),
        _ => {}
    }
    file
}

/// What a reader must distinguish, in any order.
const PIECES: &[&str] = &[
    "[General Settings]",
    "[general settings]",
    "[ TCP/IP Parameters ]",
    "[a]b]",
    "[a] ; x",
    "[]",
    "[ ]",
    "[x",
    "[",
    "]",
    "[Größe]",
    "[GRÖSSE]",
    "[É]",
    "[é]",
    "UseSecureSocket",
    "usesecuresocket",
    "key",
    "k e y",
    "É",
    "é",
    "=",
    "=",
    "=",
    "=TRUE",
    "= TRUE ",
    "=\"quoted\"",
    "='single'",
    "=\"open",
    "=\"a\"\"",
    "='mixed\"",
    "= \" in \" ",
    "=a;b",
    "==",
    "=[x]",
    "; comment",
    ";k=v",
    ";",
    "#",
    "'",
    "\"",
    " ",
    "\t",
    "\u{b}",
    "\u{c}",
    "\u{1a}",
    "\0",
    "\u{a0}",
    "\u{85}",
    "\u{2003}",
    "\u{2028}",
    "\u{3000}",
    "\u{feff}",
    "€",
    "𝄞",
    "ı",
    "value",
    "\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "\n",
    "\r",
    "\r\r\n",
];

fn pieces(random: &mut Random) -> Vec<char> {
    let start = random.of(&["", "[key]\n", "[General Settings]\r\n"]);
    let pieces = (0..random.below(28)).map(|_| random.of(PIECES));
    start.chars().chain(pieces.collect::<String>().chars()).collect()
}

const SECTIONS: &[&str] =
    &["General Settings", "TCP/IP Parameters", "Debug Options", "Service Start", "Größe"];
const KEYS: &[&str] = &[
    "UseSecureSocket",
    "TLSCertificateSerial",
    "Msg",
    "Type",
    "AllowedIPAddress_1",
    "Pfad für Läufe",
    "#key",
];
const VALUES: &[&str] = &[
    "TRUE",
    "",
    "3100",
    "\"C:\\Program Files\\a b.cmd\" /x",
    "\"whole\"",
    "'whole'",
    "4a 00 1d",
    "$SERVICENAME läuft; gut.",
    "a=b",
    "NULL",
    "\u{200e}4a",
    "[x]",
];

/// Lines with blanks around everything, names in another case, and line ends of one or many kinds.
fn lines(random: &mut Random) -> Vec<char> {
    let end = random.of(&["\r\n", "\n", "\r"]);
    let mut text = random.of(&["", "[General Settings]", "[Debug Options] "]).to_owned() + end;
    for _ in 0..random.below(16) {
        let blank = |random: &mut Random| random.of(&["", "", "", " ", "\t", "  \t", "\u{c}\u{b}"]);
        text += blank(random);
        match random.below(12) {
            0..3 => {
                let name = name(random.of(SECTIONS), random);
                text += &format!("[{}{name}{}]", blank(random), blank(random));
            }
            3..9 => {
                let key = name(random.of(KEYS), random);
                text += &format!("{key}{}={}{}", blank(random), blank(random), random.of(VALUES));
            }
            9 => text += random.of(&["; comment", ";", "; [General Settings]", ";UseSecureSocket=TRUE"]),
            10 => {
                text += random.of(&[
                    "",
                    "no equals",
                    "Msg",
                    "UseSecureSocket",
                    "[open",
                    "=no key",
                    "] = 1",
                    "[a] [b]",
                    "[a]=1",
                ])
            }
            _ => text += &random.of(&["long", "l=", "\"", "ü"]).repeat(1 + random.below(2_000)),
        }
        text += blank(random);
        text += if random.one_in(8) { random.of(&["\r\n", "\n", "\r", "\n\r", "\r\r\n"]) } else { end };
    }
    if random.one_in(2) {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    text.chars().collect()
}

fn name(name: &str, random: &mut Random) -> String {
    match random.below(4) {
        0 => name.to_lowercase(),
        1 => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// Some sections of the template.
fn settings(random: &mut Random) -> Vec<char> {
    let template = Template.to_string();
    let sections: Vec<&str> = template.split_inclusive("\r\n\r\n").collect();
    (0..=random.below(4)).flat_map(|_| random.of(&sections).chars()).collect()
}

/// Makes changes like an unlucky editor.
fn mutate(text: &mut Vec<char>, random: &mut Random) {
    let mut at = |text: &Vec<char>| random.below(text.len() + 1);
    let (start, end) = (at(text), at(text));
    let (start, end) = (start.min(end), start.max(end).min(start.min(end) + 40));
    match random.below(6) {
        0 => drop(text.drain(start..end)),
        1 => drop(text.splice(start..start, random.of(PIECES).chars())),
        2 => {
            let copy = text[start..end].to_vec();
            let at = random.below(text.len() + 1);
            drop(text.splice(at..at, copy));
        }
        3 => text[start..end].iter_mut().for_each(|c| *c = c.to_ascii_uppercase()),
        4 => text.retain(|c| *c != '\r'),
        _ => text.truncate(end),
    }
}

fn encode(text: &[char], random: &mut Random) -> Vec<u8> {
    let string: String = text.iter().collect();
    let units = ["\u{feff}", &string].concat().encode_utf16().collect::<Vec<u16>>();
    match random.below(8) {
        0..2 => string.into_bytes(),
        2..4 => text.iter().map(|c| ansi(*c)).collect(),
        4..6 => ["\u{feff}", &string].concat().into_bytes(),
        6 => units.into_iter().flat_map(u16::to_le_bytes).collect(),
        _ => units.into_iter().flat_map(u16::to_be_bytes).collect(),
    }
}

/// The byte of a character in Windows-1252.
fn ansi(c: char) -> u8 {
    match c {
        '€' => 0x80,
        _ => u8::try_from(c).unwrap_or(b'?'),
    }
}

/// Makes changes like a disk, or like a program that writes another encoding.
fn damage(file: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(file.len());
    match random.below(4) {
        0 => file[at] ^= 1 << random.below(8),
        1 => file.insert(at, random.of(&[0, 0x1a, 0x80, 0x81, 0x9f, 0xc3, 0xd8, 0xff, b'\r', b'\n'])),
        2 => drop(file.remove(at)),
        _ => file.truncate(at),
    }
}
