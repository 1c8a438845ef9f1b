//! Schemas, the provider block, and everything but resources.

use super::client::{client, decode, encode, expect_error, summaries};
use super::lab::{SECRET, thing, thing_schema};
use crate::sdk::{Type, Value};
use crate::wire::proto::*;

fn config(host: &str) -> Option<DynamicValue> {
    let ty = Type::object([("host", Type::String)]);
    encode(&Value::Object([("host".to_owned(), Value::string(host))].into()), &ty)
}

#[tokio::test]
async fn schemas() {
    let mut client = client().await;
    let answer = client.get_provider_schema(get_provider_schema::Request {}).await.unwrap().into_inner();
    assert!(answer.diagnostics.is_empty());
    assert_eq!(answer.provider.unwrap().block.unwrap().attributes.len(), 1);
    assert!(answer.data_source_schemas.contains_key("lab_echo"));
    assert!(answer.ephemeral_resource_schemas.contains_key("lab_token"));
    assert!(answer.list_resource_schemas.contains_key("lab_thing"));
    let capabilities = answer.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(capabilities.move_resource_state && capabilities.generate_resource_config);

    let schema = &answer.resource_schemas["lab_thing"];
    assert_eq!(schema.version, 2);
    let block = schema.block.as_ref().unwrap();
    let attribute = |name: &str| block.attributes.iter().find(|attribute| attribute.name == name).unwrap();
    let name = attribute("name");
    assert!(name.required && !name.optional && !name.computed);
    assert_eq!(name.r#type, b"\"string\"");
    assert_eq!((name.description.as_str(), name.description_kind), ("What it is called.", 1));
    assert!(attribute("secret").sensitive && attribute("secret").write_only);
    // A default makes an attribute computed: Terraform allows no other planned value.
    assert!(attribute("size").optional && attribute("size").computed);
    assert_eq!(attribute("tags").r#type, br#"["set","string"]"#);
    assert!(attribute("oid").computed && !attribute("oid").optional);
    let parts = attribute("parts");
    assert!(parts.r#type.is_empty());
    let parts = parts.nested_type.as_ref().unwrap();
    assert_eq!(parts.nesting, i32::from(schema::object::NestingMode::Map));
    assert!(parts.attributes.iter().any(|attribute| attribute.name == "token" && attribute.write_only));
}

#[tokio::test]
async fn names_and_identities() {
    let mut client = client().await;
    let metadata = client.get_metadata(get_metadata::Request {}).await.unwrap().into_inner();
    assert_eq!(metadata.resources[0].type_name, "lab_thing");
    assert_eq!(metadata.functions[0].name, "join");
    assert!(metadata.actions.is_empty() && metadata.state_stores.is_empty());
    let answer = client.get_resource_identity_schemas(get_resource_identity_schemas::Request {});
    let answer = answer.await.unwrap().into_inner();
    let identity = &answer.identity_schemas["lab_thing"];
    assert_eq!(identity.version, 1);
    let [name] = identity.identity_attributes.as_slice() else { panic!() };
    assert!(name.required_for_import && !name.optional_for_import);
}

#[tokio::test]
async fn the_provider_block() {
    let mut client = client().await;
    let request = validate_provider_config::Request { config: config("nowhere") };
    let answer = client.validate_provider_config(request).await.unwrap().into_inner();
    // The provider is asked even where the schema's own checks have found something.
    assert_eq!(summaries(&answer.diagnostics), ["No such host", "Seen by the provider too"]);
    let request = configure_provider::Request {
        terraform_version: "1.14.0".to_owned(),
        config: config("there"),
        client_capabilities: Some(ClientCapabilities {
            deferral_allowed: true,
            write_only_attributes_allowed: false,
        }),
    };
    let answer = client.configure_provider(request).await.unwrap().into_inner();
    assert_eq!(summaries(&answer.diagnostics), ["Some(\"there\") 1.14.0 true"]);
}

#[tokio::test]
async fn data_sources() {
    let mut client = client().await;
    let ty = Type::object([("text", Type::String), ("echo", Type::String)]);
    let config = |text: &str| {
        let text = ("text".to_owned(), Value::string(text));
        encode(&Value::Object([text, ("echo".to_owned(), Value::Null)].into()), &ty)
    };
    let type_name = || "lab_echo".to_owned();
    let request = validate_data_resource_config::Request { type_name: type_name(), config: config("a") };
    let answer = client.validate_data_resource_config(request).await.unwrap().into_inner();
    assert_eq!(summaries(&answer.diagnostics), ["Seen"]);
    let request = |text| read_data_source::Request {
        type_name: type_name(),
        config: config(text),
        ..Default::default()
    };
    let answer = client.read_data_source(request("a")).await.unwrap().into_inner();
    assert_eq!(decode(answer.state.as_ref(), &ty).get("echo"), Some(&Value::string("a")));
    let answer = client.read_data_source(request("bad")).await.unwrap().into_inner();
    expect_error(&answer.diagnostics, "No echo");
    assert!(answer.state.is_none());
}

#[tokio::test]
async fn ephemeral_resources() {
    let mut client = client().await;
    let ty = Type::object([("token", Type::String)]);
    let config = encode(&Value::Object([("token".to_owned(), Value::Null)].into()), &ty);
    let type_name = || "lab_token".to_owned();
    let request =
        validate_ephemeral_resource_config::Request { type_name: type_name(), config: config.clone() };
    let answer = client.validate_ephemeral_resource_config(request).await.unwrap().into_inner();
    assert!(answer.diagnostics.is_empty());
    let request =
        open_ephemeral_resource::Request { type_name: type_name(), config, client_capabilities: None };
    let opened = client.open_ephemeral_resource(request).await.unwrap().into_inner();
    assert_eq!(decode(opened.result.as_ref(), &ty).get("token"), Some(&Value::string("t")));
    let renew_at = opened.renew_at.unwrap();
    assert_eq!((renew_at.seconds, renew_at.nanos), (1, 500_000_000));
    let request = renew_ephemeral_resource::Request { type_name: type_name(), private: opened.private };
    let renewed = client.renew_ephemeral_resource(request).await.unwrap().into_inner();
    assert!(renewed.renew_at.is_none());
    let request = close_ephemeral_resource::Request { type_name: type_name(), private: renewed.private };
    let closed = client.close_ephemeral_resource(request).await.unwrap().into_inner();
    assert_eq!(summaries(&closed.diagnostics), ["open+renewed"]);
}

#[tokio::test]
async fn functions() {
    let mut client = client().await;
    let answer = client.get_functions(get_functions::Request {}).await.unwrap().into_inner();
    let join = &answer.functions["join"];
    assert_eq!(join.parameters[0].r#type, b"\"string\"");
    assert!(join.variadic_parameter.is_some());
    assert_eq!(join.r#return.as_ref().unwrap().r#type, b"\"string\"");

    let request = |arguments: &[Value]| call_function::Request {
        name: "join".to_owned(),
        arguments: arguments.iter().filter_map(|argument| encode(argument, &Type::String)).collect(),
    };
    let text = Value::string;
    let answer =
        client.call_function(request(&[text("-"), text("a"), text("b")])).await.unwrap().into_inner();
    assert_eq!(decode(answer.result.as_ref(), &Type::String), text("a-b"));
    assert!(answer.error.is_none());
    let answer = client.call_function(request(&[text("-"), Value::Null])).await.unwrap().into_inner();
    let error = answer.error.unwrap();
    assert_eq!((error.text.as_str(), error.function_argument), ("It is no text", Some(1)));
    let error = client.call_function(request(&[])).await.unwrap().into_inner().error.unwrap();
    assert!(error.text.contains("takes 1 arguments"), "{}", error.text);
    let answer = client.call_function(request(&[text("panic")])).await.unwrap().into_inner();
    let error = answer.error.unwrap();
    assert!(error.text.contains("bug") && !error.text.contains(SECRET), "{}", error.text);
    let mut wrong = request(&[text("-"), text("a")]);
    wrong.arguments[1].msgpack = b"\xc3".to_vec();
    let error = client.call_function(wrong).await.unwrap().into_inner().error.unwrap();
    assert_eq!(error.function_argument, Some(1));
}

#[tokio::test]
async fn lists() {
    let mut client = client().await;
    let ty = Type::object([("prefix", Type::String)]);
    let config = || encode(&Value::Object([("prefix".to_owned(), Value::Null)].into()), &ty);
    let type_name = || "lab_thing".to_owned();
    let request = validate_list_resource_config::Request {
        type_name: type_name(),
        config: config(),
        ..Default::default()
    };
    let answer = client.validate_list_resource_config(request).await.unwrap().into_inner();
    assert!(answer.diagnostics.is_empty());

    for (include, limit, found) in [(true, 2, vec!["A", "B"]), (false, 0, vec!["A", "B", "C"])] {
        let request = list_resource::Request {
            type_name: type_name(),
            config: config(),
            include_resource_object: include,
            limit,
        };
        let mut events = client.list_resource(request).await.unwrap().into_inner();
        let messages = events.message().await.unwrap().unwrap();
        assert_eq!(summaries(&messages.diagnostic), ["All of them"]);
        assert!(messages.identity.is_none());
        let mut names = Vec::new();
        while let Some(event) = events.message().await.unwrap() {
            let identity = event.identity.unwrap().identity_data;
            let identity = decode(identity.as_ref(), &Type::object([("name", Type::String)]));
            let expected = include.then(|| thing(&event.display_name.to_lowercase()));
            let object = event.resource_object.map(|object| decode(Some(&object), &thing_schema().ty()));
            assert_eq!(object, expected);
            assert_eq!(identity.get("name"), Some(&Value::string(event.display_name.to_lowercase())));
            names.push(event.display_name);
        }
        assert_eq!(names, found);
    }
}
