//! The vocabulary of a provider: types, values, paths, diagnostics, schemas, and the traits that a
//! provider implements. It knows nothing of PostgreSQL and nothing of the bytes on the wire.

mod diagnostic;
pub mod model;
mod nearest;
mod number;
mod path;
mod private;
pub mod provider;
pub mod resource;
pub mod schema;
mod types;
mod value;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use model::Attr;
pub use nearest::nearest;
pub use number::{Number, NumberError};
pub use path::{Path, Step};
pub use private::PrivateState;
pub use provider::{DataSource, EphemeralResource, Function, ListResource, Provider};
pub use resource::Resource;
pub use schema::{Attribute, Schema};
pub use types::Type;
pub use value::{Refinements, Value};
