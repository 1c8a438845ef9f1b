//! Until when a password is valid.

use std::fmt;

use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

/// VALID UNTIL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValidUntil {
    /// NULL or `infinity`: the same, and NULL cannot be set again.
    Never,
    /// A moment, to the microsecond.
    At(OffsetDateTime),
    /// What no RFC 3339 text can say (`-infinity`, BC, the year 294276): as the server writes it in UTC, ISO
    /// style.
    Text(String),
}

/// Why a text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidUntilError {
    /// Not of the form of RFC 3339, or no such day or time.
    NotRfc3339,
    /// The hour 24: the next day's 0 is meant.
    Hour24,
    /// A leap second, which PostgreSQL does not keep.
    LeapSecond,
    /// In UTC before the year 1 or after 9999.
    OutOfRange,
}

impl ValidUntil {
    /// A text that a person wrote: RFC 3339, or `infinity`. Digits beyond the microsecond are rounded as
    /// PostgreSQL rounds them, to the nearest and from the middle to the even one. What the server holds and
    /// RFC 3339 cannot say is taken in the server's own form, as `Display` shows it, so that a state's text
    /// can be written down again.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, ValidUntilError> {
        if text.eq_ignore_ascii_case("infinity") {
            return Ok(Self::Never);
        }
        if is_beyond_rfc3339(text) {
            return Ok(Self::Text(text.to_owned()));
        }
        // `time` takes any character between day and time; RFC 3339 means `T`.
        if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
            return Err(ValidUntilError::NotRfc3339);
        }
        match text.get(11..) {
            Some(time) if time.starts_with("24:") => return Err(ValidUntilError::Hour24),
            // `time` would make it the last nanosecond before.
            Some(time) if time.get(5..8) == Some(":60") => return Err(ValidUntilError::LeapSecond),
            _ => {}
        }
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| ValidUntilError::NotRfc3339)?;
        Self::at(moment).ok_or(ValidUntilError::OutOfRange)
    }

    /// What the server says in a session with `TimeZone = UTC` and `DateStyle = ISO`. NULL is `Never`.
    pub fn from_server(text: &str) -> Self {
        if text == "infinity" {
            return Self::Never;
        }
        server_moment(text).and_then(Self::at).unwrap_or_else(|| Self::Text(text.to_owned()))
    }

    /// Whether it is the same moment, however it is written.
    pub fn is_same(&self, other: &Self) -> bool {
        let normal = |value: &Self| match value {
            Self::Text(text) => Self::from_server(text),
            value => value.clone(),
        };
        self == other || normal(self) == normal(other)
    }

    /// The moment in UTC to the microsecond, if RFC 3339 can say it.
    fn at(moment: OffsetDateTime) -> Option<Self> {
        let moment = moment.checked_to_offset(UtcOffset::UTC)?;
        let beyond = i64::from(moment.nanosecond() % 1_000);
        let up = beyond > 500 || (beyond == 500 && moment.microsecond() % 2 == 1);
        let moment = moment.checked_add(Duration::nanoseconds(if up { 1_000 - beyond } else { -beyond }))?;
        (1..=9999).contains(&moment.year()).then_some(Self::At(moment))
    }
}

/// RFC 3339 in UTC, `infinity`, or the server's own text. The server takes each of them for a literal.
impl fmt::Display for ValidUntil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("infinity"),
            Self::At(moment) => {
                let moment = moment.to_offset(UtcOffset::UTC);
                f.write_str(&moment.format(&Rfc3339).map_err(|_| fmt::Error)?)
            }
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for ValidUntilError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRfc3339 => {
                "this is no RFC 3339 timestamp, such as 2030-01-31T18:00:00Z or 2030-01-31T18:00:00+01:00, \
                 nor `infinity`"
            }
            Self::Hour24 => "an RFC 3339 timestamp has no hour 24: write 00:00:00 of the next day",
            Self::LeapSecond => "PostgreSQL keeps no leap seconds: write the second before or after",
            Self::OutOfRange => "the year, in UTC, must be from 0001 to 9999; for no limit write `infinity`",
        })
    }
}

impl std::error::Error for ValidUntilError {}

/// A timestamp as the server writes it, its digits not yet looked at.
struct ServerText<'a> {
    year: &'a str,
    month: &'a str,
    day: &'a str,
    hour: &'a str,
    minute: &'a str,
    second: &'a str,
    fraction: &'a str,
    before_christ: bool,
}

/// `YYYY-MM-DD HH:MM:SS[.ffffff]+00[ BC]`, the year with four digits or more.
fn server_text(text: &str) -> Option<ServerText<'_>> {
    let (text, before_christ) = match text.strip_suffix(" BC") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (date, time) = text.strip_suffix("+00")?.split_once(' ')?;
    let [year, month, day] = parts(date, '-')?;
    let [hour, minute, second] = parts(time, ':')?;
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let two = |text: &str| text.len() == 2 && all_digits(text);
    let well_formed = (4..=6).contains(&year.len())
        && all_digits(year)
        && [month, day, hour, minute, second].into_iter().all(two)
        && fraction.len() <= 6
        && all_digits(fraction);
    well_formed.then_some(ServerText { year, month, day, hour, minute, second, fraction, before_christ })
}

fn parts(text: &str, separator: char) -> Option<[&str; 3]> {
    text.split(separator).collect::<Vec<_>>().try_into().ok()
}

fn server_moment(text: &str) -> Option<OffsetDateTime> {
    let text = server_text(text)?;
    if text.before_christ || text.year.len() > 4 {
        return None;
    }
    let month = Month::try_from(text.month.parse::<u8>().ok()?).ok()?;
    let date = Date::from_calendar_date(text.year.parse().ok()?, month, text.day.parse().ok()?).ok()?;
    let microsecond = format!("{:0<6}", text.fraction).parse().ok()?;
    let time = Time::from_hms_micro(
        text.hour.parse().ok()?,
        text.minute.parse().ok()?,
        text.second.parse().ok()?,
        microsecond,
    )
    .ok()?;
    Some(date.with_time(time).assume_utc())
}

/// Whether a text is one of the server's that RFC 3339 has no form for.
fn is_beyond_rfc3339(text: &str) -> bool {
    text == "-infinity" || server_text(text).is_some_and(|text| text.before_christ || text.year.len() > 4)
}

#[cfg(test)]
mod tests;
