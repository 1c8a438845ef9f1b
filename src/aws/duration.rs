//! Durations as Go writes them, which is how the AWS provider has them: `1h`, `1h30m`, `900s`.

use std::time::Duration;

/// Reads a duration in hours, minutes and seconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, unit) = rest.split_at(digits);
        let seconds_each = match unit.chars().next()? {
            'h' => 3_600.0,
            'm' => 60.0,
            's' => 1.0,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        total = total.checked_add(Duration::try_from_secs_f64(number * seconds_each).ok()?)?;
        rest = &unit[1..];
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_written() {
        for (text, seconds) in [
            ("1h", 3_600),
            ("15m", 900),
            ("900s", 900),
            ("1h30m", 5_400),
            ("1h0m1s", 3_601),
            ("1.5h", 5_400),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_cannot() {
        for text in ["", "1", "h", "1d", "1h1", "-1h", "1 h", "1..5h", "1h ", "1e9h", "1hour", "1ä", "infs"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[0-9hms.]{0,30}|\\PC{0,20}") {
            parse_duration(&text);
        }
    }
}
