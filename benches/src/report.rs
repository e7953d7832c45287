//! The page of figures in the documentation, with its pictures.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::measure::Table;
use crate::plot;

/// The libraries whose versions the page names.
const PEERS: [&str; 8] =
    ["rustls", "aws-lc-rs", "ring", "p256", "ini_core", "light-ini", "configparser", "rust-ini"];

/// Collects tables, and writes them.
pub struct Report {
    /// In Markdown.
    body: String,
}

impl Report {
    /// An empty page, for this machine and day.
    ///
    /// # Errors
    /// When something about the machine cannot be found out.
    pub fn new() -> Result<Self, Failure> {
        let lock = include_str!("../../Cargo.lock");
        let versions: Vec<String> =
            PEERS.iter().filter_map(|peer| Some(format!("- {peer} {}\n", version(lock, peer)?))).collect();
        let body = format!(
            "# Figures of the benchmarks\n\n<!-- Written by compare --write-docs. -->\n\n\
             What they mean and how they are measured is in [Benchmarks](../benchmarks.md).\n\n\
             - Date: {}\n- Machine: {}, {} processors, {}\n- {}, profile `dist`\n- {}\n{}",
            output("date", &["-u", "+%Y-%m-%d"])?,
            processor()?,
            std::thread::available_parallelism()?,
            output("uname", &["-sm"])?,
            output("rustc", &["--version"])?,
            openssl::version::version(),
            versions.concat(),
        );
        Ok(Self { body })
    }

    /// Adds a table, with its picture in `folder`.
    ///
    /// # Errors
    /// When the picture cannot be written.
    pub fn add(&mut self, folder: &Path, name: &str, table: &Table) -> Result<(), Failure> {
        fs::write(folder.join(format!("{name}.svg")), plot::svg(table))?;
        self.body += &format!("\n{table}\n![{}]({name}.svg)\n", table.title());
        Ok(())
    }

    /// Adds a table that has no picture.
    pub fn add_text(&mut self, table: &str) {
        self.body += &format!("\n{}\n", table.trim_end());
    }

    /// Writes the page to `folder`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, folder: &Path) -> Result<(), Failure> {
        // The headings of the tables are below that of the page.
        fs::write(folder.join("figures.md"), self.body.replace("\n### ", "\n## "))?;
        Ok(())
    }
}

fn output(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let done = Command::new(program).args(arguments).output()?;
    Ok(String::from_utf8(done.stdout)?.trim().to_owned())
}

/// The model of the processor, as Linux names it.
fn processor() -> Result<String, Failure> {
    let facts = fs::read_to_string("/proc/cpuinfo")?;
    let model = facts.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    Ok(model.map_or_else(|| "unknown processor".into(), |(_, model)| model.to_owned()))
}

// Of several generations, the newest is the last.
fn version<'l>(lock: &'l str, package: &str) -> Option<&'l str> {
    let entry =
        lock.rsplit("[[package]]\n").find(|entry| entry.starts_with(&format!("name = \"{package}\"\n")))?;
    entry.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}
