//! Any bytes as a file of variables.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| spec::fuzzing::variables(text));
