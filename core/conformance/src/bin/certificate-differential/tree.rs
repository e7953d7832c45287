//! DER as a tree that can be changed in every place and encoded again.

use lsam_conformance::Random;
pub(crate) use lsam_testing::der::tlv;

/// An element, or bytes in place of one.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Value(u8, Vec<u8>),
    /// An element around others; also an OCTET STRING around DER.
    Around(u8, Vec<Self>),
    Raw(Vec<u8>),
}

/// A SEQUENCE.
pub(crate) fn sequence(nodes: impl Into<Vec<Node>>) -> Node {
    Node::Around(0x30, nodes.into())
}

pub(crate) fn value(tag: u8, content: &[u8]) -> Node {
    Node::Value(tag, content.to_vec())
}

impl Node {
    /// Reads DER with lengths of at most two bytes.
    pub(crate) fn read(der: &[u8]) -> Self {
        let (tag, content, _) = split(der);
        if tag & 0x20 == 0 {
            return value(tag, content);
        }
        let (mut nodes, mut rest) = (Vec::new(), content);
        while !rest.is_empty() {
            let (_, content, behind) = split(rest);
            let end = rest.len() - behind.len();
            nodes.push(if content.is_empty() {
                Self::Raw(rest[..end].to_vec())
            } else {
                Self::read(&rest[..end])
            });
            rest = behind;
        }
        Self::Around(tag, nodes)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Raw(bytes) => bytes.clone(),
            Self::Value(tag, content) => tlv(*tag, content),
            Self::Around(tag, nodes) => tlv(*tag, &nodes.iter().flat_map(Self::encode).collect::<Vec<u8>>()),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Around(_, nodes) => 1 + nodes.iter().map(Self::count).sum::<usize>(),
            _ => 1,
        }
    }

    /// The node with this number, counted from the root.
    fn nth(&mut self, n: &mut usize) -> Option<&mut Self> {
        if *n == 0 {
            return Some(self);
        }
        *n -= 1;
        match self {
            Self::Around(_, nodes) => nodes.iter_mut().find_map(|node| node.nth(n)),
            _ => None,
        }
    }

    /// Changes one place, and returns how.
    pub(crate) fn mutate(&mut self, random: &mut Random) -> &'static str {
        let donor = {
            let mut n = random.below(self.count());
            self.nth(&mut n).cloned()
        };
        let mut n = random.below(self.count());
        let Some(node) = self.nth(&mut n) else { return "none" };
        match (random.below(9), node) {
            (0, node) => {
                *node = Self::Raw(vec![]);
                "an element left out"
            }
            (1, node) => {
                let twice = node.encode().repeat(2);
                *node = Self::Raw(twice);
                "an element twice"
            }
            (2, Self::Around(_, nodes)) if nodes.len() > 1 => {
                let at = random.below(nodes.len() - 1);
                nodes.swap(at, at + 1);
                "elements swapped"
            }
            (3, Self::Value(tag, _) | Self::Around(tag, _)) => {
                *tag = random.of(&[
                    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0xa0, 0x80,
                ]);
                "another tag"
            }
            (4, Self::Value(_, content)) if !content.is_empty() => {
                let at = random.below(content.len());
                content[at] ^= 1 << random.below(8);
                "a bit of a value"
            }
            (5, Self::Value(_, content)) => {
                content.pop();
                "a value cut short"
            }
            (6, Self::Value(_, content)) => {
                content.insert(0, random.of(&[0x00, 0xff, 0x01, 0x80]));
                "a byte before a value"
            }
            (7, node) => {
                if let Some(donor) = donor {
                    *node = donor;
                }
                "an element in another's place"
            }
            (_, node) => {
                *node = Self::Raw(in_long_form(&node.encode()));
                "a length in long form"
            }
        }
    }
}

/// Tag, content, and what follows the element.
fn split(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (header, len) = match der[1] {
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        0x81 => (3, usize::from(der[2])),
        len => (2, usize::from(len)),
    };
    (der[0], &der[header..header + len], &der[header + len..])
}

/// The element with its length in three bytes, which BER allows and DER does not.
fn in_long_form(der: &[u8]) -> Vec<u8> {
    if der.len() < 2 || der[1] > 0x82 {
        return der.to_vec();
    }
    let (tag, content, _) = split(der);
    [&[tag, 0x83, 0, (content.len() >> 8) as u8, content.len() as u8], content].concat()
}
