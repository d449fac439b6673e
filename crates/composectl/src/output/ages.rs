//! How long ago, in docker's words.

/// Seconds as docker says them: `3 seconds`, `About a minute`, `2 hours`.
pub(crate) fn human(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    match seconds {
        ..1 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        _ if minutes == 1 => "About a minute".to_owned(),
        _ if minutes < 60 => format!("{minutes} minutes"),
        _ if hours == 1 => "About an hour".to_owned(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        _ if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        _ if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", hours / 24 / 365),
    }
}

/// Seconds from a moment, in nanoseconds since the Unix epoch, to now.
pub(crate) fn since(moment: i64) -> i64 {
    let now = jiff::Timestamp::now().as_nanosecond();
    i64::try_from((now - i128::from(moment)) / 1_000_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ages_are_told_as_docker_tells_them() {
        for (seconds, text) in [
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "About a minute"),
            (3599, "59 minutes"),
            (3600, "About an hour"),
            (7200, "2 hours"),
            (24 * 3600 * 3, "3 days"),
            (24 * 3600 * 20, "2 weeks"),
        ] {
            assert_eq!(super::human(seconds), text);
        }
    }
}
