//! Numbers with and without a unit.

/// A number as the server reads it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quantity {
    number: f64,
    unit: Option<Unit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Memory,
    Time,
}

/// A unit: how many bytes or microseconds it is, and how many of the next smaller unit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Unit {
    kind: Kind,
    size: f64,
    step: Option<f64>,
}

const BYTE: Unit = Unit::memory(1.0, None);
const KILOBYTE: Unit = Unit::memory(1024.0, Some(1024.0));
/// `BLCKSZ` as everybody builds it. No number is written in it.
const BLOCK: Unit = Unit::memory(8192.0, None);
const MILLISECOND: Unit = Unit::time(1e3, Some(1e3));
const SECOND: Unit = Unit::time(1e6, Some(1e3));

impl Unit {
    const fn memory(size: f64, step: Option<f64>) -> Self {
        Self { kind: Kind::Memory, size, step }
    }

    const fn time(size: f64, step: Option<f64>) -> Self {
        Self { kind: Kind::Time, size, step }
    }

    /// The server's own spellings; case matters to it.
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "B" => BYTE,
            "kB" => KILOBYTE,
            "MB" => Self::memory(1024f64.powi(2), Some(1024.0)),
            "GB" => Self::memory(1024f64.powi(3), Some(1024.0)),
            "TB" => Self::memory(1024f64.powi(4), Some(1024.0)),
            "us" => Self::time(1.0, None),
            "ms" => MILLISECOND,
            "s" => SECOND,
            "min" => Self::time(60e6, Some(60.0)),
            "h" => Self::time(3600e6, Some(60.0)),
            "d" => Self::time(86_400e6, Some(24.0)),
            _ => return None,
        })
    }
}

impl Quantity {
    /// A decimal number and perhaps a unit, with white space around and between. Not the octal and
    /// hexadecimal numbers that the server takes too: `010` is 8 to it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
        let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let digits = number.trim_start_matches(['+', '-']);
        let octal = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let number = number.parse::<f64>().ok().filter(|number| number.is_finite() && !octal)?;
        let unit = match unit.trim_start_matches(|c: char| c.is_ascii_whitespace()) {
            "" => None,
            unit => Some(Unit::parse(unit)?),
        };
        Some(Self { number, unit })
    }
}

/// Whether two numbers are the same value of a setting. A number without a unit is in the setting's own;
/// where that is not known here, it is the same as no number with one.
pub(super) fn equal(name: &str, a: Quantity, b: Quantity) -> bool {
    let base = base_unit(name);
    match (a.unit, b.unit) {
        (None, None) => a.number == b.number,
        _ => match (a.value(base), b.value(base)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

/// A time in whole milliseconds; `None` where it is no time.
pub(super) fn milliseconds(quantity: Quantity) -> Option<f64> {
    quantity.value(Some(Base { unit: MILLISECOND, whole: true })).map(|(_, value)| value)
}

/// A unit as `pg_settings` writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WrittenUnit(Unit);

impl WrittenUnit {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "8kB" { Some(Self(BLOCK)) } else { Unit::parse(text).map(Self) }
    }
}

impl Quantity {
    /// The number in that unit; `None` where it has another one that does not fit.
    pub(super) fn exactly_in(self, unit: Option<WrittenUnit>) -> Option<f64> {
        match (self.unit, unit) {
            (None, _) => Some(self.number),
            (Some(written), Some(WrittenUnit(unit))) if written.kind == unit.kind => {
                Some(self.number * written.size / unit.size)
            }
            (Some(_), _) => None,
        }
    }

    /// Its kind, and the number in the setting's unit as the server rounds it; in bytes or microseconds where
    /// the setting's unit is not known.
    fn value(self, base: Option<Base>) -> Option<(Kind, f64)> {
        let unit = self.unit.or(base.map(|base| base.unit))?;
        // `convert_to_base_unit` in guc.c: a fraction counts to the whole of the next smaller unit, 30.1GB in
        // MB.
        let size = match self.unit {
            Some(Unit { step: Some(step), .. }) => {
                (self.number * step).round_ties_even() * (unit.size / step)
            }
            _ => self.number * unit.size,
        };
        let value = match base {
            Some(base) if base.unit.kind != unit.kind => return None,
            Some(Base { unit, whole: true }) => (size / unit.size).round_ties_even(),
            Some(Base { unit, whole: false }) => size / unit.size,
            None => size,
        };
        Some((unit.kind, value))
    }
}

/// The unit of a setting's numbers, and whether they are whole.
#[derive(Debug, Clone, Copy)]
struct Base {
    unit: Unit,
    whole: bool,
}

/// `pg_settings.unit` of the settings that a role can have.
fn base_unit(name: &str) -> Option<Base> {
    let unit = match name {
        "log_parameter_max_length" | "log_parameter_max_length_on_error" => BYTE,
        "gin_pending_list_limit"
        | "log_temp_files"
        | "logical_decoding_work_mem"
        | "maintenance_work_mem"
        | "max_stack_depth"
        | "temp_file_limit"
        | "vacuum_buffer_usage_limit"
        | "wal_skip_threshold"
        | "work_mem" => KILOBYTE,
        "backend_flush_after"
        | "effective_cache_size"
        | "io_combine_limit"
        | "min_parallel_index_scan_size"
        | "min_parallel_table_scan_size"
        | "temp_buffers" => BLOCK,
        "client_connection_check_interval"
        | "deadlock_timeout"
        | "idle_in_transaction_session_timeout"
        | "idle_session_timeout"
        | "lock_timeout"
        | "log_min_duration_sample"
        | "log_min_duration_statement"
        | "statement_timeout"
        | "tcp_user_timeout"
        | "transaction_timeout"
        | "vacuum_cost_delay"
        | "wal_sender_timeout" => MILLISECOND,
        "post_auth_delay" | "tcp_keepalives_idle" | "tcp_keepalives_interval" => SECOND,
        _ => return None,
    };
    Some(Base { unit, whole: name != "vacuum_cost_delay" })
}
