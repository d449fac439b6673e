//! Words that were probably meant.

/// The candidate nearest to `word` when it is near enough to be a slip: at most two edits, and at most a
/// third of the word's length. An edit is a letter added, dropped or changed, or two neighbours swapped.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 2);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edits between two words; anything above 2 may be reported as any larger number.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(did_you_mean(word, ["db", "image", "volumes", "environment", "env_file"]), expected, "{word}");
    }

    #[test]
    fn a_slip_finds_its_word() {
        check("dbb", Some("db"));
        check("imgae", Some("image"));
        check("Volume", Some("volumes"));
        check("enviroment", Some("environment"));
    }

    #[test]
    fn another_word_finds_none() {
        check("cache", None);
        check("x", None);
        check("", None);
    }
}
