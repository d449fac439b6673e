//! `x-composed` of a service: what is asked of composed beyond the Compose Specification. A mistake in it keeps nobody
//! from looking at the project, only from acting on it.

use diagnostic::{Diagnostic, did_you_mean};
use model::{Care, Duration, Heal, Project, ServiceName};
use serde_json::Value as Json;

use crate::tree::{Node, place};

const KEY: &str = "x-composed";
const KEYS: [&str; 2] = ["heal", "job"];
const HEAL_KEYS: [&str; 3] = ["after", "times", "within"];

/// Takes what every enabled service asks for into the project; gives what of it cannot be understood.
pub(crate) fn take(project: &mut Project, root: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for name in project.services.keys().cloned().collect::<Vec<_>>() {
        let Some(asked) = project.extensions.get(&format!("services/{name}/{KEY}")) else { continue };
        let mut reader = Reader { root, name: &name, found: &mut found };
        let care = reader.care(asked);
        if care != Care::default() {
            project.care.insert(name, care);
        }
    }
    found
}

struct Reader<'a> {
    root: &'a Node,
    name: &'a ServiceName,
    found: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn care(&mut self, asked: &Json) -> Care {
        let Some(keys) = self.mapping(&[], asked, &KEYS) else { return Care::default() };
        let heal = keys.get("heal").and_then(|heal| match heal {
            Json::Bool(is_wanted) => is_wanted.then(Heal::default),
            heal => self.heal(heal),
        });
        let job = keys.get("job").is_some_and(|job| match job {
            Json::Bool(is_job) => *is_job,
            _ => {
                self.problem(&["job"], "must be a boolean", "`job: true` says that ending with code 0 is its purpose");
                false
            }
        });
        Care { heal, job }
    }

    fn heal(&mut self, asked: &Json) -> Option<Heal> {
        let keys = self.mapping(&["heal"], asked, &HEAL_KEYS)?;
        let mut heal = Heal::default();
        for (key, into) in [("after", &mut heal.after), ("within", &mut heal.within)] {
            let Some(value) = keys.get(key) else { continue };
            match value.as_str().map(str::parse::<Duration>) {
                Some(Ok(duration)) if duration.as_nanos() >= 0 => *into = duration,
                _ => self.problem(&["heal", key], "must be a duration", "write it with a unit, as in `30s` or `10m`"),
            }
        }
        if let Some(times) = keys.get("times") {
            match times.as_u64().and_then(|times| u32::try_from(times).ok()).filter(|times| *times > 0) {
                Some(times) => heal.times = times,
                None => self.problem(&["heal", "times"], "must be a positive integer", "leave it out for 3"),
            }
        }
        Some(heal)
    }

    fn mapping<'j>(
        &mut self,
        path: &[&str],
        asked: &'j Json,
        keys: &[&str],
    ) -> Option<&'j serde_json::Map<String, Json>> {
        let known = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let Some(map) = asked.as_object() else {
            self.problem(path, "must be a mapping", &format!("its keys are {known}"));
            return None;
        };
        for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
            let help = match did_you_mean(key, keys.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its keys are {known}"),
            };
            self.problem(&[path, &[key.as_str()]].concat(), "is no key of it", &help);
        }
        Some(map)
    }

    fn problem(&mut self, path: &[&str], what: &str, help: &str) {
        let path = [&["services", self.name.as_str(), KEY], path].concat();
        let problem = Diagnostic::error("x-composed", format!("{} {what}", path.join(".")));
        self.found.push(problem.at(place(self.root, &path), "asked of composed here").help(help.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::load_files;

    fn care(text: &str) -> (Option<Care>, Vec<String>) {
        let text = format!("services: {{a: {{image: x, x-composed: {text}}}}}");
        let loaded = load_files(&[("compose.yaml", &text)]);
        let told = loaded.unbuilt.iter().map(|found| {
            format!("{}; {}", found.message.trim_start_matches("services.a.x-composed"), found.help.clone().unwrap())
        });
        let told = told.collect();
        let name = ServiceName::new("a").unwrap();
        (loaded.project.expect("it loads all the same").care.get(&name).cloned(), told)
    }

    #[test]
    fn what_is_asked_is_taken() {
        let healed = |heal| (Some(Care { heal: Some(heal), job: false }), Vec::new());
        assert_eq!(care("{heal: true}"), healed(Heal::default()));
        let heal = Heal { after: Duration::from_secs(30), times: 5, within: Duration::from_secs(3600) };
        assert_eq!(care("{heal: {after: 30s, times: 5, within: 1h}}"), healed(heal));
        assert_eq!(care("{job: true}"), (Some(Care { heal: None, job: true }), Vec::new()));
        assert_eq!(care("{heal: false}"), (None, Vec::new()));
    }

    #[test]
    fn mistakes_are_told_and_nothing_is_guessed() {
        let told = |text| care(text).1.join("\n");
        assert_eq!(told("yes please"), " must be a mapping; its keys are `heal`, `job`");
        assert_eq!(told("{heel: true}"), ".heel is no key of it; did you mean `heal`?");
        assert_eq!(told("{job: 1}"), ".job must be a boolean; `job: true` says that ending with code 0 is its purpose");
        assert_eq!(
            told("{heal: {after: 30, times: 0}}"),
            ".heal.after must be a duration; write it with a unit, as in `30s` or `10m`\n.heal.times must be a positive integer; leave it out for 3"
        );
    }
}
