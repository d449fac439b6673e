//! What go-yaml finds wrong before its parser comes to it: its scanner is always two tokens ahead of the parser,
//! so a token that is none is told before a grammar that is broken just before it.

use std::io::BufReader;

use libyaml_safer::{Error, Scanner, Token, TokenData};

use super::guard::guarded;

/// How many bytes go-yaml takes from a text at once. What is no character of YAML is told as soon as its part is
/// taken, whatever stands before it in that part; and only so much lies about decoded.
const PART: usize = 512;

/// How many tokens are scanned beyond the one that is looked at.
const AHEAD: usize = 2;

/// A text as the scanner gets it.
pub(super) fn in_parts(text: &[u8]) -> BufReader<&[u8]> {
    BufReader::with_capacity(PART, text)
}

/// What the scanner stumbles over, up to two tokens after the one at a byte.
pub(super) fn scanner_error(text: &[u8], at: u64) -> Option<Error> {
    let mut scanner = Scanner::new();
    scanner.set_input(in_parts(text));
    let mut beyond = 0;
    loop {
        // A panic says nothing about the text that the parser will not say itself.
        match guarded(|| Scanner::scan(&mut scanner))? {
            Err(error) => return Some(error),
            Ok(Token { data: TokenData::StreamEnd, .. }) => return None,
            // Blocks end just before the token that does not belong to them.
            Ok(Token { data: TokenData::StreamStart { .. }, .. }) => {}
            Ok(Token { data: TokenData::BlockEnd, start_mark, .. }) if start_mark.index == at => {}
            Ok(token) if token.start_mark.index >= at => {
                if beyond == AHEAD {
                    return None;
                }
                beyond += 1;
            }
            Ok(_) => {}
        }
    }
}
