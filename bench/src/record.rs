//! Tables that a person reads on a terminal and in Markdown alike, and the machine that they come from.

use std::{fmt::Write as _, fs, path::Path, process::Command};

/// A table, its columns as wide as they must be.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With its heads.
    pub fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|&h| h.to_owned()).collect()] }
    }

    /// Another row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// The first column and the last to the left, numbers between them to the right.
    pub fn markdown(&self) -> String {
        let columns = self.rows[0].len();
        let width = |at: usize| self.rows.iter().map(|r| r[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let left = |at: usize| at == 0 || at + 1 == columns;
        let mut out = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for (at, cell) in row.iter().enumerate() {
                let wide = widths[at];
                let cell = if left(at) { format!("| {cell:<wide$} ") } else { format!("| {cell:>wide$} ") };
                out.push_str(&cell);
            }
            out.push_str("|\n");
            if number == 0 {
                for (at, wide) in widths.iter().enumerate() {
                    out +=
                        &if left(at) { format!("|{:-<1$}", "", wide + 2) } else { format!("|{:->1$}:", "", wide + 1) };
                }
                out.push_str("|\n");
            }
        }
        out
    }
}

/// Machine, compiler, commit, command and date, as lines of a list.
pub fn circumstances() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let field = |name: &str| {
        let line = cpuinfo.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let family = [("family", "cpu family"), ("model", "model\t")];
    let family: Vec<String> = family.iter().filter_map(|(n, key)| Some(format!("{n} {}", field(key)?))).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let meminfo = read("/proc/meminfo");
    let kib =
        meminfo.lines().find_map(|l| l.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = String::new();
    let mut line = |what: &str, said: String| writeln!(out, "- {what}: {said}").expect("a string takes all");
    line("date", said_by("date", &["-u", "+%Y-%m-%d %H:%M UTC"]));
    line("command", format!("`cargo run --release -- {}`", arguments.join(" ")));
    line("project", said_by("git", &["describe", "--always", "--dirty", "--exclude=*"]));
    line(
        "machine",
        format!("{model} ({}), {cores} cores, {:.0} GiB", family.join(", "), kib.unwrap_or(0) as f64 / 1048576.0),
    );
    line("kernel", format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim()));
    line("compiler", format!("{}; opt-level 3, thin LTO, one codegen unit, generic x86-64", env!("COMPILER")));
    line("load when it ended", load.to_owned());
    out
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let said = output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default();
    if said.is_empty() { "unknown".to_owned() } else { said }
}

/// Prints a report, and writes it to a file if one is named.
///
/// # Errors
/// That the file cannot be written.
pub fn publish(report: &str, file: Option<&str>) -> Result<(), String> {
    print!("{report}");
    let Some(file) = file else { return Ok(()) };
    if let Some(folder) = Path::new(file).parent() {
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    fs::write(file, report).map_err(|e| format!("{file}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table() {
        let mut table = Table::new(&["reader", "MB/s", "does"]);
        table.row(["ours".to_owned(), "1234".to_owned(), "all".to_owned()]);
        let expected = "| reader | MB/s | does |\n|--------|-----:|------|\n| ours   | 1234 | all  |\n";
        assert_eq!(table.markdown(), expected);
    }
}
