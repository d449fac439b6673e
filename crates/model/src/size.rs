//! Byte sizes as Compose writes them: binary units whatever the letter, `-1` for "unlimited".

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number of bytes, printed as a decimal string (`"536870912"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(pub i64);

/// Why a text is not a size, in the words docker compose has for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// The number cannot be read.
    #[error("invalid size: '{0}'")]
    Number(String),
    /// The unit is unknown.
    #[error("invalid suffix: '{0}'")]
    Suffix(String),
}

impl FromStr for Size {
    type Err = SizeError;

    /// A signed integer as it is, else `[number][ ][unit]` with binary units (`1k` = 1024).
    fn from_str(text: &str) -> Result<Self, SizeError> {
        if let Ok(bytes) = text.parse::<i64>() {
            return Ok(Self(bytes));
        }
        let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.').map_or(0, |i| i + 1);
        let (number, suffix) = text.split_at(end);
        let suffix = suffix.strip_prefix(' ').unwrap_or(suffix);
        let value: f64 = number.parse().map_err(|_| SizeError::Number(text.to_owned()))?;
        if !value.is_finite() || value < 0.0 {
            return Err(SizeError::Number(text.to_owned()));
        }
        let lower = suffix.to_ascii_lowercase();
        let power = match lower.strip_suffix("ib").or(lower.strip_suffix('b')).unwrap_or(&lower) {
            "" => 0,
            "k" => 1,
            "m" => 2,
            "g" => 3,
            "t" => 4,
            "p" => 5,
            _ => return Err(SizeError::Suffix(suffix.to_owned())),
        };
        // Truncation towards zero is docker's rule for fractions of a byte; the cast saturates.
        #[expect(clippy::cast_possible_truncation, reason = "saturating cast is the rule")]
        Ok(Self((value * 1024_f64.powi(power)) as i64))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Size {
    type Error = SizeError;
    fn try_from(text: String) -> Result<Self, SizeError> {
        text.parse()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> String {
        size.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_binary_and_case_does_not_matter() {
        for (text, bytes) in [
            ("1k", 1024),
            ("1.5g", 1_610_612_736),
            ("10MB", 10_485_760),
            ("64 mib", 67_108_864),
            ("-1", -1),
            ("512", 512),
            ("7b", 7),
        ] {
            assert_eq!(text.parse::<Size>().unwrap().0, bytes, "{text}");
        }
    }

    #[test]
    fn an_unknown_unit_is_named() {
        assert_eq!("1zz".parse::<Size>().unwrap_err().to_string(), "invalid suffix: 'zz'");
        assert_eq!("x".parse::<Size>().unwrap_err().to_string(), "invalid size: 'x'");
    }
}
