//! Any bytes as YAML.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| spec::fuzzing::yaml(text));
