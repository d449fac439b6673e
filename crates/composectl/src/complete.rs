//! What may stand at the end of a command line that is being typed. It knows the command line's grammar, which it
//! reads off the parser's own description, and refuses to look anything up.

use clap::{Arg, Command, ValueHint};

/// A line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    /// The words before the verb.
    pub(crate) global: Vec<String>,
    /// The part of the last word that is to be completed; behind `--flag=` it is the value.
    pub(crate) last: String,
    pub(crate) wanted: Wanted,
}

/// What would fit there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Some of these: a word, and what it is.
    Words(Vec<(String, String)>),
    /// Services of the file at hand, and what follows the name at once.
    Services {
        then: &'static str,
    },
    /// A service and a path in it, or a path here.
    ServicePath,
    /// Profiles of the file at hand.
    Profiles,
    /// Projects of the engine.
    Projects,
    Files,
    Folders,
    /// Something that nobody can know.
    Nothing,
}

/// Reads a line; its last word is the one that is being typed.
pub(crate) fn typed(root: &Command, words: &[String]) -> Typed {
    let (last, before) = words.split_last().map_or((String::new(), words), |(last, before)| (last.clone(), before));
    let mut reading = Reading { command: root, verb: None, place: 0, pending: None, is_raw: false, has_dashes: false };
    for (at, word) in before.iter().enumerate() {
        reading.take(at, word);
    }
    let global = before[..reading.verb.unwrap_or(before.len())].to_vec();
    let (last, wanted) = reading.wanted(last);
    Typed { global, last, wanted }
}

/// How far a line was read.
struct Reading<'a> {
    command: &'a Command,
    /// Where the verb stands.
    verb: Option<usize>,
    /// How many words that are no flags came since.
    place: usize,
    /// The flag whose value comes next.
    pending: Option<&'a Arg>,
    /// Whether what follows belongs to another program.
    is_raw: bool,
    /// Whether `--` ended the flags.
    has_dashes: bool,
}

impl<'a> Reading<'a> {
    fn take(&mut self, at: usize, word: &str) {
        if self.is_raw || self.pending.take().is_some() {
            return;
        }
        match word {
            "--" => self.has_dashes = true,
            _ if !self.has_dashes && word.starts_with("--") => {
                self.pending = self.long(&word[2..]).filter(|arg| takes_next(arg));
            }
            _ if !self.has_dashes && word.len() > 1 && word.starts_with('-') => self.pending = self.letters(&word[1..]),
            _ if self.command.has_subcommands() => match self.command.find_subcommand(word) {
                Some(verb) => {
                    (self.command, self.place) = (verb, 0);
                    self.verb.get_or_insert(at);
                }
                // Nobody knows what follows a verb that is none.
                None => self.is_raw = true,
            },
            _ => {
                self.is_raw = self.positional().is_some_and(Arg::is_trailing_var_arg_set);
                self.place += 1;
            }
        }
    }

    fn long(&self, name: &str) -> Option<&'a Arg> {
        let is_it = |arg: &&Arg| arg.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name));
        self.command.get_arguments().find(is_it)
    }

    /// The flag of `-abc` that wants the next word.
    fn letters(&self, letters: &str) -> Option<&'a Arg> {
        let valued = letters.char_indices().find_map(|(at, letter)| {
            let arg = self.command.get_arguments().find(|arg| arg.get_short() == Some(letter))?;
            arg.get_action().takes_values().then_some((at + letter.len_utf8(), arg))
        });
        // What follows the letter is the value.
        valued.filter(|(end, arg)| *end == letters.len() && takes_next(arg)).map(|(_, arg)| arg)
    }

    /// What the next word that is no flag is.
    fn positional(&self) -> Option<&'a Arg> {
        let last = self.command.get_positionals().last()?;
        let is_many = last.get_num_args().is_some_and(|range| range.max_values() > 1);
        self.command.get_positionals().nth(self.place).or_else(|| is_many.then_some(last))
    }

    fn wanted(&self, last: String) -> (String, Wanted) {
        if self.is_raw {
            return (last, if self.verb.is_some() { Wanted::Files } else { Wanted::Nothing });
        }
        if let Some(arg) = self.pending {
            return (last, values(arg));
        }
        if !self.has_dashes && last.starts_with('-') {
            return match last.split_once('=') {
                Some((flag, value)) => {
                    let arg = flag.strip_prefix("--").and_then(|name| self.long(name));
                    (value.to_owned(), arg.map_or(Wanted::Nothing, values))
                }
                None => (last, Wanted::Words(self.flags())),
            };
        }
        if self.command.has_subcommands() {
            let verbs = self.command.get_subcommands().filter(|verb| !verb.is_hide_set());
            let verbs = verbs.map(|verb| (verb.get_name().to_owned(), text(verb.get_about())));
            return (last, Wanted::Words(verbs.collect()));
        }
        (last, self.positional().map_or(Wanted::Nothing, values))
    }

    fn flags(&self) -> Vec<(String, String)> {
        let shown = self.command.get_arguments().filter(|arg| !arg.is_hide_set());
        shown.filter_map(|arg| Some((format!("--{}", arg.get_long()?), text(arg.get_help())))).collect()
    }
}

/// Whether a flag takes the next word, rather than none or only what stands behind its `=`.
fn takes_next(arg: &Arg) -> bool {
    arg.get_action().takes_values() && !arg.is_require_equals_set()
}

fn text(styled: Option<&clap::builder::StyledStr>) -> String {
    styled.map(|styled| styled.to_string().lines().next().unwrap_or_default().to_owned()).unwrap_or_default()
}

/// What a flag or a word takes, by what its own description calls it.
fn values(arg: &Arg) -> Wanted {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        let shown = possible.iter().filter(|value| !value.is_hide_set());
        return Wanted::Words(shown.map(|value| (value.get_name().to_owned(), text(value.get_help()))).collect());
    }
    let name = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    match name {
        "SERVICE=NUM" => Wanted::Services { then: "=" },
        "SOURCE" | "DESTINATION" => Wanted::ServicePath,
        "PROFILE" => Wanted::Profiles,
        "STACK" => Wanted::Projects,
        "DIR" => Wanted::Folders,
        _ if name.starts_with("SERVICE") => Wanted::Services { then: "" },
        _ if arg.get_id() == "project_name" => Wanted::Projects,
        _ if arg.get_value_hint() == ValueHint::AnyPath || name == "FILE" => Wanted::Files,
        _ => Wanted::Nothing,
    }
}

#[cfg(test)]
mod tests;
