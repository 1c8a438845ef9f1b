//! Where in a value something is: what a diagnostic points at.

use std::fmt;

/// One step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list or tuple. The protocol has no step for an element of a set: point at the set.
    Index(i64),
}

/// A path from the root of a configuration or state to one value in it. The empty path is the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Path {
    steps: Vec<Step>,
}

impl Path {
    /// The root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path to a top-level attribute.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self::root().join(Step::Attribute(name.into()))
    }

    /// This path and one attribute step.
    #[must_use]
    pub fn with_attribute(&self, name: impl Into<String>) -> Self {
        self.join(Step::Attribute(name.into()))
    }

    /// This path and one map key.
    #[must_use]
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        self.join(Step::Key(key.into()))
    }

    /// This path and one list index.
    #[must_use]
    pub fn with_index(&self, index: i64) -> Self {
        self.join(Step::Index(index))
    }

    /// This path and one more step.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }

    /// The same place as seen from the value that holds this path's root at `step`.
    #[must_use]
    pub(crate) fn within(mut self, step: Step) -> Self {
        self.steps.insert(0, step);
        self
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }
}

/// As Terraform writes it: `memberships["app"].admin`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
