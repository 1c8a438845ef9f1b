//! What the server stores of passwords, as far as it has to be known to tell one from another: a digest, which the server
//! makes, so that no verifier ever leaves it.

use std::collections::HashMap;
use std::fmt;

use super::decode::column;
use crate::postgres::error::Error;
use crate::postgres::scram::Digest;
use crate::postgres::transaction::Transaction;
use crate::roles::Oid;

/// The stored passwords of all roles that have one.
#[derive(Clone, Default)]
pub struct StoredPasswords(HashMap<Oid, StoredPassword>);

/// One of them.
#[derive(Clone)]
pub struct StoredPassword {
    /// Of the verifier.
    pub digest: Digest,
    /// `<iterations>:<salt>` of a SCRAM verifier. It says nothing of the password.
    pub salt: String,
}

impl StoredPasswords {
    /// What is stored for a role; nothing where it has no password.
    pub fn of(&self, role: Oid) -> Option<&StoredPassword> {
        self.0.get(&role)
    }
}

impl fmt::Debug for StoredPasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredPasswords of {} roles", self.0.len())
    }
}

/// An MD5 verifier has no `$` and so an empty second part.
const STORED: &str = "SELECT a.oid, pg_catalog.sha256(pg_catalog.convert_to(a.rolpassword, 'UTF8')), \
    pg_catalog.split_part(a.rolpassword, '$', 2) FROM pg_catalog.pg_authid a WHERE a.rolpassword IS NOT NULL";

/// Reads them, where that is allowed. A refusal ends the transaction, so this is the last to be asked; and RDS refuses it
/// whatever its catalog says of rights.
pub(crate) async fn read(transaction: &Transaction) -> Option<StoredPasswords> {
    let rows = match transaction.query(STORED, &[]).await {
        Ok(rows) => rows,
        Err(error) => {
            tracing::debug!(%error, "pg_authid cannot be read");
            return None;
        }
    };
    let stored: Result<HashMap<_, _>, Error> = rows
        .iter()
        .map(|row| {
            let digest = column::<&[u8]>(row, 1)?;
            let stored = StoredPassword { digest: Digest::from_bytes(digest), salt: column(row, 2)? };
            Ok((Oid(column(row, 0)?), stored))
        })
        .collect();
    stored.ok().map(StoredPasswords)
}
