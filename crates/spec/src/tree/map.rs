//! A mapping as a sorted list. A file of a thousand services has ten thousand small mappings, and a tree of pages
//! for each would be most of the memory of a load.

use ecow::EcoVec;

use super::{Entry, Text};

/// Entries by key, ordered by it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Map(EcoVec<(Text, Entry)>);

/// As many entries are looked through by halves.
const LARGE: usize = 24;

impl Map {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Where a key is, else where it would be.
    fn find(&self, key: &str) -> Result<usize, usize> {
        self.position(key).ok_or_else(|| self.0.partition_point(|(other, _)| other.as_str() < key))
    }

    /// Where a key is. In few keys most are of another length, so looking at all of them compares least.
    fn position(&self, key: &str) -> Option<usize> {
        if self.0.len() < LARGE {
            return self.0.iter().position(|(other, _)| other.as_str() == key);
        }
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.position(key).map(|at| &self.0[at].1)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.position(key).map(|at| &mut self.0.make_mut()[at].1)
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Puts an entry in, in the place of the one that has its key.
    pub(crate) fn insert(&mut self, key: impl Into<Text>, entry: Entry) {
        let key = key.into();
        match self.find(&key) {
            Ok(at) => self.0.make_mut()[at].1 = entry,
            Err(at) => {
                self.grow();
                self.0.insert(at, (key, entry));
            }
        }
    }

    /// Makes place for one more entry, and for few besides: most mappings stay small.
    fn grow(&mut self) {
        let length = self.0.len();
        if length == self.0.capacity() {
            let mut grown = EcoVec::with_capacity(length + 1 + length / 8);
            grown.extend(std::mem::take(&mut self.0));
            self.0 = grown;
        }
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Entry> {
        self.position(key).map(|at| self.0.remove(at).1)
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Text, &mut Entry) -> bool) {
        self.0.retain(|(key, entry)| keep(key, entry));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Text, &Entry)> {
        self.0.iter().map(|(key, entry)| (key, entry))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Text> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().map(|(_, entry)| entry)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.0.make_mut().iter_mut().map(|(_, entry)| entry)
    }

    /// Lays another mapping over this one; `merge` makes one entry of two with the same key. It takes one walk
    /// over both, however many entries there are.
    pub(crate) fn lay(self, over: Self, mut merge: impl FnMut(&str, Entry, Entry) -> Entry) -> Self {
        let (mut base, mut over) = (self.0.into_iter().peekable(), over.0.into_iter().peekable());
        let mut merged = EcoVec::with_capacity(base.len().max(over.len()));
        loop {
            let order = match (base.peek(), over.peek()) {
                (Some((a, _)), Some((b, _))) => a.cmp(b),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => return Self(merged),
            };
            let (before, after) = match order {
                std::cmp::Ordering::Less => (base.next(), None),
                std::cmp::Ordering::Greater => (None, over.next()),
                std::cmp::Ordering::Equal => (base.next(), over.next()),
            };
            merged.extend(match (before, after) {
                (Some((key, before)), Some((_, after))) => {
                    let entry = merge(&key, before, after);
                    Some((key, entry))
                }
                (one, other) => one.or(other),
            });
        }
    }
}

/// Of several entries with one key the last stays.
impl<K: Into<Text>> FromIterator<(K, Entry)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Entry)>>(entries: I) -> Self {
        let mut list: Vec<(Text, Entry)> = entries.into_iter().map(|(key, entry)| (key.into(), entry)).collect();
        list.sort_by(|(a, _), (b, _)| a.cmp(b));
        // What is equal is in the order it came in, and the first of such a row is what is kept.
        list.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        Self(list.into())
    }
}

impl<K: Into<Text>, const N: usize> From<[(K, Entry); N]> for Map {
    fn from(entries: [(K, Entry); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl Extend<(Text, Entry)> for Map {
    fn extend<I: IntoIterator<Item = (Text, Entry)>>(&mut self, entries: I) {
        let before = std::mem::take(self);
        *self = before.lay(entries.into_iter().collect(), |_, _, after| after);
    }
}

impl IntoIterator for Map {
    type Item = (Text, Entry);
    type IntoIter = ecow::vec::IntoIter<(Text, Entry)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Text, &'a Entry);
    type IntoIter = std::iter::Map<std::slice::Iter<'a, (Text, Entry)>, fn(&'a (Text, Entry)) -> Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, entry)| (key, entry))
    }
}

impl<'a> IntoIterator for &'a mut Map {
    type Item = (&'a Text, &'a mut Entry);
    type IntoIter = std::iter::Map<std::slice::IterMut<'a, (Text, Entry)>, fn(&'a mut (Text, Entry)) -> Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.make_mut().iter_mut().map(|(key, entry)| (&*key, entry))
    }
}

#[cfg(test)]
mod tests {
    use diagnostic::{SourceId, Span};

    use super::*;
    use crate::tree::{Node, Value};

    fn entry(value: i64) -> Entry {
        let span = Span::new(SourceId(0), 0, 0);
        Entry { key: span, node: Node::new(Value::Int(value.into()), span) }
    }

    fn map(entries: &[(&str, i64)]) -> Map {
        entries.iter().map(|(key, value)| ((*key).to_owned(), entry(*value))).collect()
    }

    #[test]
    fn entries_are_in_the_order_of_keys_and_the_last_of_equal_ones_stays() {
        assert_eq!(map(&[("b", 1), ("a", 2), ("b", 3), ("b", 4)]), map(&[("a", 2), ("b", 4)]));
        let mut one = map(&[("b", 1)]);
        one.insert("a".to_owned(), entry(2));
        one.insert("b".to_owned(), entry(3));
        one.insert("c".to_owned(), entry(4));
        assert_eq!(one, map(&[("a", 2), ("b", 3), ("c", 4)]));
        assert_eq!(one.remove("b"), Some(entry(3)));
        assert!(!one.contains_key("b"));
    }

    #[test]
    fn one_is_laid_over_another() {
        let sum = |_: &str, a: Entry, b: Entry| match (a.node.value, b.node.value) {
            (Value::Int(a), Value::Int(b)) => entry(i64::try_from(10 * a.0 + b.0).unwrap()),
            _ => unreachable!("both are numbers"),
        };
        let merged = map(&[("a", 1), ("c", 2), ("d", 3)]).lay(map(&[("b", 4), ("c", 5), ("e", 6)]), sum);
        assert_eq!(merged, map(&[("a", 1), ("b", 4), ("c", 25), ("d", 3), ("e", 6)]));
    }
}
