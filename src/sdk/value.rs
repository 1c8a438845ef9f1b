//! Values as Terraform has them: any of them may be null or not yet known.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Number, Type};

/// What is known of an unknown value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Refinements {
    /// It will not be null (`true`), will be null (`false`), or either.
    pub not_null: Option<bool>,
    /// A string starts with this.
    pub string_prefix: Option<String>,
    /// A number is not below this: bound, inclusive.
    pub number_lower: Option<(Number, bool)>,
    /// A number is not above this: bound, inclusive.
    pub number_upper: Option<(Number, bool)>,
    /// A collection has at least so many elements.
    pub length_lower: Option<u64>,
    /// A collection has at most so many elements.
    pub length_upper: Option<u64>,
}

/// A value. Its type is not in it (but for `Dynamic`): the schema has it.
///
/// Sets are equal when their elements are, whatever their order. `Debug` shows the shape and no text or
/// number, as any of them may be a secret; in this crate's own tests it shows all.
#[derive(Clone)]
pub enum Value {
    /// Not set.
    Null,
    /// Known after the apply. Boxed: there are few of them, and every value would be three times as large.
    Unknown(Box<Refinements>),
    /// true or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// Elements in order.
    List(Vec<Value>),
    /// Elements each once; the order means nothing.
    Set(Vec<Value>),
    /// Elements by name.
    Map(BTreeMap<String, Value>),
    /// Attributes by name.
    Object(BTreeMap<String, Value>),
    /// Elements, each of its own type.
    Tuple(Vec<Value>),
    /// A value where the schema says any type.
    Dynamic(Box<(Type, Value)>),
}

impl Value {
    /// Known after the apply, and nothing else is known of it.
    pub fn unknown() -> Self {
        Self::Unknown(Box::default())
    }

    /// Text.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this itself is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Whether this and all in it is known.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) | Self::Set(elements) | Self::Tuple(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Map(elements) | Self::Object(elements) => elements.values().all(Self::is_wholly_known),
            Self::Dynamic(inner) => inner.1.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// Its hash, the same for this whole process.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// An attribute of an object; `None` where this is no object or has no such attribute.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(attributes) => attributes.get(name),
            _ => None,
        }
    }

    /// Whether this and another object have the same attributes, but for what one of them is.
    pub fn is_same_but_for(&self, name: &str, other: &Value) -> bool {
        let (Self::Object(one), Self::Object(other)) = (self, other) else { return self == other };
        one.len() == other.len()
            && one.iter().zip(other).all(|(one, other)| one == other || (one.0 == other.0 && one.0 == name))
    }

    /// Sets an attribute of an object; nothing happens to a value that is no object.
    pub fn set(&mut self, name: &str, value: Value) {
        if let Self::Object(attributes) = self {
            attributes.insert(name.to_owned(), value);
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

/// Equal values have equal hashes. What is known of unknown ones does not count.
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null | Self::Unknown(_) => {}
            Self::Bool(value) => value.hash(state),
            Self::Number(number) => number.hash(state),
            Self::String(text) => text.hash(state),
            Self::List(elements) | Self::Tuple(elements) => elements.hash(state),
            Self::Set(elements) => {
                // In any order.
                elements.iter().fold(0_u64, |all, element| all.wrapping_add(element.digest())).hash(state);
            }
            Self::Map(entries) | Self::Object(entries) => entries.hash(state),
            Self::Dynamic(inner) => inner.1.hash(state),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// An order for sorting and comparing; it means nothing beyond that.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Unknown(one), Self::Unknown(other)) => one.cmp(other),
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::String(one), Self::String(other)) => one.cmp(other),
            (Self::List(one), Self::List(other)) | (Self::Tuple(one), Self::Tuple(other)) => one.cmp(other),
            (Self::Set(one), Self::Set(other)) => sorted(one).cmp(&sorted(other)),
            (Self::Map(one), Self::Map(other)) | (Self::Object(one), Self::Object(other)) => one.cmp(other),
            (Self::Dynamic(one), Self::Dynamic(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

fn sorted(elements: &[Value]) -> Vec<&Value> {
    let mut elements: Vec<&Value> = elements.iter().collect();
    elements.sort();
    elements
}

impl Value {
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Unknown(_) => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
            Self::String(_) => 4,
            Self::List(_) => 5,
            Self::Set(_) => 6,
            Self::Map(_) => 7,
            Self::Object(_) => 8,
            Self::Tuple(_) => 9,
            Self::Dynamic(_) => 10,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown { value: self, reveal: cfg!(test) }.fmt(f)
    }
}

impl fmt::Debug for Refinements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A prefix and bounds tell of the value to come.
        let mut shown = f.debug_struct("Refinements");
        shown.field("not_null", &self.not_null);
        if cfg!(test) {
            shown
                .field("string_prefix", &self.string_prefix)
                .field("number_lower", &self.number_lower)
                .field("number_upper", &self.number_upper);
        }
        shown.field("length_lower", &self.length_lower).field("length_upper", &self.length_upper).finish()
    }
}

/// A value for `Debug`, with or without what is in it.
struct Shown<'a> {
    value: &'a Value,
    reveal: bool,
}

impl Shown<'_> {
    fn list(&self, f: &mut fmt::Formatter<'_>, name: &str, elements: &[Value]) -> fmt::Result {
        f.write_str(name)?;
        f.debug_list().entries(elements.iter().map(|value| Shown { value, reveal: self.reveal })).finish()
    }

    fn map(&self, f: &mut fmt::Formatter<'_>, name: &str, entries: &BTreeMap<String, Value>) -> fmt::Result {
        f.write_str(name)?;
        f.debug_map()
            .entries(entries.iter().map(|(key, value)| (key, Shown { value, reveal: self.reveal })))
            .finish()
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Value::Null => f.write_str("Null"),
            Value::Unknown(refinements) if self.reveal && **refinements != Refinements::default() => {
                write!(f, "Unknown({refinements:?})")
            }
            Value::Unknown(_) => f.write_str("Unknown"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(number) if self.reveal => write!(f, "{number}"),
            Value::Number(_) => f.write_str("Number(..)"),
            Value::String(text) if self.reveal => write!(f, "{text:?}"),
            Value::String(_) => f.write_str("String(..)"),
            Value::List(elements) => self.list(f, "List", elements),
            Value::Set(elements) => self.list(f, "Set", elements),
            Value::Tuple(elements) => self.list(f, "Tuple", elements),
            Value::Map(entries) => self.map(f, "Map", entries),
            Value::Object(entries) => self.map(f, "Object", entries),
            Value::Dynamic(inner) => {
                write!(f, "Dynamic({:?}, {:?})", inner.0, Shown { value: &inner.1, reveal: self.reveal })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(elements: &[&str]) -> Value {
        Value::Set(elements.iter().copied().map(Value::string).collect())
    }

    #[test]
    fn sets_have_no_order_and_lists_do() {
        assert_eq!(set(&["a", "b", "c"]), set(&["c", "a", "b"]));
        assert_ne!(set(&["a", "b"]), set(&["a", "c"]));
        assert_ne!(set(&["a", "b"]), set(&["a"]));
        let nested = |one: &[&str], other: &[&str]| Value::Set(vec![set(one), set(other)]);
        assert_eq!(nested(&["a", "b"], &["c"]), nested(&["c"], &["b", "a"]));
        let list = |elements: &[&str]| Value::List(elements.iter().copied().map(Value::string).collect());
        assert_ne!(list(&["a", "b"]), list(&["b", "a"]));
        assert_ne!(list(&["a"]), set(&["a"]));
        assert_ne!(Value::Map(BTreeMap::new()), Value::Object(BTreeMap::new()));
    }

    #[test]
    fn objects_are_the_same_but_for_an_attribute() {
        let object = |attributes: &[(&str, bool)]| {
            let attribute = |(name, is): &(&str, bool)| ((*name).to_owned(), Value::Bool(*is));
            Value::Object(attributes.iter().map(attribute).collect())
        };
        let one = object(&[("a", true), ("b", true)]);
        assert!(
            one.is_same_but_for("c", &one) && one.is_same_but_for("a", &object(&[("a", false), ("b", true)]))
        );
        for other in [
            object(&[("a", true), ("b", false)]),
            object(&[("b", true)]),
            object(&[("c", true), ("b", true)]),
        ] {
            assert!(!one.is_same_but_for("a", &other), "{other:?}");
        }
        assert!(!one.is_same_but_for("a", &Value::Null) && Value::Null.is_same_but_for("a", &Value::Null));
    }

    #[test]
    fn debug_outside_of_tests_shows_no_content() {
        let value = Value::Object(BTreeMap::from([
            ("password".to_owned(), Value::string("hunter2")),
            ("pin".to_owned(), Value::Number(Number::from(4711_i64))),
            (
                "more".to_owned(),
                Value::Map(BTreeMap::from([(
                    "key".to_owned(),
                    Value::Dynamic(Box::new((
                        Type::list(Type::String),
                        Value::List(vec![
                            Value::string("hunter2"),
                            Value::Unknown(Box::new(Refinements {
                                string_prefix: Some("hunter2".to_owned()),
                                ..Refinements::default()
                            })),
                        ]),
                    ))),
                )])),
            ),
        ]));
        let hidden = format!("{:?}", Shown { value: &value, reveal: false });
        assert!(!hidden.contains("hunter") && !hidden.contains("4711"), "{hidden}");
        assert!(hidden.contains("password"), "{hidden}");
        assert!(format!("{value:?}").contains("hunter2"));
    }
}
