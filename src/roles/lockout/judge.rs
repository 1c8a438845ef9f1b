//! What a protected role loses between two moments.

use super::harm::new_harm;
use super::{Access, Login, Loss, Protected};

/// What the role has before and has not after. What it did not have is no loss.
pub fn losses(role: &Protected, before: Option<&Access>, after: Option<&Access>) -> Vec<Loss> {
    let (before, after) = match (before, after) {
        (None, _) => return Vec::new(),
        (Some(_), None) => return vec![Loss::Gone],
        (Some(before), Some(after)) if before.oid != after.oid => return vec![Loss::AnotherRole],
        (Some(before), Some(after)) => (before, after),
    };
    let login = effective_login(role, before);
    let mut losses = Vec::new();
    let mut lose = |lost: bool, loss: Loss| {
        if lost {
            losses.push(loss);
        }
    };
    lose(before.login && !after.login, Loss::Login);
    // The limit is not for superusers (InitializeSessionUserId).
    let shut_out = |access: &Access| access.connection_limit == 0 && !access.superuser;
    lose(!shut_out(before) && shut_out(after), Loss::ConnectionLimit);
    if login == Login::Password {
        lose(!before.valid_until_passed && after.valid_until_passed, Loss::Validity);
        // A password that cannot be seen is taken to be there.
        lose(before.has_password != Some(false) && after.has_password == Some(false), Loss::Password);
    }
    match (&before.rds_iam, &after.rds_iam) {
        (None, Some(path)) => lose(login != Login::Iam, Loss::EntersRdsIam { path: path.clone() }),
        (Some(path), None) => lose(login == Login::Iam, Loss::LeavesRdsIam { path: path.clone() }),
        _ => {}
    }
    lose(before.connect && !after.connect, Loss::Connect);
    lose(before.superuser && !after.superuser, Loss::Superuser);
    lose(before.create_role && !after.create_role && !before.superuser, Loss::CreateRole);
    lose(before.rds_superuser && !after.rds_superuser, Loss::RdsSuperuser);
    for (name, value) in &after.settings {
        let was = before.settings.get(name).map(String::as_str);
        if let Some(harm) = new_harm(role.name.as_str(), name, was, value) {
            lose(true, Loss::Setting { name: name.clone(), harm });
        }
    }
    losses
}

fn effective_login(role: &Protected, before: &Access) -> Login {
    match role.login {
        Login::Unknown if before.rds_iam.is_some() => Login::Iam,
        Login::Unknown => Login::Password,
        known => known,
    }
}

#[cfg(test)]
mod tests;
