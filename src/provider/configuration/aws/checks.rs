//! Checks of what is written in `aws`. An empty text counts as not written.

use std::time::Duration;

use crate::aws::{Region, parse_duration};
use crate::sdk::{Diagnostics, Path, Value};

/// What STS allows.
const SHORTEST: Duration = Duration::from_secs(900);
const LONGEST: Duration = Duration::from_secs(12 * 3_600);

fn written<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() => None,
        found => found,
    }
}

fn text(value: &Value) -> &str {
    match value {
        Value::String(text) => text,
        _ => "",
    }
}

/// Of the object as a whole: what goes together, and what does not.
pub(super) fn together(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let has = |name: &str| written(value, name).is_some();
    for (one, other) in [("access_key", "secret_key"), ("secret_key", "access_key"), ("token", "access_key")]
    {
        if has(one) && !has(other) {
            diagnostics.error(
                path.with_attribute(one),
                format!("{one} without {other}"),
                "access_key and secret_key go together, with the session token in token where they are temporary. Write \
                 them all, or none: the AWS SDK then looks for credentials in its own order.",
            );
        }
    }
    chained_for_an_hour(value, path, diagnostics);
    for (unused, by) in [
        ("profile", "access_key"),
        ("access_key", "assume_role_with_web_identity"),
        ("profile", "assume_role_with_web_identity"),
    ] {
        if has(unused) && has(by) {
            diagnostics.warning(
                path.with_attribute(unused),
                format!("{unused} gives no credentials beside {by}"),
                format!("The first credentials come from {by}. Leave one of the two out."),
            );
        }
    }
}

/// STS allows an hour to a role that is assumed with a role's credentials, whatever the role's own maximum.
fn chained_for_an_hour(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let Some(Value::List(roles)) = value.get("assume_role") else { return };
    let first = usize::from(written(value, "assume_role_with_web_identity").is_none());
    for (index, role) in roles.iter().enumerate().skip(first) {
        let duration = written(role, "duration").and_then(|duration| parse_duration(text(duration)));
        if duration.is_some_and(|duration| (Duration::from_secs(3_601)..=LONGEST).contains(&duration)) {
            diagnostics.error(
                path.with_attribute("assume_role")
                    .with_index(i64::try_from(index).unwrap_or(i64::MAX))
                    .with_attribute("duration"),
                "A role that is assumed from a role lasts an hour at most",
                "AWS limits it so, whatever the role's own maximum is. Write 1h or less, or leave duration out: the role is \
                 assumed again whenever it ends.",
            );
        }
    }
}

/// Of `assume_role_with_web_identity`.
pub(super) fn one_token(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let has = |name: &str| written(value, name).is_some();
    if has("web_identity_token") == has("web_identity_token_file") {
        diagnostics.error(
            path.clone(),
            "A web identity has one token",
            "Write either web_identity_token or web_identity_token_file. A file is read anew each time, so its token may be \
             renewed in a long run; a token that is written cannot be.",
        );
    }
}

pub(super) fn region(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if text(value).is_empty() {
        return;
    }
    if let Err(error) = Region::parse(text(value)) {
        diagnostics.error(path.clone(), "This is no AWS region", format!("{error}."));
    }
}

pub(super) fn duration(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let text = text(value);
    if text.is_empty() {
        return;
    }
    let why = match parse_duration(text) {
        None => "A duration reads 1h, 30m, 1h30m or 900s.",
        Some(duration) if !(SHORTEST..=LONGEST).contains(&duration) => {
            "A session of a role lasts from 15m to 12h (1h, where the role is assumed from another role)."
        }
        Some(_) => return,
    };
    diagnostics.error(path.clone(), "This is no duration of a role's session", format!("{text:?}: {why}"));
}

pub(super) fn policy(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let text = text(value);
    let why = match serde_json::from_str::<serde_json::Value>(text) {
        _ if text.is_empty() => return,
        Ok(serde_json::Value::Object(_)) => return,
        Ok(_) => "it is no object".to_owned(),
        Err(error) => error.to_string(),
    };
    diagnostics.error(
        path.clone(),
        "This is no policy in JSON",
        format!("{why}. jsonencode and the data source aws_iam_policy_document make one."),
    );
}

pub(super) fn policy_arns(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let (Value::Set(elements) | Value::List(elements)) = value else { return };
    for element in elements {
        let arn = text(element);
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let is_policy = matches!(fields[..], ["arn", partition, "iam", "", _, resource] if partition.starts_with("aws") && resource.starts_with("policy/"));
        if !is_policy {
            diagnostics.error(
                path.clone(),
                "This is no ARN of a policy",
                format!("{arn:?}: an ARN of a policy reads arn:aws:iam::123456789012:policy/path/name."),
            );
        }
    }
}

/// `session_name` and `source_identity` (STS: 2 to 64 of these).
pub(super) fn session_name(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    named(value, path, diagnostics, (2, 64), "_+=,.@-");
}

/// `external_id` (STS: 2 to 1224 of these).
pub(super) fn external_id(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    named(value, path, diagnostics, (2, 1_224), "_+=,.@:/-");
}

fn named(
    value: &Value,
    path: &Path,
    diagnostics: &mut Diagnostics,
    (least, most): (usize, usize),
    marks: &str,
) {
    let text = text(value);
    let allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    if text.is_empty() || ((least..=most).contains(&text.len()) && text.chars().all(allowed)) {
        return;
    }
    diagnostics.error(
        path.clone(),
        format!("`{path}` is not as STS wants it"),
        format!("{text:?}: it has {least} to {most} letters, digits and {marks}"),
    );
}

pub(super) fn url(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let text = text(value);
    let is_url = text.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if !text.is_empty() && !is_url {
        diagnostics.error(
            path.clone(),
            "This is no URL",
            format!("{text:?}: an endpoint reads https://sts.eu-west-1.amazonaws.com."),
        );
    }
}
