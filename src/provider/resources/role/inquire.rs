//! What a plan comes to that the catalog's snapshot does not tell: the server is asked, once a process, and only for what
//! is planned to change. It adds diagnostics only.

use std::sync::Arc;

use super::foresee::Plan;
use super::{RoleModel, RoleResource};
use crate::postgres::{Destroy, DestroyAction, DestroyReason, Snapshot, Target, foresee_destroy};
use crate::provider::context::Session;
use crate::provider::explain::{self, Rights};
use crate::roles::{Change, Oid, RoleName, RoleOption};
use crate::sdk::Diagnostics;

impl RoleResource {
    /// What the server says of the changes of a create or an update.
    pub(super) async fn inquire(
        &self,
        plan: &Plan<'_>,
        name: &RoleName,
        changes: &[Change],
        (session, snapshot): (&Session, &Arc<Snapshot>),
        diagnostics: &mut Diagnostics,
    ) {
        let before = plan.prior.and_then(|prior| self.existing(prior, plan.private).ok());
        let role = match before {
            Some(Target::Existing { oid, .. }) => Some(oid),
            _ => snapshot.catalog.role_oid(name),
        };
        let (open, is_who_applies) = session.with_outlook(snapshot, |outlook| {
            (outlook.newly_open(changes), role.is_some_and(|role| outlook.is_who_applies(role)))
        });
        diagnostics.extend(explain::open_to_everybody(plan.config, &open));
        let us = &snapshot.facts.user;
        let applies = session.cluster.protection().applies().unwrap_or(us);
        let rights_are_known =
            session.with_outlook(snapshot, |outlook| outlook.foresight().rights_are_known());
        let rights = match (rights_are_known, applies == us) {
            (false, _) => Rights::OnRds,
            (true, true) => Rights::Known,
            (true, false) => Rights::AsAnother,
        };
        let settings: Vec<_> = changes.iter().filter_map(Change::setting).collect();
        let mut refusals = session.cluster.inquiry().settings(applies, &settings).await.into_iter();
        for change in changes {
            match (change, role) {
                (
                    Change::SetSetting { name: setting, .. } | Change::ResetSetting { name: setting, .. },
                    _,
                ) => {
                    diagnostics.extend(refusals.next().flatten().map(|refusal| {
                        let set = (change, setting.as_str());
                        explain::refused_setting(self.kind, name, plan.config, set, &refusal, rights)
                    }));
                }
                (Change::Alter { options, .. }, Some(oid)) if options.contains(&RoleOption::Login(false)) => {
                    let ends = session.defaults.terminate_sessions(plan.model);
                    let open = if ends { None } else { session.cluster.inquiry().sessions(oid).await };
                    let open = open.filter(|open| open.all > 0 && !is_who_applies);
                    let login = Change::Alter { name: name.clone(), options: vec![RoleOption::Login(false)] };
                    diagnostics.extend(open.map(|open| {
                        explain::still_logged_in(self.kind, name, (plan.config, &login), (oid, open))
                    }));
                }
                (Change::GrantMembership { group, member, .. }, Some(oid))
                    if group.is_rds_iam() && member == name =>
                {
                    let open = session.cluster.inquiry().sessions(oid).await;
                    diagnostics.extend(open.and_then(|open| explain::without_tls(name, open)));
                }
                _ => {}
            }
        }
    }

    /// What a destroy asks of the cluster.
    pub(super) fn destroy_request(
        &self,
        model: &RoleModel,
        (oid, name): (Oid, &RoleName),
        action: DestroyAction,
    ) -> Destroy {
        let defaults = self.context.defaults();
        let on_destroy = defaults.on_destroy(model);
        Destroy {
            resource: self.type_name(),
            oid: Some(oid),
            name: name.clone(),
            action,
            reassign_owned_to: on_destroy.reassign_owned_to.known().map(RoleName::from_catalog),
            drop_owned: on_destroy.drop_owned.known().copied().unwrap_or(false),
            terminate_sessions: defaults.terminate_sessions(model),
        }
    }

    /// A role that a destroy will leave alone, since not both name and OID are the state's.
    pub(super) fn another_role(
        &self,
        (oid, name): (Oid, &RoleName),
        planned: (DestroyAction, &RoleModel),
        snapshot: &Snapshot,
    ) -> Diagnostics {
        let reason = match (snapshot.catalog.role_name(oid), snapshot.catalog.role_oid(name)) {
            (Some(now), _) => DestroyReason::Renamed { now: now.clone() },
            (None, Some(found)) => DestroyReason::OtherRole { oid, found },
            (None, None) => return Diagnostics::new(),
        };
        explain::planned_destroy(self.kind, name, planned, reason, vec![])
    }

    /// What the server says of a destroy.
    pub(super) async fn inquire_of_destroy(
        &self,
        destroy: &Destroy,
        model: &RoleModel,
        (session, snapshot): (&Session, &Arc<Snapshot>),
        diagnostics: &mut Diagnostics,
    ) {
        let (name, planned) = (&destroy.name, (destroy.action, model));
        let Some(oid) = destroy.oid else { return };
        let inquiry = session.cluster.inquiry();
        let heir = destroy.reassign_owned_to.as_ref();
        let there = |heir: &&RoleName| {
            *heir != name && session.with_outlook(snapshot, |outlook| outlook.has_role(heir))
        };
        if let Some(heir) = heir.filter(|heir| !there(heir)) {
            let reason = DestroyReason::NoHeir { name: heir.clone() };
            diagnostics.extend(explain::planned_destroy(self.kind, name, planned, reason, vec![]));
        }
        if destroy.action == DestroyAction::Drop {
            let dependents = inquiry.dependents(oid).await.unwrap_or_default();
            let foreseen = foresee_destroy(destroy, &dependents);
            if !foreseen.left.is_empty() {
                let (reason, left) = (DestroyReason::Dependents, foreseen.left.clone());
                diagnostics.extend(explain::planned_destroy(self.kind, name, planned, reason, left));
            }
            diagnostics.extend(explain::destroy_drops(self.kind, name, &foreseen));
            let granted = session.with_outlook(snapshot, |outlook| outlook.granted_by(oid));
            diagnostics.extend(explain::destroy_takes(self.kind, name, &foreseen, &granted));
        }
        if !destroy.terminate_sessions {
            let open = inquiry.sessions(oid).await.filter(|open| open.all > 0);
            diagnostics.extend(open.map(|open| match destroy.action {
                DestroyAction::Drop => explain::logged_in_after(self.kind, name, open),
                DestroyAction::Disable => {
                    let login = Change::Alter { name: name.clone(), options: vec![RoleOption::Login(false)] };
                    explain::still_logged_in(self.kind, name, (model, &login), (oid, open))
                }
            }));
        }
    }
}
