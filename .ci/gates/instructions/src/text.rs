//! MSLSAM.ini and the scheduling protocol.

use std::hint::black_box;

use lsam_core::agent::{CheckCrc, FrameHeader, MachineStatusRequest, Request, emit};
use lsam_core::config::{Settings, Template};
use lsam_core::ini::Reader;

use crate::{Task, counted};

pub const TASKS: &[Task] = &[
    ("INI lines of the template", lines),
    ("settings of the template", settings),
    ("settings with 1,000 unknown names", unknown),
    ("a request, emitted and parsed", request),
];

fn lines(times: usize) {
    let text = Template.to_string();
    for _ in 0..times {
        let items = counted(|| Reader::new(black_box(text.as_bytes())).map(black_box).count());
        assert!(items > 63, "{items} items");
    }
}

fn settings(times: usize) {
    parse(&Template.to_string(), 0, times);
}

/// Names in sections of another program, each of which might be meant to guard access.
fn unknown(times: usize) {
    let mut text = Template.to_string();
    for section in 0..100 {
        text += &format!("[Instance {section}]\r\n");
        text.extend((0..10).map(|key| format!("Setting_{key}=C:\\Program Files\\Agent\\{section}\r\n")));
    }
    parse(&text, 100, times);
}

fn parse(text: &str, expected: usize, times: usize) {
    for _ in 0..times {
        let mut diagnostics = 0;
        let parsed =
            counted(|| black_box(Settings::parse(black_box(text.as_bytes()), |_| diagnostics += 1)).is_ok());
        assert!(parsed && diagnostics == expected, "{diagnostics} diagnostics");
    }
}

fn request(times: usize) {
    for _ in 0..times {
        let mut buffer = [0; 64];
        let parsed = counted(|| {
            let len = emit(&MachineStatusRequest {}, 7, CheckCrc::On, &mut buffer).ok()?;
            let arrived = black_box(&buffer).get(..len)?;
            let header = FrameHeader::parse(arrived).ok()??;
            let body = arrived.get(FrameHeader::LEN..header.frame_len())?;
            Request::parse(&header.frame(body, CheckCrc::On).ok()?).ok()
        });
        assert!(matches!(parsed, Some(Request::MachineStatus(_))));
    }
}
