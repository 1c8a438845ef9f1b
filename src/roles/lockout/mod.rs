//! Nobody is locked out: what a protected role needs to come in and to work, and what of that a change would take
//! away. The judge knows neither plans nor servers: both show it how the role stands before and after.

mod access;
mod between;
mod cause;
mod harm;
mod judge;
mod loss;
mod protection;
mod standing;
mod watch;

pub use access::{Access, Login, Protected, Why};
pub use between::{Accesses, lost};
pub use harm::{Harm, harm, is_judged_setting, judged_settings};
pub use judge::losses;
pub use loss::{Loss, path_text};
pub use protection::Protection;
pub use watch::{Lost, Watch};
