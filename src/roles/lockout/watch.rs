//! Protected roles, watched while a plan's changes are laid one after the other: what two resources only do together
//! is found with the second of them.

use std::fmt;

use time::OffsetDateTime;

use super::cause::cause;
use super::standing::Standing;
use super::{Access, Login, Loss, Protected, Protection, losses};
use crate::roles::foresight::Foresight;
use crate::roles::{Change, DatabaseName, Oid, RoleName, RoleOption};

/// Something that a protected role loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The role.
    pub role: Protected,
    /// What it loses.
    pub loss: Loss,
    /// The change that does it, as far as one can be told; an ALTER has the one option that does it.
    pub by: Option<Change>,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.role.name.as_str(), self.loss.describe())
    }
}

/// How the protected roles stand, as far as the plan is known.
#[derive(Debug, Clone)]
pub struct Watch {
    database: DatabaseName,
    /// A validity that ends before this has passed.
    now: OffsetDateTime,
    watched: Vec<Watched>,
}

#[derive(Debug, Clone)]
struct Watched {
    role: Protected,
    standing: Option<Standing>,
}

impl Watch {
    /// Before anything is planned.
    pub fn new(protection: &Protection, foresight: &Foresight, now: OffsetDateTime) -> Self {
        let database = protection.database.clone();
        let watched = protection.roles.iter().cloned().map(|mut role| {
            let standing = Standing::of(&role.name, foresight, &database, now);
            if role.login == Login::Unknown
                && let Some(standing) = &standing
            {
                let by_token = standing.access.rds_iam.is_some();
                role.login = if by_token { Login::Iam } else { Login::Password };
            }
            Watched { role, standing }
        });
        Self { watched: watched.collect(), database, now }
    }

    /// How a protected role stands now.
    pub fn access(&self, name: &RoleName) -> Option<&Access> {
        let watched = self.watched.iter().find(|watched| watched.role.name == *name)?;
        watched.standing.as_ref().map(|standing| &standing.access)
    }

    /// Lays the changes of one resource, and says what is lost by them.
    pub fn lay(&mut self, changes: &[Change], foresight: &mut Foresight) -> Vec<Lost> {
        self.lay_each(changes, foresight, |_, _| {})
    }

    /// The same; each change is shown, with what is there then, before it is laid.
    pub fn lay_each(
        &mut self,
        changes: &[Change],
        foresight: &mut Foresight,
        mut before: impl FnMut(&Foresight, &Change),
    ) -> Vec<Lost> {
        let mut concerning = vec![Vec::new(); self.watched.len()];
        for change in changes {
            before(foresight, change);
            foresight.lay(change);
            for (watched, concerning) in self.watched.iter().zip(&mut concerning) {
                if watched.is_concerned(change, foresight, &self.database) {
                    concerning.push(change);
                }
            }
        }
        let mut lost = Vec::new();
        for (watched, concerning) in self.watched.iter_mut().zip(concerning) {
            if !concerning.is_empty() {
                let losses = watched.look_again(foresight, &self.database, self.now);
                lost.extend(losses.into_iter().map(|loss| {
                    let (loss, by) = cause(loss, &watched.role.name, &concerning);
                    Lost { role: watched.role.clone(), loss, by }
                }));
            }
        }
        lost
    }

    /// The same of a DROP ROLE.
    pub fn lay_drop(&mut self, name: &RoleName, foresight: &mut Foresight) -> Vec<Lost> {
        let Some(oid) = foresight.catalog().role_oid(name) else { return Vec::new() };
        foresight.drop_role(name);
        self.look_at_those_by(oid, foresight)
    }

    /// The same of NOLOGIN.
    pub fn lay_disable(&mut self, name: &RoleName, foresight: &mut Foresight) -> Vec<Lost> {
        self.lay(&[Change::Alter { name: name.clone(), options: vec![RoleOption::Login(false)] }], foresight)
    }

    fn look_at_those_by(&mut self, dropped: Oid, foresight: &Foresight) -> Vec<Lost> {
        let mut lost = Vec::new();
        for watched in &mut self.watched {
            let concerned = watched
                .standing
                .as_ref()
                .is_some_and(|standing| standing.access.oid == dropped || standing.stands_by(dropped));
            if concerned {
                let losses = watched.look_again(foresight, &self.database, self.now);
                let role = &watched.role;
                lost.extend(losses.into_iter().map(|loss| Lost { role: role.clone(), loss, by: None }));
            }
        }
        lost
    }
}

impl Watched {
    fn is_concerned(&self, change: &Change, foresight: &Foresight, database: &DatabaseName) -> bool {
        match (&self.standing, change) {
            (Some(standing), _) => standing.is_concerned(&self.role.name, change, foresight, database),
            // It was not there, and may come.
            (None, Change::Create { name, .. } | Change::Rename { to: name, .. }) => *name == self.role.name,
            (None, _) => false,
        }
    }

    /// What it has lost since it was looked at last.
    fn look_again(
        &mut self,
        foresight: &Foresight,
        database: &DatabaseName,
        now: OffsetDateTime,
    ) -> Vec<Loss> {
        let after = Standing::of(&self.role.name, foresight, database, now);
        let before = std::mem::replace(&mut self.standing, after);
        let access =
            |standing: &'_ Option<Standing>| standing.as_ref().map(|standing| standing.access.clone());
        losses(&self.role, access(&before).as_ref(), access(&self.standing).as_ref())
    }
}

#[cfg(test)]
mod tests;
