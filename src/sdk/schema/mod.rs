//! Schemas: the attributes of a provider, resource or data source, what may be written in them, and what
//! a plan makes of them.

mod attribute;
pub mod checks;
mod conform;
mod propose;
#[cfg(test)]
mod tests;
mod validate;

pub use attribute::{Attribute, Kind, Nesting, PlanRule, Presence, Validator};

use super::{Type, Value};

/// The attributes of one block, in the order of the documentation.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Version of the state's layout.
    pub version: i64,
    /// What it is for, in Markdown.
    pub description: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// A schema of version 0.
    pub fn new(description: impl Into<String>, attributes: Vec<Attribute>) -> Self {
        Self { version: 0, description: description.into(), attributes }
    }

    /// The object type of a whole value of it.
    pub fn ty(&self) -> Type {
        attribute::object_type(&self.attributes)
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// A value with every attribute null.
    pub fn null_object(&self) -> Value {
        Value::Object(self.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null)).collect())
    }
}

/// What identifies one resource: a flat object of simple attributes.
#[derive(Debug, Clone)]
pub struct IdentitySchema {
    /// Version of its layout.
    pub version: i64,
    /// Its attributes.
    pub attributes: Vec<IdentityAttribute>,
}

impl IdentitySchema {
    /// The object type of an identity.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter();
        Type::Object(attributes.map(|attribute| (attribute.name.clone(), attribute.ty.clone())).collect())
    }
}

/// One attribute of an identity.
#[derive(Debug, Clone)]
pub struct IdentityAttribute {
    /// Its name.
    pub name: String,
    /// Its type: simple, or a list of simple ones.
    pub ty: Type,
    /// Whether an import must give it.
    pub required_for_import: bool,
    /// What it means.
    pub description: String,
}
