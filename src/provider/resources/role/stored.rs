//! Whether the password that the server stores is the one that was sent, where that can be seen.

use secrecy::SecretString;

use super::RoleModel;
use super::private::Private;
use crate::postgres::StoredPasswords;
use crate::postgres::scram::{self, Digest};
use crate::roles::Role;
use crate::sdk::Value;

const IN_SYNC: &str = "password_in_sync";

/// Says in the state of a user that logs in by password where the stored one is another. Where it cannot be seen, a state
/// that says so goes on to say it: that is over when the password has been sent.
pub(super) async fn compare(
    before: &RoleModel,
    private: &mut Private,
    role: &Role,
    passwords: Option<&StoredPasswords>,
    state: &mut Value,
) {
    let in_sync = match passwords {
        Some(passwords) => is_the_one(before, private, role, passwords).await,
        None => None,
    };
    if !in_sync.unwrap_or_else(|| before.password_in_sync.known() != Some(&false)) {
        state.set(IN_SYNC, Value::Bool(false));
    }
}

/// Whether the stored password is the one that was sent last; none where none was, or where nothing of it is kept.
async fn is_the_one(
    before: &RoleModel,
    private: &mut Private,
    role: &Role,
    passwords: &StoredPasswords,
) -> Option<bool> {
    let kept = before.password.known();
    let Some(stored) = passwords.of(role.oid) else {
        // Somebody has taken it away.
        return (private.password_sent || kept.is_some()).then_some(false);
    };
    if private.verifier.as_deref() == Some(stored.digest.as_str()) {
        return Some(true);
    }
    // The same password has another verifier where somebody else has set it, or a version of pgum that kept no digest.
    match kept {
        Some(password) => {
            let same = is_of(password.clone(), stored.salt.clone(), stored.digest.clone()).await;
            if same {
                private.verifier = Some(stored.digest.as_str().to_owned());
            }
            Some(same)
        }
        None => private.verifier.is_some().then_some(false),
    }
}

/// Whether a stored verifier is one of this password: with the same salt it would be the same. Made not on the threads
/// that answer Terraform.
async fn is_of(password: SecretString, salt: String, stored: Digest) -> bool {
    let made = tokio::task::spawn_blocking(move || scram::verifier_like(&password, &salt)).await;
    made.ok().flatten().is_some_and(|verifier| Digest::of(&verifier) == stored)
}
