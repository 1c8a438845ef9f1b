//! What a provider keeps beside the state, unseen by its user.

use std::fmt;

/// Private state of one resource, as bytes that Terraform carries for us. Whatever Read, Plan or Apply
/// return replaces it, so it has to be carried along.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PrivateState(pub Vec<u8>);

/// How long it is, and not what is in it.
impl fmt::Debug for PrivateState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateState({} bytes)", self.0.len())
    }
}
