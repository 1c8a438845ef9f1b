//! Users and groups, where they differ in words.

/// Which of the two resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `pgum_user`.
    User,
    /// `pgum_group`.
    Group,
}

impl Kind {
    /// The resource type's name.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::User => "pgum_user",
            Self::Group => "pgum_group",
        }
    }

    /// What it is called in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }

    /// The attribute that has its name.
    pub(crate) fn name_attribute(self) -> &'static str {
        match self {
            Self::User => "username",
            Self::Group => "name",
        }
    }
}
