//! Managed resources.

use super::client::{client, decode, encode, expect_error, summaries};
use super::lab::{SECRET, thing, thing_schema};
use crate::sdk::{Number, Type, Value};
use crate::wire::proto::*;

fn ty() -> Type {
    thing_schema().ty()
}

fn state(value: &Value) -> Option<DynamicValue> {
    encode(value, &ty())
}

fn number(number: i64) -> Value {
    Value::Number(Number::from(number))
}

/// A thing with all that may never come back.
fn with_secrets(name: &str) -> Value {
    let mut thing = thing(name);
    thing.set("secret", Value::string(SECRET));
    let part = [("on".to_owned(), Value::Bool(true)), ("token".to_owned(), Value::string(SECRET))];
    thing.set("parts", Value::Map([("a".to_owned(), Value::Object(part.into()))].into()));
    thing
}

/// That there is no secret in it, in any encoding.
#[track_caller]
fn expect_no_secret(encoded: Option<&DynamicValue>) {
    let bytes = &encoded.unwrap().msgpack;
    assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
}

fn identity(name: &str) -> Option<ResourceIdentityData> {
    let identity = Value::Object([("name".to_owned(), Value::string(name))].into());
    let identity_data = encode(&identity, &Type::object([("name", Type::String)]));
    Some(ResourceIdentityData { identity_data })
}

fn plan(config: &Value, prior: &Value) -> plan_resource_change::Request {
    plan_resource_change::Request {
        type_name: "lab_thing".to_owned(),
        prior_state: state(prior),
        proposed_new_state: state(config),
        config: state(config),
        prior_private: b"prior".to_vec(),
        ..Default::default()
    }
}

fn apply(config: &Value, prior: &Value, planned: &Value) -> apply_resource_change::Request {
    apply_resource_change::Request {
        type_name: "lab_thing".to_owned(),
        prior_state: state(prior),
        planned_state: state(planned),
        config: state(config),
        planned_private: b"planned".to_vec(),
        ..Default::default()
    }
}

fn read(name: &str) -> read_resource::Request {
    read_resource::Request {
        type_name: "lab_thing".to_owned(),
        current_state: state(&thing(name)),
        private: b"kept".to_vec(),
        ..Default::default()
    }
}

#[tokio::test]
async fn validation_knows_what_the_client_can() {
    let mut client = client().await;
    let request = |config: &Value, write_only| validate_resource_config::Request {
        type_name: "lab_thing".to_owned(),
        config: state(config),
        client_capabilities: Some(ClientCapabilities {
            deferral_allowed: false,
            write_only_attributes_allowed: write_only,
        }),
    };
    let answer = client.validate_resource_config(request(&with_secrets("a"), true)).await.unwrap();
    assert!(answer.get_ref().diagnostics.is_empty());
    let answer = client.validate_resource_config(request(&with_secrets("a"), false)).await.unwrap();
    assert!(!answer.get_ref().diagnostics.is_empty());
    let answer = client.validate_resource_config(request(&thing("bad"), true)).await.unwrap().into_inner();
    let error = expect_error(&answer.diagnostics, "Bad name");
    assert_eq!(error.attribute.as_ref().unwrap().steps.len(), 1);
}

#[tokio::test]
async fn a_plan_of_a_create() {
    let mut client = client().await;
    let answer =
        client.plan_resource_change(plan(&with_secrets("a"), &Value::Null)).await.unwrap().into_inner();
    assert!(answer.diagnostics.is_empty() && !answer.legacy_type_system);
    expect_no_secret(answer.planned_state.as_ref());
    let planned = decode(answer.planned_state.as_ref(), &ty());
    assert_eq!(planned.get("size"), Some(&number(1)));
    assert!(planned.get("oid").is_some_and(Value::is_unknown));
    assert_eq!(answer.planned_private, b"prior+plan");
    assert!(answer.planned_identity.is_none() && answer.requires_replace.is_empty());
}

#[tokio::test]
async fn a_plan_is_made_from_the_configuration_and_not_from_terraforms_proposal() {
    let mut client = client().await;
    let mut prior = thing("a");
    prior.set("size", number(7));
    let request = plan_resource_change::Request {
        // Terraform puts the prior value where nothing is written.
        proposed_new_state: state(&prior),
        prior_identity: identity("a"),
        ..plan(&thing("b"), &prior)
    };
    let answer = client.plan_resource_change(request).await.unwrap().into_inner();
    let planned = decode(answer.planned_state.as_ref(), &ty());
    assert_eq!(planned.get("size"), Some(&number(1)));
    assert_eq!(answer.requires_replace.len(), 1);
    assert!(answer.planned_identity.is_some());
}

#[tokio::test]
async fn a_plan_of_a_destroy() {
    let mut client = client().await;
    let request = plan_resource_change::Request {
        proposed_new_state: state(&Value::Null),
        config: state(&Value::Null),
        ..plan(&Value::Null, &thing("a"))
    };
    let answer = client.plan_resource_change(request).await.unwrap().into_inner();
    assert_eq!(summaries(&answer.diagnostics), ["a goes, prior"]);
    assert!(decode(answer.planned_state.as_ref(), &ty()).is_null());
    assert_eq!(answer.planned_private, b"prior-plan");
}

#[tokio::test]
async fn a_plan_of_an_apply_has_what_the_plan_has_left() {
    let mut client = client().await;
    let request = plan_resource_change::Request {
        planned_private: b"left".to_vec(),
        ..plan(&thing("a"), &Value::Null)
    };
    let answer = client.plan_resource_change(request).await.unwrap().into_inner();
    assert_eq!(answer.planned_private, b"left+again");
}

#[tokio::test]
async fn a_plan_that_fails_is_well_formed() {
    let mut client = client().await;
    let answer = client.plan_resource_change(plan(&thing("bad"), &Value::Null)).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "No plan");
    assert!(decode(answer.planned_state.as_ref(), &ty()).is_null());
    let answer =
        client.plan_resource_change(plan(&thing("misfit"), &Value::Null)).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "does not fit its own schema");
    let panics = plan(&thing("panic in plan"), &Value::Null);
    let answer = client.plan_resource_change(panics).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "bug in PlanResourceChange");
}

#[tokio::test]
async fn applies() {
    let mut client = client().await;
    let mut planned = thing("a");
    planned.set("oid", Value::unknown());
    let request = apply(&with_secrets("a"), &Value::Null, &planned);
    let answer = client.apply_resource_change(request).await.unwrap().into_inner();
    assert!(answer.diagnostics.is_empty() && !answer.legacy_type_system);
    expect_no_secret(answer.new_state.as_ref());
    let created = decode(answer.new_state.as_ref(), &ty());
    assert_eq!(created.get("oid"), Some(&number(5)));
    assert_eq!(answer.private, b"created");
    assert!(answer.new_identity == identity("a"));

    let request = apply(&thing("b"), &created, &thing("b"));
    let answer = client.apply_resource_change(request).await.unwrap().into_inner();
    assert_eq!(answer.private, b"updated");
    assert!(answer.new_identity == identity("b"));

    let request = apply(&Value::Null, &created, &Value::Null);
    let answer = client.apply_resource_change(request).await.unwrap().into_inner();
    assert!(decode(answer.new_state.as_ref(), &ty()).is_null());
    assert!(answer.new_identity.is_none());
}

#[tokio::test]
async fn applies_that_fail_forget_nothing() {
    let mut client = client().await;
    let bad = thing("bad");
    let answer = client.apply_resource_change(apply(&bad, &Value::Null, &bad)).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "Not made");
    assert!(decode(answer.new_state.as_ref(), &ty()).is_null());
    let request = apply(&Value::Null, &bad, &Value::Null);
    let answer = client.apply_resource_change(request).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "Not gone");
    assert_eq!(decode(answer.new_state.as_ref(), &ty()), bad);

    // Where no state comes out at all, the prior one stays.
    let prior = thing("before");
    for (planned, part) in [
        (thing("panic in update"), "bug in ApplyResourceChange"),
        (thing("misfit"), "does not fit its own schema"),
    ] {
        let request = apply(&planned, &prior, &planned);
        let answer = client.apply_resource_change(request).await.unwrap().into_inner();
        let error = expect_error(&answer.diagnostics, part);
        assert!(!error.detail.contains(SECRET));
        assert_eq!(decode(answer.new_state.as_ref(), &ty()), prior);
        assert_eq!(answer.private, b"planned");
    }
    let prior = thing("panic in delete");
    let request = apply(&Value::Null, &prior, &Value::Null);
    let answer = client.apply_resource_change(request).await.unwrap().into_inner();
    assert_eq!(decode(answer.new_state.as_ref(), &ty()), prior);
}

#[tokio::test]
async fn reads() {
    let mut client = client().await;
    let answer = client.read_resource(read("a")).await.unwrap().into_inner();
    assert_eq!(decode(answer.new_state.as_ref(), &ty()), thing("a"));
    assert_eq!(answer.private, b"kept");
    assert!(answer.new_identity == identity("a"));
    let answer = client.read_resource(read("gone")).await.unwrap().into_inner();
    assert!(answer.diagnostics.is_empty());
    assert!(decode(answer.new_state.as_ref(), &ty()).is_null());
    let answer = client.read_resource(read("panic in read")).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "bug in ReadResource");
    assert_eq!(decode(answer.new_state.as_ref(), &ty()), thing("panic in read"));
    assert_eq!(answer.private, b"kept");
}

#[tokio::test]
async fn imports_by_id_and_by_identity() {
    let mut client = client().await;
    let request = |id: &str, identity| import_resource_state::Request {
        type_name: "lab_thing".to_owned(),
        id: id.to_owned(),
        client_capabilities: None,
        identity,
    };
    for request in [request("a", None), request("", identity("a"))] {
        let answer = client.import_resource_state(request).await.unwrap().into_inner();
        let [imported] = answer.imported_resources.as_slice() else { panic!() };
        assert_eq!(imported.type_name, "lab_thing");
        assert_eq!(decode(imported.state.as_ref(), &ty()), thing("a"));
        assert_eq!(imported.private, b"imported");
        assert!(imported.identity == identity("a"));
    }
    let answer = client.import_resource_state(request("bad", None)).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "Not found");
    assert!(answer.imported_resources.is_empty());
}

#[tokio::test]
async fn old_states() {
    let mut client = client().await;
    let request = |version, json: &[u8]| upgrade_resource_state::Request {
        type_name: "lab_thing".to_owned(),
        version,
        raw_state: Some(RawState { json: json.to_vec(), ..Default::default() }),
    };
    let json = br#"{"name": "a", "size": 9, "long_gone": [1], "parts": {"p": {"on": true, "gone": 1}}}"#;
    for (version, size) in [(0, 0), (1, 1), (2, 9)] {
        let answer = client.upgrade_resource_state(request(version, json)).await.unwrap().into_inner();
        assert!(answer.diagnostics.is_empty());
        let upgraded = decode(answer.upgraded_state.as_ref(), &ty());
        assert_eq!(upgraded.get("name"), Some(&Value::string("a")));
        assert_eq!(upgraded.get("tags"), Some(&Value::Null));
        // Only an older version is upgraded.
        assert_eq!(upgraded.get("size"), Some(&number(size)));
    }
    let answer = client.upgrade_resource_state(request(3, json)).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "newer version of the provider");
    for json in [b"{".as_slice(), b"[]", br#"{"size": "many"}"#, b""] {
        let answer = client.upgrade_resource_state(request(2, json)).await.unwrap().into_inner();
        expect_error(&answer.diagnostics, "");
    }
    let mut flat = request(0, b"");
    flat.raw_state =
        Some(RawState { flatmap: [("name".to_owned(), "a".to_owned())].into(), ..Default::default() });
    let answer = client.upgrade_resource_state(flat).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "Terraform 0.11");
}

#[tokio::test]
async fn old_identities() {
    let mut client = client().await;
    let request = |version, json: &[u8]| upgrade_resource_identity::Request {
        type_name: "lab_thing".to_owned(),
        version,
        raw_identity: Some(RawState { json: json.to_vec(), ..Default::default() }),
    };
    let answer =
        client.upgrade_resource_identity(request(0, br#"{"name": "a"}"#)).await.unwrap().into_inner();
    assert!(answer.upgraded_identity == identity("a"));
    let answer =
        client.upgrade_resource_identity(request(2, br#"{"name": "a"}"#)).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "newer version of the provider");
    let answer = client.upgrade_resource_identity(request(1, b"{")).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "cannot read the identity");
}

#[tokio::test]
async fn moves() {
    let mut client = client().await;
    let request = |json: &str| move_resource_state::Request {
        source_provider_address: "registry.terraform.io/other/other".to_owned(),
        source_type_name: "other_thing".to_owned(),
        source_state: Some(RawState { json: json.as_bytes().to_vec(), ..Default::default() }),
        target_type_name: "lab_thing".to_owned(),
        ..Default::default()
    };
    let answer = client.move_resource_state(request(r#"{"old_name": "a"}"#)).await.unwrap().into_inner();
    assert_eq!(decode(answer.target_state.as_ref(), &ty()), thing("a"));
    assert_eq!(answer.target_private, b"moved");
    assert!(answer.target_identity == identity("a"));
    let answer = client.move_resource_state(request("{}")).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "other_thing of registry.terraform.io/other/other");
    let answer = client.move_resource_state(request(&format!("{{\"{SECRET}"))).await.unwrap().into_inner();
    let error = expect_error(&answer.diagnostics, "cannot read the state to be moved");
    assert!(!error.detail.contains(SECRET));
}

#[tokio::test]
async fn generated_configurations() {
    let mut client = client().await;
    let mut imported = thing("a");
    imported.set("oid", number(5));
    imported.set("size", number(3));
    let request =
        generate_resource_config::Request { type_name: "lab_thing".to_owned(), state: state(&imported) };
    let answer = client.generate_resource_config(request).await.unwrap().into_inner();
    imported.set("oid", Value::Null);
    assert_eq!(decode(answer.config.as_ref(), &ty()), imported);
}
