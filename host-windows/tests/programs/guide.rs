//! The Windows guide quotes messages; the programs must still print each of them.

use std::fs;
use std::path::Path;

#[test]
fn the_messages_of_the_windows_guide_stand_in_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let guide = text(&root.join("docs/src/windows.md"));
    let messages = messages(&guide);
    assert!(messages.len() > 100, "{} messages are quoted", messages.len());

    let mut sources = String::new();
    read(&root.join("host-windows/src"), &mut sources);
    for folder in ["core/src", "core/tls/src", "core/ini/src"] {
        read(&root.join(folder), &mut sources);
    }
    let unknown: Vec<_> = messages.iter().filter(|message| !is_printed(message, &sources)).collect();
    assert!(unknown.is_empty(), "the guide quotes what no program prints: {unknown:#?}");
}

#[test]
fn what_no_program_prints_is_found() {
    let sources = plain(
        "write!(f, \"the key of {name} is \\\n         lost\")\n#[cfg(test)]\nmod tests { \"invented words\" }",
    );
    for (message, printed) in [
        ("the key of … is lost", true),
        ("is lost …", true),
        ("the key of agent is lost", false),
        ("the key of … is found", false),
        ("invented words", false),
        ("…", false),
    ] {
        assert_eq!(is_printed(message, &sources), printed, "{message}");
    }
    assert_eq!(messages("| `before` | x |\n## Messages\n| message |\n| `a`, `b …` | `c` |\n"), ["a", "b …"]);
}

/// The code in the first column of the tables under "Messages".
fn messages(guide: &str) -> Vec<&str> {
    let (_, section) = guide.split_once("\n## Messages\n").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.map(|row| row.split_once("` |").map_or(row, |(cell, _)| cell));
    cells.flat_map(|cell| cell.split("`, `")).collect()
}

/// Whether `sources` contain `message`, except for its variable parts (`…`).
fn is_printed(message: &str, sources: &str) -> bool {
    let mut parts = message.split('…').map(str::trim).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(|part| sources.contains(part))
}

/// Adds the sources in `folder`, without their tests.
fn read(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            sources.push_str(&plain(&text(&path)));
        }
    }
}

/// A file, with the line ends of the repository.
fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

/// A source, with its string literals as they are printed.
fn plain(source: &str) -> String {
    let source = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut lines = source.split("\\\n");
    let mut text = lines.next().unwrap_or_default().to_owned();
    lines.for_each(|line| text.push_str(line.trim_start()));
    text.replace("\\\"", "\"").replace("\\\\", "\\")
}
