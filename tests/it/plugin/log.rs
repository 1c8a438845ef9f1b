//! What is on stderr.

use serde_json::Value;

use super::host::{Credentials, Plugin, obeys};

async fn log(variables: &[(&str, &str)]) -> Vec<Value> {
    let plugin = Plugin::start_with(Some(Credentials::new()), |command| {
        command.envs(variables.iter().copied());
    });
    obeys(plugin.connect().await).await.unwrap();
    let ended = plugin.shut_down().await;
    ended.expect_clean();
    ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn nothing_unless_asked_for() {
    assert!(log(&[]).await.is_empty());
    assert!(log(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "OFF")]).await.is_empty());
}

#[tokio::test]
async fn every_line_is_one_that_the_host_parses() {
    let lines = log(&[("TF_LOG", "TRACE")]).await;
    for line in &lines {
        for name in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[name].is_string(), "{line}");
        }
        // Only the provider's own: what libraries log may quote what they carry.
        assert!(line["@module"].as_str().unwrap().starts_with("pgum."), "{line}");
    }
    let calls: Vec<_> = lines.iter().filter(|line| line["rpc"] == "GetProviderSchema").collect();
    assert_eq!(calls.len(), 2, "{lines:?}");
    let levels = log(&[("TF_LOG_PROVIDER_PGUM", "debug")]).await;
    assert!(!levels.is_empty() && levels.iter().all(|line| line["@level"] != "trace"), "{levels:?}");
}
