//! Checks that pages of the book that repeat a table of the code match the code.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use lsam_core::config::SETTINGS;

#[test]
fn the_configuration_page_lists_the_settings() {
    let mut table = String::from(
        "| section | key | accepts | default | required | guards access | in effect | a change counts | meaning |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            setting.section.name,
            setting.key,
            setting.kind.to_string().replace('|', "\\|").replace('*', "\\*").replace('<', "\\<"),
            setting.default,
            yes(setting.required),
            yes(setting.guards),
            yes(setting.in_effect),
            setting.applies(),
            setting.meaning
        )
        .unwrap();
    }
    holds("configuration.md", "| section | key |", &table);
}

const fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

/// Each guarantee in the threat model names the test that checks it, and that test exists.
#[test]
fn the_threat_model_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut tests = BTreeSet::new();
    for folder in ["core", "host-windows", "fuzz"] {
        collect_tests(&root.join(folder), &mut tests);
    }
    assert!(tests.len() > 500, "{}", tests.len());
    let page = std::fs::read_to_string(root.join("docs/src/threat-model.md")).unwrap();
    let mut promises = 0;
    let mut lines = page.lines().peekable();
    while let Some(head) = lines.next() {
        if !(head.starts_with('|') && head.trim_end().ends_with("| held by |")) {
            continue;
        }
        lines.next_if(|line| line.starts_with("|---"));
        while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
            let cell = row.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
            let named: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
            assert!(!named.is_empty(), "no test is named: {row}");
            let missing: Vec<_> = named.iter().filter(|name| !tests.contains(**name)).collect();
            assert!(missing.is_empty(), "there is no test {missing:?}: {row}");
            promises += 1;
        }
    }
    assert!(promises >= 30, "{promises} promises");
}

/// The names of the test functions in the Rust files below `folder`.
fn collect_tests(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect_tests(&path, tests);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for (_, after) in text.match_indices("#[test]\n").map(|(at, mark)| text.split_at(at + mark.len()))
            {
                let name = after.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                tests.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
}

/// Checks that a page contains `table`. If it does not and the environment has `UPDATE=1`, `table` replaces
/// the page's table that begins with `head`.
fn holds(name: &str, head: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src").join(name);
    let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if page.contains(table) {
        return;
    }
    assert!(
        std::env::var_os("UPDATE").is_some(),
        "{name} has to hold this table (UPDATE=1 writes it):\n{table}"
    );
    let start = page.find(head).unwrap_or(page.len());
    let (before, after) = page.split_at(start);
    let rest = after.split_inclusive('\n').skip_while(|line| line.starts_with('|')).collect::<String>();
    std::fs::write(&path, format!("{before}{table}{rest}")).unwrap();
}
