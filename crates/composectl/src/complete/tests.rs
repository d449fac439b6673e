//! Lines as they are typed; what follows the last blank is the word that is being typed.

use clap::CommandFactory as _;

use super::*;

fn read(line: &str) -> Typed {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let mut root = crate::args::Args::command();
    root.build();
    typed(&root, &words)
}

fn check(line: &str, last: &str, wanted: &Wanted) {
    let typed = read(line);
    assert_eq!((typed.last.as_str(), &typed.wanted), (last, wanted), "{line}");
}

const SERVICES: Wanted = Wanted::Services { then: "" };

#[test]
fn what_fits_follows_from_what_stands_before() {
    check("exec ", "", &SERVICES);
    check("-f a.yaml exec we", "we", &SERVICES);
    check("exec -it -u root --env A=b we", "we", &SERVICES);
    check("exec web ", "", &Wanted::Files);
    check("exec web ls --", "--", &Wanted::Files);
    check("run --rm we", "we", &SERVICES);
    check("logs web w", "w", &SERVICES);
    check("logs -n ", "", &Wanted::Nothing);
    check("logs -n5 ", "", &SERVICES);
    check("up --attach=w", "w", &SERVICES);
    check("up --scale w", "w", &Wanted::Services { then: "=" });
    check("scale a=1 ", "", &Wanted::Services { then: "=" });
    check("port web ", "", &Wanted::Nothing);
    check("cp we", "we", &Wanted::ServicePath);
    check("-p ", "", &Wanted::Projects);
    check("status ", "", &Wanted::Projects);
    check("--profile ", "", &Wanted::Profiles);
    check("--project-directory ", "", &Wanted::Folders);
    check("-f ", "", &Wanted::Files);
    check("--file=co", "co", &Wanted::Files);
    check("upp ", "", &Wanted::Nothing);
    check("ps -- -", "-", &SERVICES);
}

/// The words that are offered.
fn words(line: &str) -> Vec<String> {
    match read(line).wanted {
        Wanted::Words(words) => words.into_iter().map(|(word, _)| word).collect(),
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn verbs_and_flags_that_nobody_is_shown_are_not_offered() {
    let verbs = words("");
    assert!(verbs.contains(&"up".to_owned()) && !verbs.iter().any(|verb| verb.starts_with("__")), "{verbs:?}");
    let flags = words("pull --");
    assert!(flags.contains(&"--policy".to_owned()) && !flags.contains(&"--no-parallel".to_owned()), "{flags:?}");
    assert!(words("rm --").contains(&"--force".to_owned()));
}

#[test]
fn a_value_of_a_few_is_offered() {
    assert_eq!(words("config --format "), ["yaml", "json"]);
    assert_eq!(words("--ansi=n"), ["auto", "never", "always"]);
}

#[test]
fn what_stands_before_the_verb_is_kept_for_finding_the_file() {
    assert_eq!(read("-f a --profile b exec ").global, ["-f", "a", "--profile", "b"]);
    assert_eq!(read("-f a --profile ").global, ["-f", "a", "--profile"]);
}
