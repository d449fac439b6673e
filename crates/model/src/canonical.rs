//! Canonical JSON: the text Go's `encoding/json` would write for the same value.
//!
//! The config hash is taken over this text, so every byte matters: compact, HTML-safe escapes, floats in
//! their shortest 32-bit form without an exponent.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// The compact text.
#[must_use]
pub fn compact<T: Serialize>(value: &T) -> String {
    text(value, CompactFormatter)
}

/// The text with two blanks of indentation, as `config --format json` prints it; no newline at the end.
#[must_use]
pub fn pretty<T: Serialize>(value: &T) -> String {
    text(value, pretty_formatter())
}

/// Writes what [`pretty`] gives, in many small pieces.
///
/// # Errors
/// What the writer refuses.
pub fn write_pretty<T: Serialize>(value: &T, out: impl Write) -> io::Result<()> {
    Ok(write(value, pretty_formatter(), out)?)
}

fn pretty_formatter() -> PrettyFormatter<'static> {
    PrettyFormatter::with_indent(b"  ")
}

fn text<T: Serialize, F: Formatter>(value: &T, formatter: F) -> String {
    let mut out = Vec::with_capacity(1024);
    write(value, formatter, &mut out).expect("model types have string keys and writing to memory cannot fail");
    String::from_utf8(out).expect("serde_json writes UTF-8")
}

fn write<T: Serialize, F: Formatter>(value: &T, formatter: F, out: impl Write) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, GoFormatter(formatter)))
}

/// Another formatter's layout, with Go's scalars.
struct GoFormatter<F>(F);

impl<F: Formatter> Formatter for GoFormatter<F> {
    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        // Rust prints the shortest digits that read back as the same number, as Go does.
        write!(writer, "{value}")
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write!(writer, "{value}")
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (before, from) = rest.split_at(at);
            let special = from.chars().next().expect("found just now");
            writer.write_all(before.as_bytes())?;
            write!(writer, "\\u{:04x}", u32::from(special))?;
            rest = &from[special.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }
    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }
    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }
    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }
    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_go_escapes_them() {
        assert_eq!(compact(&"a<b>&\u{2028}\t\u{8}\u{c}\u{1}é\"\\"), r#""a\u003cb\u003e\u0026\u2028\t\b\f\u0001é\"\\""#);
    }

    #[test]
    fn floats_are_the_shortest_that_read_back() {
        assert_eq!(compact(&[0.1_f32, 12.0, 0.25]), "[0.1,12,0.25]");
    }
}
