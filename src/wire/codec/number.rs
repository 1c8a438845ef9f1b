//! Numbers as text and as floats.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use bigdecimal::num_traits::ToPrimitive;

use super::Error;
use crate::sdk::Number;

/// How many digits before or behind the point a number may have. Terraform's 512 bits are 155 digits; a text
/// like `1e999999999` must not become a gigabyte of zeros.
const MAX_DIGITS: usize = 4096;

/// Reads decimal text.
pub(super) fn from_text(text: &str) -> Result<Number, Error> {
    if text.len() > MAX_DIGITS {
        return Err(too_large());
    }
    let decimal = BigDecimal::from_str(text).map_err(|_| Error::new("a number is required"))?;
    check_size(&decimal)?;
    Ok(Number::from(decimal))
}

/// Reads a float: exactly the number that its bits are.
pub(super) fn from_f64(float: f64) -> Result<Number, Error> {
    if !float.is_finite() {
        return Err(Error::new("a finite number is required"));
    }
    let decimal = BigDecimal::try_from(float).map_err(|_| Error::new("a number is required"))?;
    Ok(Number::from(decimal))
}

/// The float that is exactly this number, where there is one.
pub(super) fn to_exact_f64(number: &Number) -> Option<f64> {
    let float = number.as_decimal().to_f64()?;
    let back = from_f64(float).ok()?;
    (back == *number).then_some(float)
}

/// All digits, without an exponent.
pub(super) fn to_text(number: &Number) -> Result<String, Error> {
    check_size(number.as_decimal())?;
    Ok(number.as_decimal().normalized().to_plain_string())
}

fn check_size(decimal: &BigDecimal) -> Result<(), Error> {
    let digits_behind_the_point = decimal.fractional_digit_count().unsigned_abs();
    if digits_behind_the_point > MAX_DIGITS as u64 || decimal.digits() > MAX_DIGITS as u64 {
        return Err(too_large());
    }
    Ok(())
}

fn too_large() -> Error {
    Error::new(format!("a number of at most {MAX_DIGITS} digits is required"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_exact() {
        assert_eq!(from_f64(0.5).unwrap(), from_text("0.5").unwrap());
        assert_eq!(
            from_f64(0.1).unwrap(),
            from_text("0.1000000000000000055511151231257827021181583404541015625").unwrap()
        );
        assert_eq!(to_exact_f64(&from_text("0.1").unwrap()), None);
        assert_eq!(to_exact_f64(&from_text("-2.75").unwrap()), Some(-2.75));
        assert!(from_f64(f64::NAN).is_err());
        assert!(from_f64(f64::INFINITY).is_err());
        assert_eq!(from_f64(f64::MIN_POSITIVE).map(|n| to_exact_f64(&n)), Ok(Some(f64::MIN_POSITIVE)));
    }

    #[test]
    fn exponents_cannot_exhaust_memory() {
        assert!(from_text("1e999999999").is_err());
        assert!(from_text("1e-999999999").is_err());
        assert!(from_text(&"9".repeat(MAX_DIGITS + 1)).is_err());
        assert_eq!(to_text(&from_text("1e30").unwrap()).unwrap(), format!("1{}", "0".repeat(30)));
        let huge = Number::from(BigDecimal::new(1.into(), -1_000_000_000));
        assert!(to_text(&huge).is_err());
    }

    #[test]
    fn text_is_plain() {
        for text in ["0", "-1", "1.5", "18446744073709551616", "0.000001", "100"] {
            assert_eq!(to_text(&from_text(text).unwrap()).unwrap(), text);
        }
        assert_eq!(to_text(&from_text("1.500").unwrap()).unwrap(), "1.5");
        assert!(from_text("").is_err());
        assert!(from_text("ten").is_err());
        assert!(from_text("Inf").is_err());
    }
}
