//! The pages of the book that repeat a table of the code say the same as the code.

use std::fmt::Write as _;
use std::path::Path;

use lsam_core::config::SETTINGS;

#[test]
fn the_configuration_page_lists_the_settings() {
    let mut table = String::from("| section | key | accepts | default | meaning |\n|---|---|---|---|---|\n");
    for setting in SETTINGS {
        writeln!(
            table,
            "| {} | {} | {} | {} | {} |",
            setting.section.name, setting.key, setting.kind, setting.default, setting.meaning
        )
        .unwrap();
    }
    let page = page("configuration.md");
    assert!(page.contains(&table), "docs/src/configuration.md has to hold this table:\n{table}");
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
