//! Types as JSON: `"string"`, `["list","string"]`, `["object",{"a":"bool"}]`.

use serde_json::Value as Json;
use serde_json::value::Map;

use super::Error;
use crate::sdk::Type;

/// The JSON of a type.
pub fn encode(ty: &Type) -> Vec<u8> {
    to_json(ty).to_string().into_bytes()
}

/// The type that the JSON describes.
pub fn decode(json: &[u8]) -> Result<Type, Error> {
    let json = serde_json::from_slice(json).map_err(|_| Error::new("a type must be described in JSON"))?;
    from_json(&json)
}

/// The JSON of a type, as a tree.
pub(super) fn to_json(ty: &Type) -> Json {
    let of = |kind: &str, argument: Json| Json::Array(vec![Json::from(kind), argument]);
    match ty {
        Type::Bool => Json::from("bool"),
        Type::Number => Json::from("number"),
        Type::String => Json::from("string"),
        Type::Dynamic => Json::from("dynamic"),
        Type::List(element) => of("list", to_json(element)),
        Type::Set(element) => of("set", to_json(element)),
        Type::Map(element) => of("map", to_json(element)),
        Type::Tuple(elements) => of("tuple", elements.iter().map(to_json).collect()),
        Type::Object(attributes) => {
            let attributes: Map<_, _> =
                attributes.iter().map(|(name, ty)| (name.clone(), to_json(ty))).collect();
            of("object", Json::Object(attributes))
        }
    }
}

/// The type that a tree describes. Its depth is bounded by whoever parsed it.
pub(super) fn from_json(json: &Json) -> Result<Type, Error> {
    match json {
        Json::String(name) => primitive(name),
        Json::Array(parts) => match parts.as_slice() {
            [Json::String(kind), argument] => compound(kind, argument),
            // Which attributes may be left out when a value is converted: of no meaning for a value that is.
            [Json::String(kind), argument @ Json::Object(_), Json::Array(_)] if kind == "object" => {
                compound(kind, argument)
            }
            _ => Err(not_a_type()),
        },
        _ => Err(not_a_type()),
    }
}

fn primitive(name: &str) -> Result<Type, Error> {
    match name {
        "bool" => Ok(Type::Bool),
        "number" => Ok(Type::Number),
        "string" => Ok(Type::String),
        "dynamic" => Ok(Type::Dynamic),
        _ => Err(not_a_type()),
    }
}

fn compound(kind: &str, argument: &Json) -> Result<Type, Error> {
    match (kind, argument) {
        ("list", element) => Ok(Type::list(from_json(element)?)),
        ("set", element) => Ok(Type::set(from_json(element)?)),
        ("map", element) => Ok(Type::map(from_json(element)?)),
        ("tuple", Json::Array(elements)) => {
            Ok(Type::Tuple(elements.iter().map(from_json).collect::<Result<_, _>>()?))
        }
        ("object", Json::Object(attributes)) => {
            let attributes = attributes.iter().map(|(name, ty)| Ok((name.clone(), from_json(ty)?)));
            Ok(Type::Object(attributes.collect::<Result<_, Error>>()?))
        }
        _ => Err(not_a_type()),
    }
}

fn not_a_type() -> Error {
    Error::new("this describes no type")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::strategies;
    use super::*;

    #[test]
    fn as_terraform_writes_them() {
        for json in [
            r#""string""#,
            r#""dynamic""#,
            r#"["set","number"]"#,
            r#"["map",["list","bool"]]"#,
            r#"["object",{"a":"string","b":["tuple",["bool","number"]]}]"#,
            r#"["tuple",[]]"#,
        ] {
            let ty = decode(json.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(encode(&ty)).unwrap(), json);
        }
        assert_eq!(
            decode(br#"["object",{"a":"string"},["a"]]"#).unwrap(),
            Type::object([("a", Type::String)])
        );
    }

    #[test]
    fn what_is_no_type() {
        let deep = format!("{}\"string\"{}", r#"["list","#.repeat(10_000), "]".repeat(10_000));
        for json in ["", "null", "\"int\"", "[]", r#"["list"]"#, r#"["object",[]]"#, "\"string\" 1", &deep] {
            assert!(decode(json.as_bytes()).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(ty in strategies::any_type()) {
            prop_assert_eq!(decode(&encode(&ty)).unwrap(), ty);
        }

        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(&bytes);
        }
    }
}
