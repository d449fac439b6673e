//! A ring among dependencies, found in time linear in services and dependencies.

use std::collections::BTreeMap;

/// The first ring, its first name again at the end. Names that have no entry lead nowhere.
pub(crate) fn find<'a, N: Ord>(edges: &BTreeMap<&'a N, Vec<&'a N>>) -> Option<Vec<&'a N>> {
    let mut done: BTreeMap<&N, bool> = BTreeMap::new();
    for start in edges.keys() {
        if done.contains_key(start) {
            continue;
        }
        // The path walked, with the next edge to take at each step; `false` in `done` means on the path.
        let mut path = vec![(*start, 0)];
        done.insert(*start, false);
        while let Some((name, next)) = path.last_mut() {
            let name = *name;
            let Some(to) = edges.get(name).and_then(|edges| edges.get(*next)).copied() else {
                done.insert(name, true);
                path.pop();
                continue;
            };
            *next += 1;
            match done.get(to) {
                None => {
                    done.insert(to, false);
                    path.push((to, 0));
                }
                Some(false) => {
                    let ring = path.iter().map(|(name, _)| *name).skip_while(|name| *name != to);
                    return Some(ring.chain(std::iter::once(to)).collect());
                }
                Some(true) => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edges: &[(&str, &[&str])], expected: Option<&[&str]>) {
        let edges: BTreeMap<&&str, Vec<&&str>> = edges.iter().map(|(from, to)| (from, to.iter().collect())).collect();
        let ring = find(&edges).map(|ring| ring.into_iter().copied().collect::<Vec<_>>());
        assert_eq!(ring.as_deref(), expected);
    }

    #[test]
    fn a_ring_is_told_from_a_diamond() {
        check(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])], None);
        check(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])], Some(&["b", "c", "b"]));
        check(&[("a", &["a"])], Some(&["a", "a"]));
        check(&[("a", &["nobody"])], None);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let names: Vec<String> = (0..100_000).map(|n| format!("{n:06}")).collect();
        let edges: BTreeMap<&String, Vec<&String>> = names.windows(2).map(|pair| (&pair[0], vec![&pair[1]])).collect();
        assert_eq!(find(&edges), None);
    }
}
