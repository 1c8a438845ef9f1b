//! What a plan says of that for which its apply would fail.

use crate::postgres::error::{DEPENDENTS, READER};
use crate::provider::resources::role::{Kind, RoleModel, first_ten};
use crate::roles::lockout::path_text;
use crate::roles::preflight::{Obstacle, Reason, Right, Unmet};
use crate::roles::{Change, Privilege, RoleName, RoleOption};
use crate::sdk::{Diagnostic, Path};

use super::{FOR_A_DESTROY, causes, path};

/// Whose plan it is, and who is to apply it.
#[derive(Clone, Copy)]
pub(crate) struct Planning<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: &'a RoleName,
    pub(crate) creates: bool,
    pub(crate) config: &'a RoleModel,
    /// The role that the statements would run as.
    pub(crate) me: &'a RoleName,
}

/// Why an apply would fail: an error, or a warning where it may succeed all the same. `None`: a right that RDS alone
/// knows of, which [`rights_not_known`] says once.
pub(crate) fn obstacle(planning: Planning<'_>, obstacle: &Obstacle) -> Option<Diagnostic> {
    let Planning { kind, name, .. } = planning;
    let (summary, detail) = match (&obstacle.reason, &obstacle.change) {
        (Reason::AlreadyThere { .. }, _) => (causes::there_already(name), causes::already_there(kind, name)),
        (Reason::TwoResources, _) => (causes::for_one_role(name), causes::TWO_RESOURCES.to_owned()),
        (Reason::NameTaken { oid, .. }, _) => (summary(planning), causes::name_taken(name, *oid)),
        (Reason::NameGivenUp { oid }, _) => {
            let (summary, detail) = causes::name_given_up(name, *oid);
            return Some(Diagnostic::warning(summary, detail).at(place(planning, obstacle)));
        }
        (Reason::Unmet(unmet), _) => {
            let summary = if obstacle.certain { summary(planning) } else { not_yet(planning, unmet) };
            (summary, causes::unmet(unmet))
        }
        (Reason::CannotRevoke { grantor }, Some(change)) => {
            (summary(planning), causes::cannot_revoke(&change.describe(), grantor, ""))
        }
        (reason, Some(change)) => {
            let (why, remedy) = because(planning, reason, change);
            (summary(planning), format!("Cannot {}.\n\n{why}.\n\n{remedy}", change.describe()))
        }
        (_, None) => return None,
    };
    let at = place(planning, obstacle);
    Some(if obstacle.certain {
        Diagnostic::error(summary, format!("{detail}\n\n{FOR_A_DESTROY}")).at(at)
    } else {
        Diagnostic::warning(summary, format!("{detail}\n\nWhere nobody does that first, the apply fails."))
            .at(at)
    })
}

/// Rights that the catalog does not decide, once a run.
pub(crate) fn rights_not_known(planning: Planning<'_>, obstacle: &Obstacle) -> Option<Diagnostic> {
    let change = obstacle.change.as_ref()?;
    let me = planning.me.as_str();
    let (why, remedy) = match &obstacle.reason {
        Reason::CannotRevoke { grantor } => {
            (format!("it was granted by {:?}", grantor.as_str()), causes::remedy(change).to_owned())
        }
        reason => because(planning, reason, change),
    };
    let diagnostic = Diagnostic::warning(
        format!("Whether {me:?} may do all that is planned is for RDS to say"),
        format!(
            "By PostgreSQL's own rules it could not {} of {} {:?}: {why}. On RDS members of rds_superuser may do more, which \
             no catalog shows. This is said once a run.\n\nShould the apply fail: {remedy}",
            change.describe(),
            planning.kind.noun(),
            planning.name.as_str()
        ),
    );
    Some(diagnostic.at(place(planning, obstacle)))
}

/// There is something to write, and the server only reads. `verb` says what is planned for the role.
pub(crate) fn reader(kind: Kind, name: &RoleName, verb: &str) -> Diagnostic {
    let for_a_destroy = if verb == "destroy" { String::new() } else { format!("\n\n{FOR_A_DESTROY}") };
    Diagnostic::error(
        format!("Cannot {verb} {} {:?}", kind.noun(), name.as_str()),
        format!(
            "The server is in recovery and takes no writes (SQLSTATE 25006 in an apply).\n\n{READER}{for_a_destroy}"
        ),
    )
}

/// The role of `apply_username` is not there.
pub(crate) fn nobody_applies(applies: &RoleName) -> Diagnostic {
    Diagnostic::warning(
        format!("There is no role {:?} to apply this", applies.as_str()),
        "apply_username (PGUM_APPLY_USERNAME) names it, so what it may do cannot be judged. Check the name, or make the role \
         before the apply.",
    )
}

/// Roles of `protected_roles` that are not there.
pub(crate) fn nobody_protected(names: &[RoleName]) -> Option<Diagnostic> {
    let shown: Vec<String> = names.iter().map(|name| format!("{:?}", name.as_str())).collect();
    let there_is = if names.len() == 1 { "There is no role" } else { "There are no roles" };
    (!names.is_empty()).then(|| {
        Diagnostic::warning(
            format!("{there_is} {} to protect", first_ten(&shown)),
            "protected_roles names what is not there, so nobody is protected by it. Check the spelling, and the case. Where this run \
             makes the role, all is well.",
        )
    })
}

fn summary(planning: Planning<'_>) -> String {
    let verb = if planning.creates { "create" } else { "change" };
    format!("Cannot {verb} {} {:?}", planning.kind.noun(), planning.name.as_str())
}

/// What may still come to be there.
fn not_yet(planning: Planning<'_>, unmet: &Unmet) -> String {
    let Planning { kind, name, .. } = planning;
    let (what, missing) = match unmet {
        Unmet::MissingGroup { name } => ("group", name.as_str()),
        Unmet::MissingDatabase { name } => ("database", name.as_str()),
        Unmet::MissingRdsIam | Unmet::UnknownOptions { .. } => return summary(planning),
    };
    format!("There is no {what} {missing:?} yet for {} {:?}", kind.noun(), name.as_str())
}

fn place(planning: Planning<'_>, obstacle: &Obstacle) -> Path {
    let Planning { kind, config, .. } = planning;
    match (&obstacle.reason, &obstacle.change) {
        (Reason::Unmet(unmet), _) => path::of_unmet(config, unmet),
        (Reason::NoRight(Right::Superuser { options } | Right::Own { options }), _) => {
            options.first().map_or_else(|| path::name(kind), |option| path::of_option(kind, config, option))
        }
        (Reason::NoRight(Right::CreateRole), Some(Change::Create { .. })) | (_, None) => path::name(kind),
        (_, Some(change)) => path::of_change(kind, config, change),
    }
}

/// Why a step is refused, and what to do about it.
fn because(planning: Planning<'_>, reason: &Reason, change: &Change) -> (String, String) {
    let own = |why: String, remedy: &str| (why, remedy.to_owned());
    match reason {
        Reason::NoRight(right) => no_right(planning.me, right, change),
        Reason::Circle { path } => {
            let ends = |place: Option<&RoleName>| place.map_or("", RoleName::as_str).to_owned();
            own(
                format!(
                    "{:?} belongs to {:?} already ({}), and memberships cannot go in a circle",
                    ends(path.first()),
                    ends(path.last()),
                    path_text(path)
                ),
                "Take one of these memberships out of the configuration, in an apply before this or with a reference that lets \
                 this one wait for it.",
            )
        }
        Reason::Unreadable { name } => own(
            format!(
                "{name:?} has bytes that are no UTF-8, with U+FFFD in their place, and no statement can write it here"
            ),
            "It was made in a database of another encoding. Do it by hand in there, or give it another name in there.",
        ),
        Reason::GrantedOn { to } => {
            let names: Vec<_> = to.iter().map(|role| format!("{:?}", role.as_str())).collect();
            own(format!("it was granted on by it, to {}", names.join(", ")), DEPENDENTS)
        }
        Reason::GrantedBack => own(
            format!(
                "{:?} may grant it only by a grant that comes from there, and PostgreSQL lets nobody grant such a right back",
                planning.me.as_str()
            ),
            "Leave the option out, or let a role grant it that has it from elsewhere.",
        ),
        // Said with words of their own.
        _ => own(String::new(), causes::remedy(change)),
    }
}

fn no_right(me: &RoleName, right: &Right, change: &Change) -> (String, String) {
    let me = me.as_str();
    let of_options = |options: &[RoleOption]| {
        let options = options.to_vec();
        let name = RoleName::from_catalog(me);
        Change::Alter { name, options }
    };
    match right {
        Right::CreateRole => (
            format!("{me:?} has no CREATEROLE"),
            format!(
                "Let a role apply this that has it, or give it to this one: ALTER ROLE {me:?} CREATEROLE."
            ),
        ),
        Right::Admin { on } => {
            let remedy = match change {
                Change::GrantMembership { .. }
                | Change::RevokeMembership { .. }
                | Change::RevokeAdminOption { .. } => causes::remedy(change),
                _ => causes::ADMIN_OPTION,
            };
            let on = on.as_str();
            (
                format!("{me:?} has no ADMIN OPTION on {on:?}"),
                format!("{remedy} Here: GRANT {on:?} TO {me:?} WITH ADMIN OPTION."),
            )
        }
        Right::InheritedAdmin { on } => (
            format!(
                "{me:?} has ADMIN OPTION on {:?} through memberships only that it does not inherit, and the server finds no \
                 grantor then",
                on.as_str()
            ),
            "Grant these memberships WITH INHERIT TRUE, or ADMIN OPTION to the role itself.".to_owned(),
        ),
        Right::NotItself => (
            format!(
                "{me:?} is the role itself, and from PostgreSQL 16 on a role changes nothing of itself but its password and its \
                 settings"
            ),
            "Let another role apply this, or leave it as it is.".to_owned(),
        ),
        Right::SuperuserFor { role } => {
            let remedy = match change {
                Change::Alter { .. } => causes::remedy(change),
                _ => "Let a superuser do it. RDS has none to offer.",
            };
            let role = role.as_str();
            (format!("{role:?} is a superuser, and {me:?} is none"), remedy.to_owned())
        }
        Right::SuperuserForReplication { role } => (
            format!(
                "{:?} has REPLICATION, and up to PostgreSQL 15 only superusers alter such a role",
                role.as_str()
            ),
            match change {
                Change::Alter { .. } => causes::remedy(change).to_owned(),
                _ => "Let a superuser do it.".to_owned(),
            },
        ),
        Right::Superuser { options } => {
            (format!("{me:?} is no superuser"), causes::remedy(&of_options(options)).to_owned())
        }
        Right::Own { options } => {
            (format!("{me:?} has it not itself"), causes::remedy(&of_options(options)).to_owned())
        }
        Right::Members { of } => (
            format!("{:?} takes no members", of.as_str()),
            "Its one member is the owner of the current database, whoever that is.".to_owned(),
        ),
        Right::GrantOption { database, owner, privileges } => {
            let names: Vec<_> = privileges.iter().copied().map(Privilege::as_str).collect();
            let owner = owner.as_ref().map_or_else(String::new, |owner| format!(", {:?}", owner.as_str()));
            (
                format!(
                    "{me:?} has no {} WITH GRANT OPTION on database {:?}, nor the privileges of its owner{owner}",
                    names.join(", "),
                    database.as_str()
                ),
                causes::remedy(change).to_owned(),
            )
        }
    }
}
