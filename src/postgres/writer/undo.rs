//! Taking back what was created a moment ago: roles that own nothing, and have only what this process gave them.

use futures_util::future::try_join_all;

use super::queue::Writer;
use crate::postgres::catalog::{self, Facts, Scope, Subjects};
use crate::postgres::error::Error;
use crate::postgres::execute::{self, Dialect};
use crate::postgres::gather::Parts;
use crate::postgres::lock;
use crate::postgres::quote::identifier;
use crate::postgres::retry::persistently;
use crate::postgres::sql_log::LoggedAs;
use crate::roles::{
    Change, Desired, GrantsMode, MemberRule, Oid, PasswordChange, Role, RoleName, Server, diff,
};

impl Writer {
    /// Drops the roles, the last ones first: who belongs to a group came after it.
    pub(crate) async fn undo(
        &self,
        resource: &'static str,
        created: Vec<(RoleName, Oid)>,
    ) -> Result<(), Error> {
        let mut parts = Parts::default();
        parts.extend(created.into_iter().rev());
        while let Some(part) = parts.next() {
            let site = &self.shared().site;
            let patience = site.pool.config().connect_retry;
            let undone = {
                let _turn = site.turn().await;
                persistently(patience, || self.undo_once(resource, &part)).await
            };
            match undone {
                Ok(()) => {}
                Err(error) if error.is_no_room() && part.len() > 1 => parts.halve_for_good(part),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn undo_once(&self, resource: &'static str, created: &[(RoleName, Oid)]) -> Result<(), Error> {
        let transaction = lock::begin(&self.shared().site.pool).await?;
        let facts = Facts::read(&transaction).await?;
        let mut subjects = Subjects::default();
        created.iter().for_each(|(_, oid)| {
            subjects.oid(*oid);
        });
        let catalog = catalog::read(&transaction, &Scope::Some(subjects)).await?;
        let server = facts.server();
        // One that somebody has dropped meanwhile is gone, which is what is wanted.
        let roles: Vec<(LoggedAs, Role)> = created
            .iter()
            .filter_map(|(_, oid)| catalog.role_by_oid(*oid))
            .map(|role| (LoggedAs { resource, role: role.name.clone() }, role))
            .collect();
        let changes: Vec<(&LoggedAs, Vec<Change>)> =
            roles.iter().map(|(logged_as, role)| (logged_as, revocations(role, &server))).collect();
        let dialect = Dialect {
            major_version: transaction.server().major_version(),
            user: facts.user.clone(),
            standings: execute::standings(&transaction, changes.iter().flat_map(|(_, changes)| changes))
                .await?,
        };
        let lists = changes.iter().map(|(logged_as, changes)| (*logged_as, changes.as_slice()));
        execute::run(&transaction, lists, &dialect).await.map_err(|(_, error)| error)?;
        // Sent one behind the other, without waiting for the answers in between.
        try_join_all(roles.iter().map(|(logged_as, role)| {
            let drop = format!("DROP ROLE {}", identifier(role.name.as_str()));
            execute::run_statement(&transaction, logged_as, drop)
        }))
        .await?;
        transaction.commit().await.map_err(|error| error.error().clone())
    }
}

/// What takes a role's privileges on databases away, which would keep it from being dropped. All else goes with it.
fn revocations(role: &Role, server: &Server) -> Vec<Change> {
    let desired = Desired {
        name: role.name.clone(),
        attributes: role.attributes.clone(),
        looks_after_limits: false,
        comment: role.comment.clone(),
        settings: role.settings.clone(),
        database_settings: role.database_settings.clone(),
        memberships: Default::default(),
        rds_iam: None,
        privileges: Default::default(),
        grants_mode: GrantsMode::Authoritative,
        member_rule: MemberRule::Any,
        password: PasswordChange::Keep,
    };
    let mut changes = diff(Some(role), &desired, server).changes;
    changes.retain(|change| matches!(change, Change::RevokePrivileges { .. }));
    changes
}
