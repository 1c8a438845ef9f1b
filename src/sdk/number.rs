//! Numbers of any size and precision that Terraform has.

use std::fmt;
use std::str::FromStr;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::{ToPrimitive, Zero};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// How many digits a number may have on either side of the decimal point. Terraform's own numbers have a
/// mantissa of 512 bits (154 digits) but nearly any exponent; `1e999999999` is eleven bytes on the wire and
/// a gigabyte written out.
const MAX_DIGITS: u64 = 10_000;

/// The name by which serde's model of a number is known to [`super::model`].
pub(super) const SERDE_NAME: &str = "$pgum::sdk::Number";

/// A finite decimal number. Two numbers are equal when their values are, however they were written.
///
/// As a serde type outside of [`super::model`] it is its decimal text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(
    /// Always canonical: no trailing zero after the point, and a scale of 0 or more. Hash rests on it, and
    /// no operation can meet a huge exponent.
    BigDecimal,
);

/// Why something is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    /// It is not decimal text.
    Syntax,
    /// It is an infinity or not a number.
    NotFinite,
    /// It has more than 10,000 digits before or after the decimal point.
    TooLong,
}

impl Number {
    /// Reads decimal text as Terraform writes and reads it: an optional sign, digits with an optional point,
    /// an optional exponent. No infinity, no other base, no spaces, no digit separators.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (text, None),
        };
        let (negative, unsigned) = split_sign(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(not_decimal(unsigned));
        }
        if !all_digits(whole) || !all_digits(fraction) {
            return Err(not_decimal(unsigned));
        }
        let exponent = match exponent {
            Some(exponent) => parse_exponent(exponent)?,
            None => 0,
        };

        // Zeros at the ends carry no value; without them the bounds below judge the value, not its spelling.
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        if whole.is_empty() && fraction.is_empty() {
            return Ok(Self(BigDecimal::zero()));
        }
        let whole_digits = length(whole);
        let fraction_digits = length(fraction);
        let bound = digits_bound();
        if whole_digits.max(fraction_digits) > 2 * bound || exponent.abs() > 2 * bound {
            return Err(NumberError::TooLong);
        }
        let digits = format!("{}{whole}{fraction}", if negative { "-" } else { "" });
        let digits: BigInt = digits.parse().map_err(|_| NumberError::Syntax)?;
        Self::canonical(digits, fraction_digits - exponent)
    }

    /// The very number that the binary one stands for.
    pub fn from_f64(number: f64) -> Result<Self, NumberError> {
        if !number.is_finite() {
            return Err(NumberError::NotFinite);
        }
        BigDecimal::try_from(number).map_err(|_| NumberError::NotFinite)?.try_into()
    }

    /// The whole number, where it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        if self.is_whole() { self.0.to_i64() } else { None }
    }

    /// The whole number, where it is one, is not negative and fits.
    pub fn as_u64(&self) -> Option<u64> {
        if self.is_whole() { self.0.to_u64() } else { None }
    }

    /// The binary number, where there is one of exactly this value.
    pub fn as_f64_exact(&self) -> Option<f64> {
        let nearest = self.to_f64()?;
        (Self::from_f64(nearest).as_ref() == Ok(self)).then_some(nearest)
    }

    /// The nearest binary number; `None` where it is too large for any.
    pub fn to_f64(&self) -> Option<f64> {
        // The standard library's parser rounds correctly.
        self.to_text().parse::<f64>().ok().filter(|nearest| nearest.is_finite())
    }

    /// Decimal text as Terraform writes it: all digits, no exponent, no superfluous zero.
    pub fn to_text(&self) -> String {
        self.0.to_plain_string()
    }

    /// The decimal itself.
    pub fn as_decimal(&self) -> &BigDecimal {
        &self.0
    }

    fn is_whole(&self) -> bool {
        self.0.fractional_digit_count() == 0
    }

    /// The number `digits * 10^-scale`, brought to the canonical form.
    fn canonical(digits: BigInt, scale: i64) -> Result<Self, NumberError> {
        if digits.is_zero() {
            return Ok(Self(BigDecimal::zero()));
        }
        let bound = digits_bound();
        // Well before anything is expanded to `scale` digits.
        if scale.unsigned_abs() > 4 * MAX_DIGITS || digits.bits() > 16 * MAX_DIGITS {
            return Err(NumberError::TooLong);
        }
        let normalized = BigDecimal::new(digits, scale).normalized();
        let scale = normalized.fractional_digit_count();
        let whole_digits = i64::try_from(normalized.digits()).unwrap_or(i64::MAX).saturating_sub(scale);
        if scale > bound || whole_digits > bound {
            return Err(NumberError::TooLong);
        }
        Ok(Self(if scale < 0 { normalized.with_scale(0) } else { normalized }))
    }
}

fn digits_bound() -> i64 {
    i64::try_from(MAX_DIGITS).unwrap_or(i64::MAX)
}

fn length(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn not_decimal(unsigned: &str) -> NumberError {
    if ["inf", "infinity", "nan"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        NumberError::NotFinite
    } else {
        NumberError::Syntax
    }
}

/// An exponent; one that does not fit 64 bits comes back as the largest, for the bounds to refuse.
fn parse_exponent(text: &str) -> Result<i64, NumberError> {
    let (negative, digits) = split_sign(text);
    if digits.is_empty() || !all_digits(digits) {
        return Err(NumberError::Syntax);
    }
    let exponent = digits.parse::<i64>().unwrap_or(i64::MAX);
    Ok(if negative { -exponent } else { exponent })
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(BigDecimal::from(number))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(BigDecimal::from(number))
    }
}

impl TryFrom<BigDecimal> for Number {
    type Error = NumberError;

    fn try_from(number: BigDecimal) -> Result<Self, NumberError> {
        let (digits, scale) = number.into_bigint_and_scale();
        Self::canonical(digits, scale)
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "is not a decimal number",
            Self::NotFinite => "is not a finite number",
            Self::TooLong => "has more than 10,000 digits before or after the decimal point",
        })
    }
}

impl std::error::Error for NumberError {}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(SERDE_NAME, &self.to_text())
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor;

        impl<'de> Visitor<'de> for NumberVisitor {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Number, D::Error> {
                inner.deserialize_str(self)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                Number::parse(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_newtype_struct(SERDE_NAME, NumberVisitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn reads_every_decimal_spelling() {
        for (text, canonical) in [
            ("0", "0"),
            ("-0", "0"),
            ("0e999999999", "0"),
            ("1", "1"),
            ("+1", "1"),
            ("1.0", "1"),
            ("001.500", "1.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-1.5e3", "-1500"),
            ("1E-3", "0.001"),
            ("15e+2", "1500"),
            ("100000000000000000000000000000", "100000000000000000000000000000"),
            ("0.1", "0.1"),
        ] {
            assert_eq!(parse(text).to_text(), canonical, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in [
            "", ".", "-", "e5", "1e", "1e+", "1_000", " 1", "1 ", "0x10", "1p4", "1.2.3", "--1", "1e1.5", "١",
        ] {
            assert_eq!(Number::parse(text), Err(NumberError::Syntax), "{text}");
        }
        for text in ["Inf", "-inf", "+Infinity", "NaN"] {
            assert_eq!(Number::parse(text), Err(NumberError::NotFinite), "{text}");
        }
        for number in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(Number::from_f64(number), Err(NumberError::NotFinite));
        }
    }

    #[test]
    fn refuses_what_would_exhaust_memory() {
        for text in ["1e999999999", "-1e-999999999", "1e10000", "1e99999999999999999999999", "1e-10001"] {
            assert_eq!(Number::parse(text), Err(NumberError::TooLong), "{text}");
        }
        assert_eq!(Number::parse(&"9".repeat(10_001)), Err(NumberError::TooLong));
        assert_eq!(Number::parse(&"9".repeat(10_000_000)), Err(NumberError::TooLong));
        for scale in [i64::MIN, i64::MAX] {
            assert_eq!(Number::try_from(BigDecimal::new(1.into(), scale)), Err(NumberError::TooLong));
        }
        assert_eq!(parse("1e9999").to_text().len(), 10_000);
        assert_eq!(parse("1e-10000").to_text().len(), 10_002);
    }

    #[test]
    fn is_whole_only_where_it_fits() {
        assert_eq!(parse("9223372036854775807").as_i64(), Some(i64::MAX));
        assert_eq!(parse("9223372036854775808").as_i64(), None);
        assert_eq!(parse("-9223372036854775808").as_i64(), Some(i64::MIN));
        assert_eq!(parse("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(parse("18446744073709551616").as_u64(), None);
        assert_eq!(parse("-1").as_u64(), None);
        assert_eq!(parse("1.5").as_i64(), None);
        assert_eq!(parse("15e-1").as_u64(), None);
        assert_eq!(parse("1e9000").as_i64(), None);
        assert_eq!(parse("12e2").as_i64(), Some(1200));
    }

    #[test]
    fn is_binary_only_where_that_is_exact() {
        assert_eq!(parse("0.5").as_f64_exact(), Some(0.5));
        assert_eq!(parse("0.1").as_f64_exact(), None);
        assert_eq!(Number::from_f64(0.1).unwrap().as_f64_exact(), Some(0.1));
        assert_ne!(Number::from_f64(0.1).unwrap(), parse("0.1"));
        assert_eq!(parse("9007199254740993").as_f64_exact(), None);
        assert_eq!(parse("1e400").to_f64(), None);
        assert_eq!(parse("0.1").to_f64(), Some(0.1));
        assert_eq!(Number::from_f64(5e-324).unwrap().as_f64_exact(), Some(5e-324));
        assert_eq!(Number::from_f64(f64::MAX).unwrap().as_f64_exact(), Some(f64::MAX));
    }

    #[test]
    fn equal_values_are_one_in_a_set() {
        let spellings = ["100", "1e2", "100.00", "+100", "1000e-1"];
        let distinct: HashSet<Number> = spellings.iter().map(|text| parse(text)).collect();
        assert_eq!(distinct.len(), 1);
        assert!(distinct.contains(&Number::from(100_i64)));
        assert!(distinct.contains(&Number::from(100_u64)));
    }

    proptest! {
        #[test]
        fn text_round_trips(digits in "[0-9]{1,40}", fraction in "[0-9]{0,40}", negative: bool, exponent in -300_i32..300) {
            let text = format!("{}{digits}.{fraction}e{exponent}", if negative { "-" } else { "" });
            let number = parse(&text);
            prop_assert_eq!(&parse(&number.to_text()), &number);
            // An independent reading of the same text.
            prop_assert_eq!(number.as_decimal(), &text.parse::<BigDecimal>().unwrap());
        }

        #[test]
        fn binary_round_trips(number in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO) {
            let exact = Number::from_f64(number).unwrap();
            prop_assert_eq!(exact.as_f64_exact(), Some(number));
            prop_assert_eq!(&parse(&exact.to_text()), &exact);
        }

        #[test]
        fn whole_numbers_round_trip(signed: i64, unsigned: u64) {
            prop_assert_eq!(Number::from(signed).as_i64(), Some(signed));
            prop_assert_eq!(Number::from(unsigned).as_u64(), Some(unsigned));
            prop_assert_eq!(parse(&signed.to_string()), Number::from(signed));
        }

        #[test]
        fn any_text_is_judged_without_a_panic(text in "[-+0-9eE._a-z]{0,24}") {
            let _ = Number::parse(&text);
        }
    }
}
