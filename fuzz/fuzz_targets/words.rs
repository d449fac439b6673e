//! Any text as one of the short forms.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| spec::fuzzing::words(text));
