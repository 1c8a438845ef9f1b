//! Log lines as hosts read them from a plugin's stderr: hclog's JSON, one object a line. The host prints
//! them at their level, in its own format.

use std::fmt;
use std::io::{self, Write};

use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// The variables that set the level, from the most special one. Terraform's own, and one for this provider alone.
const LEVEL_VARIABLES: [&str; 3] = ["TF_LOG_PROVIDER_PGUM", "TF_LOG_PROVIDER", "TF_LOG"];

/// The host parses exactly this.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Sends what this crate logs to stderr. What libraries log stays unheard: it may hold statements, frames and
/// tokens that must not be written anywhere.
pub(super) fn start(variable: impl Fn(&str) -> Option<String>) {
    let level = level(variable);
    if level == LevelFilter::OFF {
        return;
    }
    let layer = Hclog { out: io::stderr }.with_filter(Targets::new().with_target("pgum", level));
    // Fails where there is a subscriber already, as in a test: that one then listens.
    _ = tracing_subscriber::registry().with(layer).try_init();
}

fn level(variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let set = LEVEL_VARIABLES.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match set.as_deref().map(str::to_ascii_uppercase).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        // TRACE and JSON, and, as in Terraform, any other word.
        Some(_) => LevelFilter::TRACE,
    }
}

/// One line, in one write, so that no two mix. A host that does not listen any more is no reason to fail.
pub(super) fn write_line(
    mut out: impl Write,
    level: Level,
    module: &str,
    message: &str,
    fields: Map<String, Json>,
) {
    let mut line = Map::new();
    let level = level.as_str().to_ascii_lowercase();
    line.insert("@level".to_owned(), Json::from(level));
    // The host takes these four for strings without looking.
    line.insert("@message".to_owned(), Json::from(message));
    line.insert("@module".to_owned(), Json::from(module));
    if let Ok(now) = OffsetDateTime::now_utc().format(TIMESTAMP) {
        line.insert("@timestamp".to_owned(), Json::from(now));
    }
    line.extend(fields.into_iter().filter(|(name, _)| !name.starts_with('@')));
    let mut line = Json::Object(line).to_string();
    line.push('\n');
    _ = out.write_all(line.as_bytes());
}

struct Hclog<W> {
    out: W,
}

impl<S, W, O> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn() -> O + 'static,
    O: Write,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut all = Map::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                all.extend(fields.0.clone());
            }
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = match fields.0.remove("message") {
            Some(Json::String(message)) => message,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        all.extend(fields.0);
        let metadata = event.metadata();
        let module = metadata.target().replace("::", ".");
        write_line((self.out)(), *metadata.level(), &module, &message, all);
    }
}

#[derive(Default)]
struct Fields(Map<String, Json>);

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Json>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn parsed(&self) -> Vec<Map<String, Json>> {
            let bytes = self.0.lock().unwrap().clone();
            let text = String::from_utf8(bytes).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
    }

    #[test]
    fn lines_as_the_host_parses_them() {
        let lines = Lines::default();
        let out = lines.clone();
        let layer = Hclog { out: move || out.clone() }
            .with_filter(Targets::new().with_target("pgum", LevelFilter::DEBUG));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _span = tracing::info_span!("call", rpc = "ReadResource").entered();
            tracing::warn!(count = 3, error = %"a \"b\"\n", "two\nlines");
            tracing::trace!("not asked for");
            tracing::error!(target: "h2::frame", "of a library");
        });
        let parsed = lines.parsed();
        assert_eq!(parsed.len(), 1);
        let line = &parsed[0];
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "two\nlines");
        assert_eq!(line["@module"], "pgum.plugin.log.tests");
        assert_eq!(line["rpc"], "ReadResource");
        assert_eq!(line["count"], 3);
        assert_eq!(line["error"], "a \"b\"\n");
        // 2006-01-02T15:04:05.000000Z
        let timestamp = line["@timestamp"].as_str().unwrap();
        assert_eq!(timestamp.len(), 27, "{timestamp}");
        assert!(timestamp.ends_with('Z') && timestamp.as_bytes()[10] == b'T', "{timestamp}");
    }

    #[test]
    fn the_most_special_variable_sets_the_level() {
        let level = |set: &[(&str, &str)]| {
            level(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        assert_eq!(level(&[]), LevelFilter::OFF);
        assert_eq!(level(&[("TF_LOG", "")]), LevelFilter::OFF);
        assert_eq!(level(&[("TF_LOG", "json")]), LevelFilter::TRACE);
        assert_eq!(level(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "warn")]), LevelFilter::WARN);
        assert_eq!(level(&[("TF_LOG_PROVIDER", "TRACE"), ("TF_LOG_PROVIDER_PGUM", "off")]), LevelFilter::OFF);
    }
}
