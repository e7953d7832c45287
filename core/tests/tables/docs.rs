//! The pages of the book that repeat a table of the code say the same as the code.

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

/// Looks for `table` in a page, in the place of the table that begins with `head`; `UPDATE=1` in the environment puts it there.
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
