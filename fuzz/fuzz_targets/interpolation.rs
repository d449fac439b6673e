//! Any text with variables in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| spec::fuzzing::interpolation(text));
