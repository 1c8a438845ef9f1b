//! What a plan asks beside the snapshot: sessions, what depends on roles, what settings the server takes. Each is asked
//! once a process, of all roles at once, and only when something planned needs to know it. A plan can do without any
//! of it, so an error is no answer, and is not asked for again.

mod settings;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub use super::sessions::OpenSessions;
pub use settings::Refusal;

use super::cluster::end;
use super::destroy::{self, Dependents};
use super::error::Error;
use super::once::Once;
use super::retry::persistently;
use super::sessions;
use super::site::Site;
use super::transaction::{Mode, Transaction};
use crate::roles::{Oid, Parameters};

/// The questions of a plan.
pub struct Inquiry {
    site: Site,
    sessions: Once<Option<HashMap<Oid, OpenSessions>>>,
    dependents: Once<Option<HashMap<Oid, Dependents>>>,
    parameters: Once<Option<Parameters>>,
    trials: settings::Trials,
}

impl Inquiry {
    pub(super) fn new(site: Site) -> Inquiry {
        Inquiry {
            site,
            sessions: Once::default(),
            dependents: Once::default(),
            parameters: Once::default(),
            trials: settings::Trials::default(),
        }
    }

    /// The sessions of a role; `None`: nobody knows.
    pub async fn sessions(&self, role: Oid) -> Option<OpenSessions> {
        let pool = self.site.pool.clone();
        let all = self.once(&self.sessions, async move { sessions::count_all(&pool).await }).await;
        Some(all.as_ref().as_ref()?.get(&role).copied().unwrap_or_default())
    }

    /// What depends on a role; `None`: nobody knows.
    pub async fn dependents(&self, role: Oid) -> Option<Dependents> {
        let ask = self.reading(|transaction| destroy::dependents(transaction, None).boxed());
        let all = self.once(&self.dependents, ask).await;
        Some(all.as_ref().as_ref()?.get(&role).cloned().unwrap_or_default())
    }

    /// Asks, unless that was done before.
    async fn once<T: Send + Sync + 'static>(
        &self,
        once: &Once<Option<T>>,
        ask: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Arc<Option<T>> {
        let asking = self.answer(ask);
        once.get(|| Ok(asking.map(Ok))).await.unwrap_or_default()
    }

    fn answer<T: 'static>(
        &self,
        ask: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        let site = self.site.clone();
        let asking = async move { site.unless_stopped(ask).await? };
        async move { asking.await.map_err(|error| tracing::warn!(%error, "the plan does without this")).ok() }
    }

    /// A question that is answered in one transaction.
    fn reading<T: Send, F>(&self, question: F) -> impl Future<Output = Result<T, Error>> + Send + use<T, F>
    where
        F: for<'a> Fn(&'a Transaction) -> BoxFuture<'a, Result<T, Error>> + Send + Sync,
    {
        let pool = self.site.pool.clone();
        async move {
            let read = async || {
                let transaction = pool.begin(Mode::Read).await?;
                let answer = question(&transaction).await?;
                end(transaction).await;
                Ok(answer)
            };
            persistently(pool.config().connect_retry, read).await
        }
    }
}
