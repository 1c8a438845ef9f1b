//! What holds for every call: failures stay in their call, and the end waits for what is under way.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::client::{client, decode, encode, expect_error, serve};
use super::lab::{SECRET, thing, thing_schema};
use crate::plugin::Cause;
use crate::plugin::proto::Empty;
use crate::plugin::proto::grpc_controller_client::GrpcControllerClient;
use crate::plugin::proto::grpc_stdio_client::GrpcStdioClient;
use crate::sdk::Value;
use crate::wire::proto::*;

fn validate(name: &str) -> validate_resource_config::Request {
    validate_resource_config::Request {
        type_name: "lab_thing".to_owned(),
        config: encode(&thing(name), &thing_schema().ty()),
        client_capabilities: None,
    }
}

fn create(name: &str) -> apply_resource_change::Request {
    apply_resource_change::Request {
        type_name: "lab_thing".to_owned(),
        prior_state: encode(&Value::Null, &thing_schema().ty()),
        planned_state: encode(&thing(name), &thing_schema().ty()),
        config: encode(&thing(name), &thing_schema().ty()),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_panic_becomes_a_diagnostic_and_the_next_call_works() {
    let mut client = client().await;
    let answer = client.validate_resource_config(validate("panic in validate")).await.unwrap().into_inner();
    let error = expect_error(&answer.diagnostics, "bug in ValidateResourceConfig");
    assert!(!error.summary.contains(SECRET) && !error.detail.contains(SECRET));
    let answer = client.validate_resource_config(validate("good")).await.unwrap().into_inner();
    assert!(answer.diagnostics.is_empty());
}

#[tokio::test]
async fn malformed_values_become_diagnostics() {
    let mut client = client().await;
    for bytes in [b"\x81".as_slice(), b"\xc1", b"\x01", &[0x91; 100_000], b"\xdf\xff\xff\xff\xff"] {
        let config = Some(DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
        let request = validate_resource_config::Request { config, ..validate("") };
        let answer = client.validate_resource_config(request).await.unwrap().into_inner();
        expect_error(&answer.diagnostics, "cannot read the configuration");
    }
    let config = Some(DynamicValue { msgpack: Vec::new(), json: b"{".to_vec() });
    let request = validate_resource_config::Request { config, ..validate("") };
    let answer = client.validate_resource_config(request).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "cannot read the configuration");
}

#[tokio::test]
async fn what_is_not_declared_is_said() {
    let mut client = client().await;
    let type_name = || "lab_other".to_owned();
    macro_rules! undeclared {
        ($($call:ident($field:ident)),* $(,)?) => {$(
            let mut request = $call::Request::default();
            request.$field = type_name();
            let answer = client.$call(request).await.unwrap().into_inner();
            expect_error(&answer.diagnostics, "lab_other");
        )*};
    }
    undeclared!(
        validate_resource_config(type_name),
        upgrade_resource_state(type_name),
        upgrade_resource_identity(type_name),
        read_resource(type_name),
        plan_resource_change(type_name),
        apply_resource_change(type_name),
        import_resource_state(type_name),
        move_resource_state(target_type_name),
        generate_resource_config(type_name),
        validate_data_resource_config(type_name),
        read_data_source(type_name),
        validate_ephemeral_resource_config(type_name),
        open_ephemeral_resource(type_name),
        renew_ephemeral_resource(type_name),
        close_ephemeral_resource(type_name),
        validate_list_resource_config(type_name),
        validate_action_config(type_name),
        plan_action(action_type),
        configure_state_store(type_name),
        lock_state(type_name),
        unlock_state(type_name),
        get_states(type_name),
        delete_state(type_name),
    );
    let request = validate_state_store::Request { type_name: type_name(), config: None };
    let answer = client.validate_state_store_config(request).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "lab_other");
    let request = call_function::Request { name: type_name(), arguments: Vec::new() };
    let answer = client.call_function(request).await.unwrap().into_inner();
    assert!(answer.error.unwrap().text.contains("lab_other"));

    let request = list_resource::Request { type_name: type_name(), ..Default::default() };
    let mut events = client.list_resource(request).await.unwrap().into_inner();
    expect_error(&events.message().await.unwrap().unwrap().diagnostic, "lab_other");
    let request = invoke_action::Request { action_type: type_name(), ..Default::default() };
    let mut events = client.invoke_action(request).await.unwrap().into_inner();
    let event = events.message().await.unwrap().unwrap().r#type;
    let Some(invoke_action::event::Type::Completed(completed)) = event else { panic!() };
    expect_error(&completed.diagnostics, "lab_other");
    let request = read_state_bytes::Request { type_name: type_name(), ..Default::default() };
    let mut chunks = client.read_state_bytes(request).await.unwrap().into_inner();
    expect_error(&chunks.message().await.unwrap().unwrap().diagnostics, "lab_other");
    let meta = Some(RequestChunkMeta { type_name: type_name(), state_id: String::new() });
    let chunk = write_state_bytes::RequestChunk { meta, ..Default::default() };
    let chunks = futures_util::stream::iter([chunk]);
    let answer = client.write_state_bytes(chunks).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "lab_other");
}

#[tokio::test]
async fn schemas_are_asked_for_once() {
    let mut served = serve().await;
    for _ in 0..3 {
        served.client.get_provider_schema(get_provider_schema::Request {}).await.unwrap();
    }
    assert_eq!(served.lab.0.schemas.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn large_requests_are_taken() {
    let mut client = client().await;
    let mut large = thing("good");
    let tags = (0..200_000).map(|n| Value::string(format!("a rather long tag to fill space: {n:06}")));
    large.set("tags", Value::Set(tags.collect()));
    let config = encode(&large, &thing_schema().ty());
    assert!(config.as_ref().is_some_and(|config| config.msgpack.len() > 7 << 20));
    let answer =
        client.validate_resource_config(validate_resource_config::Request { config, ..validate("") });
    assert!(answer.await.unwrap().into_inner().diagnostics.is_empty());
}

#[tokio::test]
async fn a_stop_reaches_what_is_under_way() {
    let served = serve().await;
    let mut client = served.client.clone();
    let slow = tokio::spawn(async move { client.apply_resource_change(create("slow")).await });
    served.lab.0.waiting.notified().await;
    let answer = served.client.clone().stop_provider(stop_provider::Request {}).await.unwrap();
    assert_eq!(answer.get_ref().error, "");
    let answer = slow.await.unwrap().unwrap().into_inner();
    assert_eq!(answer.diagnostics.len(), 0);
}

#[tokio::test]
async fn the_end_waits_for_what_is_under_way() {
    for cause in [Cause::Shutdown, Cause::Terminated] {
        let served = serve().await;
        let mut client = served.client.clone();
        let slow = tokio::spawn(async move { client.apply_resource_change(create("slow")).await });
        served.lab.0.waiting.notified().await;
        // As the host has them open.
        let mut stdio = GrpcStdioClient::new(served.channel.clone());
        let mut output = stdio.stream_stdio(()).await.unwrap().into_inner();
        if cause == Cause::Shutdown {
            let mut controller = GrpcControllerClient::new(served.channel.clone());
            controller.shutdown(Empty {}).await.unwrap();
        } else {
            served.ending.begin(cause);
        }
        // The answer still arrives, the streams end, and then the server does.
        let answer = slow.await.unwrap().unwrap().into_inner();
        let state = decode(answer.new_state.as_ref(), &thing_schema().ty());
        assert_eq!(state.get("name"), Some(&Value::string("slow")));
        assert!(output.message().await.unwrap().is_none());
        drop((served.client, served.channel, stdio));
        tokio::time::timeout(Duration::from_secs(10), served.server).await.unwrap().unwrap().unwrap();
    }
}
