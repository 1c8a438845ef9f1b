//! What a provider keeps beside the state, unseen by its user.

/// Private state of one resource, as bytes that Terraform carries for us. Whatever Read, Plan or Apply
/// return replaces it, so it has to be carried along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivateState(pub Vec<u8>);
