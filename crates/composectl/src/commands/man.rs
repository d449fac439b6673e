//! `man`: the manual, a page a verb and one of the daemon, made of what the parsers know. It is written where the
//! programs are installed from, and has nothing to say that `--help` does not, but how a command ends.

use std::io;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::args::{Args, Manual};
use crate::exit::Exit;

/// How a command ends, for the page of all of them.
const CODES: [(&str, &str); 5] = [
    ("0", "Done."),
    ("1", "Refused by the file, the command line or the world."),
    ("2", "There is something to do (plan)."),
    ("3", "Overtaken by a newer request, or no daemon where one is needed."),
    ("130", "Interrupted."),
];

pub(super) fn run(manual: &Manual) -> Result<(), Exit> {
    let failed = |error: io::Error| Exit::error(format!("{}: {error}", manual.folder.display()));
    std::fs::create_dir_all(&manual.folder).map_err(failed)?;
    let mut root = Args::command().disable_help_subcommand(true);
    root.build();
    for verb in root.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        write(&manual.folder, verb, "1", &[], "composectl(1), composed(8)").map_err(failed)?;
    }
    write(&manual.folder, &root, "1", &CODES, "composed(8)").map_err(failed)?;
    write(&manual.folder, &composed::Flags::command(), "8", &[], "composectl(1)").map_err(failed)
}

fn write(folder: &Path, command: &Command, section: &str, codes: &[(&str, &str)], also: &str) -> io::Result<()> {
    let version = format!("composed {}", env!("CARGO_PKG_VERSION"));
    let page = Man::new(command.clone()).section(section).source(version).manual("composed");
    let mut text = Vec::new();
    page.render(&mut text)?;
    let mut rest = Roff::new();
    if !codes.is_empty() {
        rest.control("SH", ["EXIT STATUS"]);
    }
    for (code, meaning) in codes {
        rest.control("TP", []).text([roman(*code)]).text([roman(*meaning)]);
    }
    rest.control("SH", ["SEE ALSO"]).text([roman(also)]);
    rest.to_writer(&mut text)?;
    std::fs::write(folder.join(page.get_filename()), text)
}
