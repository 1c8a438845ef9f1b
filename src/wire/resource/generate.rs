//! GenerateResourceConfig: a configuration that would leave an imported resource as it is.

use std::collections::BTreeMap;

use crate::sdk::schema::{Kind, Nesting, Presence};
use crate::sdk::{Attribute, Diagnostics, Value};
use crate::wire::proto::generate_resource_config::{Request, Response};
use crate::wire::registry::Registry;

pub(in crate::wire) fn generate(registry: &Registry, request: &Request) -> Result<Response, Diagnostics> {
    let declared = registry.resource(&request.type_name)?;
    let state = declared.typed.decode("the state", request.state.as_ref())?;
    let config = writable(state, &declared.typed.schema.attributes);
    let config = declared.typed.encode("a configuration", config)?;
    Ok(Response { config: Some(config), diagnostics: Vec::new() })
}

/// What of a state a user can write: nothing that only the provider sets, nothing that no state holds, and
/// nothing that should not be used any more. The same within nested attributes.
fn writable(value: Value, attributes: &[Attribute]) -> Value {
    let Value::Object(mut values) = value else { return value };
    let values = attributes.iter().map(|attribute| {
        let value = values.remove(&attribute.name).unwrap_or(Value::Null);
        (attribute.name.clone(), writable_attribute(value, attribute))
    });
    Value::Object(values.collect::<BTreeMap<_, _>>())
}

fn writable_attribute(value: Value, attribute: &Attribute) -> Value {
    let obsolete = attribute.deprecation.is_some() && !attribute.is_required();
    if attribute.presence == Presence::Computed || attribute.write_only || obsolete {
        return Value::Null;
    }
    let Kind::Nested(nesting, attributes) = &attribute.kind else { return value };
    match (nesting, value) {
        (Nesting::Single, value) => writable(value, attributes),
        (Nesting::List, Value::List(elements)) => {
            Value::List(elements.into_iter().map(|element| writable(element, attributes)).collect())
        }
        (Nesting::Map, Value::Map(elements)) => Value::Map(
            elements.into_iter().map(|(key, element)| (key, writable(element, attributes))).collect(),
        ),
        (Nesting::List | Nesting::Map, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::Type;

    fn object<const N: usize>(attributes: [(&str, Value); N]) -> Value {
        Value::Object(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    #[test]
    fn only_what_can_be_written() {
        let mut old = Attribute::new("old", Type::String, Presence::Optional, "");
        old.deprecation = Some("use new".to_owned());
        let attributes = [
            Attribute::new("name", Type::String, Presence::Required, ""),
            Attribute::new("oid", Type::Number, Presence::Computed, ""),
            Attribute::new("secret", Type::String, Presence::Optional, "").write_only(),
            Attribute::new("inherit", Type::Bool, Presence::OptionalComputed, ""),
            old,
            Attribute::nested(
                "members",
                Nesting::Map,
                vec![
                    Attribute::new("admin", Type::Bool, Presence::OptionalComputed, ""),
                    Attribute::new("grantor", Type::String, Presence::Computed, ""),
                ],
                Presence::OptionalComputed,
                "",
            ),
        ];
        let member = |grantor| object([("admin", Value::Bool(true)), ("grantor", grantor)]);
        let members = |grantor| Value::Map([("a".to_owned(), member(grantor))].into());
        let state = object([
            ("name", Value::string("app")),
            ("oid", Value::Number(5_i64.into())),
            ("secret", Value::Null),
            ("inherit", Value::Bool(true)),
            ("old", Value::string("x")),
            ("members", members(Value::string("me"))),
        ]);
        let config = object([
            ("name", Value::string("app")),
            ("oid", Value::Null),
            ("secret", Value::Null),
            ("inherit", Value::Bool(true)),
            ("old", Value::Null),
            ("members", members(Value::Null)),
        ]);
        assert_eq!(writable(state, &attributes), config);
    }
}
