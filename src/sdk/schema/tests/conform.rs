use serde_json::json;

use super::*;

fn small() -> Schema {
    Schema::new(
        "",
        vec![
            Attribute::new("name", Type::String, Presence::Required, ""),
            Attribute::new("oid", Type::Number, Presence::Computed, ""),
            Attribute::new(
                "pairs",
                Type::list(Type::Tuple(vec![Type::String, Type::object([("x", Type::Bool)])])),
                Presence::Optional,
                "",
            ),
            Attribute::nested(
                "members",
                Nesting::Map,
                vec![
                    Attribute::new("admin", Type::Bool, Presence::Optional, ""),
                    Attribute::new("set", Type::Bool, Presence::Optional, ""),
                ],
                Presence::Optional,
                "",
            ),
        ],
    )
}

#[test]
fn attributes_come_and_go_at_any_depth() {
    let old = json!({
        "name": "app",
        "gone": [1, 2],
        "pairs": [["a", {"x": true, "y": 1}], ["b", {}]],
        "members": {"g": {"admin": true, "old": 1}, "h": null},
    });
    assert_eq!(
        small().conform(old),
        json!({
            "name": "app",
            "oid": null,
            "pairs": [["a", {"x": true}], ["b", {"x": null}]],
            "members": {"g": {"admin": true, "set": null}, "h": null},
        })
    );
}

#[test]
fn what_does_not_fit_stays_for_the_decoder_to_name() {
    let odd = json!({"name": 1, "oid": "x", "pairs": {"a": 1}, "members": [["b"]]});
    assert_eq!(small().conform(odd.clone()), odd);
    let odd = json!({"name": null, "oid": null, "pairs": [["a"]], "members": null});
    assert_eq!(small().conform(odd.clone()), odd);
    assert_eq!(small().conform(json!(null)), json!(null));
    assert_eq!(small().conform(json!("text")), json!("text"));
}

#[test]
fn numbers_keep_all_their_digits() {
    let text = r#"{"name":"a","oid":1.000000000000000000000000000001,"pairs":null,"members":null}"#;
    let conformed = small().conform(serde_json::from_str(text).unwrap());
    assert_eq!(conformed["oid"].to_string(), "1.000000000000000000000000000001");
}
