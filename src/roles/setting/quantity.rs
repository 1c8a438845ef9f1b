//! Numbers with and without a unit.

/// A number as the server reads it, in thousandths of the smallest unit of its kind where it has a unit.
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

/// A unit, and how many bytes or microseconds it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Unit {
    kind: Kind,
    size: f64,
}

const BYTE: Unit = Unit { kind: Kind::Memory, size: 1.0 };
const KILOBYTE: Unit = Unit { kind: Kind::Memory, size: 1024.0 };
/// `BLCKSZ` and `XLOG_BLCKSZ` as everybody builds them.
const BLOCK: Unit = Unit { kind: Kind::Memory, size: 8192.0 };
const MILLISECOND: Unit = Unit { kind: Kind::Time, size: 1e3 };
const SECOND: Unit = Unit { kind: Kind::Time, size: 1e6 };

impl Unit {
    /// The server's own spellings; case matters to it.
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "B" => BYTE,
            "kB" => KILOBYTE,
            "MB" => Self { kind: Kind::Memory, size: 1024f64.powi(2) },
            "GB" => Self { kind: Kind::Memory, size: 1024f64.powi(3) },
            "TB" => Self { kind: Kind::Memory, size: 1024f64.powi(4) },
            "us" => Self { kind: Kind::Time, size: 1.0 },
            "ms" => MILLISECOND,
            "s" => SECOND,
            "min" => Self { kind: Kind::Time, size: 60e6 },
            "h" => Self { kind: Kind::Time, size: 3600e6 },
            "d" => Self { kind: Kind::Time, size: 86_400e6 },
            _ => return None,
        })
    }
}

impl Quantity {
    /// A decimal number and perhaps a unit, with white space around and between. Not the octal and hexadecimal numbers
    /// that the server takes too: `010` is 8 to it.
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

/// Whether two numbers are the same value of a setting. A number without a unit is in the setting's own; where that
/// is not known here, it is the same as no number with one.
pub(super) fn equal(name: &str, a: Quantity, b: Quantity) -> bool {
    let base = base_unit(name);
    match (a.unit, b.unit) {
        (None, None) => a.number == b.number,
        _ => match (a.unit.or(base), b.unit.or(base)) {
            (Some(a_unit), Some(b_unit)) if a_unit.kind == b_unit.kind => {
                in_unit(a.number, a_unit, base) == in_unit(b.number, b_unit, base)
            }
            _ => false,
        },
    }
}

/// The number in the setting's unit, to the whole one as the server rounds it; in bytes or microseconds where the
/// setting's unit is not known.
fn in_unit(number: f64, unit: Unit, base: Option<Unit>) -> f64 {
    match base {
        Some(base) if base.kind == unit.kind => (number * unit.size / base.size).round_ties_even(),
        _ => number * unit.size,
    }
}

/// `pg_settings.unit` of the settings that a role can have and that hold whole numbers. -1 and 0 mean the same with any
/// unit or none, but a limit's -1 is never written with one.
fn base_unit(name: &str) -> Option<Unit> {
    Some(match name {
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
        | "wal_sender_timeout" => MILLISECOND,
        "post_auth_delay" | "tcp_keepalives_idle" | "tcp_keepalives_interval" => SECOND,
        _ => return None,
    })
}
