//! Any bytes as YAML.
#![no_main]

libfuzzer_sys::fuzz_target!(init: spec::keep_parser_quiet(), |text: &[u8]| spec::fuzzing::yaml(text));
