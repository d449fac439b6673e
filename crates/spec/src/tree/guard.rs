//! The YAML parser on a leash: it panics on some texts, which is a problem of the text like any other. What it
//! would print is kept back, and nothing else is.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static IS_PARSING: Cell<bool> = const { Cell::new(false) };
}

/// The result of a step of the parser; `None` when it gave up.
pub(super) fn guarded<T>(step: impl FnOnce() -> T) -> Option<T> {
    let outer = IS_PARSING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(step)).ok();
    IS_PARSING.set(outer);
    result
}

/// Keeps panics of the YAML parser, which are caught, from being printed as if they were bugs. For a program to
/// call once, at its start; all other panics are told as before.
pub fn keep_parser_quiet() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !IS_PARSING.get() {
            before(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_inside_is_none_and_leaves_no_trace() {
        assert_eq!(guarded(|| 5), Some(5));
        assert_eq!(guarded(|| -> u8 { panic!("the parser's") }), None);
        assert!(!IS_PARSING.get());
        assert_eq!(guarded(|| IS_PARSING.get()), Some(true));
    }
}
