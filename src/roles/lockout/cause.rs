//! Which change brings a loss about.

use super::{Harm, Loss, harm};
use crate::roles::{Change, RoleName, RoleOption, canonical_setting_name};

/// The loss, said better where the change tells more, and the change: of those that concern the role.
pub(super) fn cause(loss: Loss, role: &RoleName, changes: &[&Change]) -> (Loss, Option<Change>) {
    let last =
        |is_it: &dyn Fn(&Change) -> bool| changes.iter().rev().copied().find(|change| is_it(change)).cloned();
    let option = |is_it: &dyn Fn(&RoleOption) -> bool| {
        changes.iter().rev().copied().find_map(|change| match change {
            Change::Alter { name, options } => {
                let option = options.iter().find(|option| is_it(option))?;
                Some(Change::Alter { name: name.clone(), options: vec![option.clone()] })
            }
            _ => None,
        })
    };
    let revoke = || last(&|change| matches!(change, Change::RevokeMembership { .. }));
    let by = match &loss {
        Loss::Gone | Loss::Renamed { .. } | Loss::AnotherRole => {
            let rename = changes.iter().copied().find_map(|change| match change {
                Change::Rename { from, to } if from == role => Some(to.clone()),
                _ => None,
            });
            return match rename {
                Some(to) => {
                    (Loss::Renamed { to: to.clone() }, Some(Change::Rename { from: role.clone(), to }))
                }
                None => {
                    (loss, last(&|change| matches!(change, Change::Create { .. } | Change::Rename { .. })))
                }
            };
        }
        Loss::Login => option(&|option| matches!(option, RoleOption::Login(_))),
        Loss::ConnectionLimit => {
            option(&|option| matches!(option, RoleOption::ConnectionLimit(_) | RoleOption::Superuser(false)))
        }
        Loss::Validity => option(&|option| matches!(option, RoleOption::ValidUntil(_))),
        Loss::CreateRole => option(&|option| matches!(option, RoleOption::CreateRole(_))),
        Loss::Superuser => option(&|option| matches!(option, RoleOption::Superuser(_))),
        Loss::Password => last(&|change| matches!(change, Change::ClearPassword { .. })),
        Loss::EntersRdsIam { path } => {
            let on_the_way = |change: &Change| match change {
                Change::GrantMembership { group, member, .. } => {
                    path.windows(2).any(|step| step == [member.clone(), group.clone()])
                }
                _ => false,
            };
            last(&on_the_way).or_else(|| changes.last().map(|change| (*change).clone()))
        }
        Loss::LeavesRdsIam { .. } | Loss::RdsSuperuser => revoke(),
        Loss::Connect => last(&|change| matches!(change, Change::RevokePrivileges { .. }))
            .or_else(revoke)
            .or_else(|| changes.last().map(|change| (*change).clone())),
        Loss::Setting { name, harm: kind } => setting(name, *kind, role, changes),
    };
    (loss, by)
}

fn setting(wanted: &str, kind: Harm, role: &RoleName, changes: &[&Change]) -> Option<Change> {
    let change = changes.iter().rev().copied().find(|change| match change {
        Change::SetSetting { name, value, .. } => {
            canonical_setting_name(name) == wanted && harm(role.as_str(), name, value) == Some(kind)
        }
        // What hid a value of the role everywhere.
        Change::ResetSetting { name, .. } => canonical_setting_name(name) == wanted,
        _ => false,
    });
    change.cloned()
}
