//! What the catalog says must fail: the steps of a plan, judged by what the role that applies may do. Pure: it knows
//! neither plans nor servers, and asks nobody.
//!
//! Every SQLSTATE that a step of a create or an update can meet, and where it is seen before:
//!
//! | SQLSTATE | Statement | Seen |
//! |---|---|---|
//! | 42501 | CREATE, ALTER, COMMENT ON ROLE | `rights`: CREATEROLE; from 16 on ADMIN OPTION, and what must be had to be given |
//! | 42501 | GRANT and REVOKE of a role | `memberships`: up to 15 CREATEROLE or ADMIN OPTION, from 16 on ADMIN OPTION; whose grant it is |
//! | 42501, 01007 | GRANT ON DATABASE | `privileges`: the owner's privileges or the grant option; 01007 grants nothing and fails nothing |
//! | 42501, 01006, silence | REVOKE of what another granted | `memberships`, `privileges`: whether who applies can act for the grantor |
//! | 42501 | ALTER ROLE SET of a superuser's setting | only the server knows: it is asked |
//! | 42501 | PASSWORD under rds.restrict_password_commands | not seen: no catalog shows it |
//! | 42710, 23505 | CREATE ROLE, RENAME | `Reason::AlreadyThere`, `NameTaken`, `NameGivenUp`, `TwoResources`, of who plans |
//! | 42704 | GRANT of a group that is not there | `unmet` |
//! | 3D000 | GRANT ON DATABASE, IN DATABASE of one that is not there | `unmet` |
//! | 42601 | INHERIT, SET and such up to 15 | `unmet`: `Unmet::UnknownOptions`; no such statement is sent |
//! | 0LP01 | GRANT in a circle | `memberships`: `Circle` |
//! | 0LP01 | ADMIN or grant option back to one's own grantor | `memberships`, `privileges`: `GrantedBack` |
//! | 0LP01, XX000 | members of pg_database_owner | validation, and `memberships`: `Right::Members` |
//! | XX000 | GRANT by an ADMIN OPTION that is not inherited (16+) | `memberships`: `Right::InheritedAdmin` |
//! | XX000 | REVOKE by an ADMIN OPTION that is not inherited (16+) | `memberships`: `CannotRevoke`; who can act for the grantor needs no other |
//! | 2BP01 | REVOKE of an option that was used | `memberships`, `privileges`: `GrantedOn` |
//! | 0A000 | RENAME of the session's own user | said by who plans: it knows the session |
//! | 42939, 42602, 22021 | names, texts | validation; 22021 (no such character in the database's encoding) is not seen |
//! | 22008, 22023 | VALID UNTIL, CONNECTION LIMIT | validation |
//! | 22023, 42704 | ALTER ROLE SET of a value or a name that is none | only the server knows: it is asked |
//! | 25006 | any, on a reader | said by who plans: `Facts::in_recovery` |
//! | 28000, 28P01, 08xxx, 57P0x, 53xxx | any | no matter of the catalog |
//! | 55P03, 40001, 40P01, 57014 | any | others at the same time |

mod judge;
mod memberships;
mod obstacle;
mod privileges;
mod rights;
#[cfg(test)]
mod tests;
mod unmet;

pub use judge::Judge;
pub use obstacle::{Obstacle, Reason, Right};
pub use unmet::{Unmet, unmet};

use super::Change;
use super::foresight::Foresight;

/// What stands in the way of the steps of one role, in their order, when the role that the foresight is of takes them
/// from what is there. Together with [`unmet`], which is for what must be there before.
///
/// It promises: where a `certain` obstacle is found, the server refuses that very step, or takes it without effect; and
/// where none is found at all, the catalog does not give the refusal of any step away. Not seen is what no catalog shows: whether a value of a setting is valid
/// and allowed, `rds.restrict_password_commands`, what others do at the same time. On RDS, for members of
/// `rds_superuser`, a missing right is never `certain`.
///
/// It costs a copy of the catalog. Who judges one role after the other keeps a [`Judge`].
pub fn obstacles(foresight: &Foresight, changes: &[Change]) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let Some(mut judge) = Judge::new(foresight) else { return found };
    let mut foresight = foresight.clone();
    for change in changes {
        judge.look(&foresight, change, &|_| false, &mut found);
        foresight.lay(change);
    }
    judge.end(&foresight, &|_| false, &mut found);
    found
}
