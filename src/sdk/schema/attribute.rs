//! One attribute of a schema.

use std::fmt;
use std::sync::Arc;

use crate::sdk::{Diagnostics, Path, Type, Value};

/// Who sets an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The user must write it.
    Required,
    /// The user may write it; else it is null, or its default where it has one (it then is Optional+Computed
    /// for Terraform, which allows no planned value otherwise).
    Optional,
    /// The user may write it; else the provider sets it.
    OptionalComputed,
    /// Only the provider sets it.
    Computed,
}

/// How nested attributes are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// Objects by name.
    Map,
    // No sets of objects: Terraform's checks of a plan give up on them.
}

/// A plain type or nested attributes.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A type of the type system.
    Typed(Type),
    /// Attributes of its own.
    Nested(Nesting, Vec<Attribute>),
}

/// What a plan holds for a computed attribute that is not written.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanRule {
    /// Unknown until the apply.
    Unknown,
    /// The prior value; unknown for a create.
    Keep,
    /// Always this.
    Constant(Value),
}

/// A check of one written value. It is called with wholly known, non-null values only.
pub type Validator = Arc<dyn Fn(&Value, &Path, &mut Diagnostics) + Send + Sync>;

/// One attribute.
#[derive(Clone)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Who sets it.
    pub presence: Presence,
    /// What it means, in Markdown.
    pub description: String,
    /// Shown as `(sensitive value)`.
    pub sensitive: bool,
    /// Never in state or plan.
    pub write_only: bool,
    /// Why not to use it any more.
    pub deprecation: Option<String>,
    /// The value of an attribute that is not written.
    pub default: Option<Value>,
    /// What is planned when it is computed and not written and has no default.
    pub plan_rule: PlanRule,
    /// Checks of what is written.
    pub validators: Vec<Validator>,
}

impl Attribute {
    /// An attribute of a plain type.
    pub fn new(
        name: impl Into<String>,
        ty: Type,
        presence: Presence,
        description: impl Into<String>,
    ) -> Self {
        Self::of(name, Kind::Typed(ty), presence, description)
    }

    /// An attribute that has attributes.
    pub fn nested(
        name: impl Into<String>,
        nesting: Nesting,
        attributes: Vec<Attribute>,
        presence: Presence,
        description: impl Into<String>,
    ) -> Self {
        Self::of(name, Kind::Nested(nesting, attributes), presence, description)
    }

    fn of(name: impl Into<String>, kind: Kind, presence: Presence, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            presence,
            description: description.into(),
            sensitive: false,
            write_only: false,
            deprecation: None,
            default: None,
            plan_rule: PlanRule::Unknown,
            validators: Vec::new(),
        }
    }

    /// Shown as `(sensitive value)`.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Never in state or plan.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// What it is when it is not written.
    #[must_use]
    pub fn default(mut self, value: Value) -> Self {
        self.default = Some(value);
        self
    }

    /// What is planned when it is computed and not written.
    #[must_use]
    pub fn plan_rule(mut self, rule: PlanRule) -> Self {
        self.plan_rule = rule;
        self
    }

    /// Adds a check.
    #[must_use]
    pub fn check(mut self, check: impl Fn(&Value, &Path, &mut Diagnostics) + Send + Sync + 'static) -> Self {
        self.validators.push(Arc::new(check));
        self
    }

    /// The type of its value.
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Typed(ty) => ty.clone(),
            Kind::Nested(nesting, attributes) => {
                let object = object_type(attributes);
                match nesting {
                    Nesting::Single => object,
                    Nesting::List => Type::list(object),
                    Nesting::Map => Type::map(object),
                }
            }
        }
    }

    /// Whether its value, or a part of it, is not to be shown.
    pub fn holds_secret(&self) -> bool {
        self.sensitive
            || self.write_only
            || match &self.kind {
                Kind::Typed(_) => false,
                Kind::Nested(_, attributes) => attributes.iter().any(Self::holds_secret),
            }
    }

    /// Whether Terraform is told that the user must write it.
    pub fn is_required(&self) -> bool {
        self.presence == Presence::Required
    }

    /// Whether Terraform is told that the user may write it.
    pub fn is_optional(&self) -> bool {
        matches!(self.presence, Presence::Optional | Presence::OptionalComputed)
    }

    /// Whether Terraform is told that the provider may set it.
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::OptionalComputed | Presence::Computed) || self.default.is_some()
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("presence", &self.presence)
            .finish_non_exhaustive()
    }
}

pub(super) fn object_type(attributes: &[Attribute]) -> Type {
    Type::Object(attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty())).collect())
}
