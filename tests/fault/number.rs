//! How many rounds, and from which seed: numbers of the environment, as `make` hands them on.

/// One of them.
pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty());
    text.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}
