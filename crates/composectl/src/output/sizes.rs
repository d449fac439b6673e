//! Bytes in docker's words.

/// `1.05kB`, `174MB`: thousands, three digits.
pub(crate) fn decimal(bytes: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    scaled(bytes, 1000.0, &units, 3)
}

/// `1.5MiB`, `23.43GiB`: powers of 1024, four digits.
pub(crate) fn binary(bytes: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    scaled(bytes, 1024.0, &units, 4)
}

fn scaled(bytes: f64, base: f64, units: &[&str], digits: usize) -> String {
    let mut size = bytes;
    let mut at = 0;
    while size >= base && at + 1 < units.len() {
        size /= base;
        at += 1;
    }
    format!("{}{}", significant(size, digits), units[at])
}

/// Go's `%.<digits>g` of a number that is not negative.
fn significant(number: f64, digits: usize) -> String {
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let shortened = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if exponent < -4 || exponent >= i32::try_from(digits).unwrap_or(i32::MAX) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", shortened(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(i32::try_from(digits).unwrap_or(0) - 1 - exponent).unwrap_or(0);
    shortened(&format!("{number:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_of_thousands() {
        for (bytes, text) in [
            (0.0, "0B"),
            (999.0, "999B"),
            (1054.0, "1.05kB"),
            (174_000_000.0, "174MB"),
            (12_300.0, "12.3kB"),
            (999_900.0, "1e+03kB"),
        ] {
            assert_eq!(decimal(bytes), text);
        }
    }

    #[test]
    fn four_digits_of_1024() {
        for (bytes, text) in
            [(0.0, "0B"), (1_572_864.0, "1.5MiB"), (25_157_763_891.0, "23.43GiB"), (1010.0 * 1024.0, "1010KiB")]
        {
            assert_eq!(binary(bytes), text);
        }
    }
}
