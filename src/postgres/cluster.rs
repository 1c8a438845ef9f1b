//! A cluster as the provider sees it: read all of it once, look at some roles, make a role as it should be, take one
//! away.

use std::sync::Arc;

use futures_util::future::{join3, try_join};
use tokio::sync::watch;

use super::catalog::{self, Facts, Scope, StoredPasswords, Subjects};
use super::config::ConnectionConfig;
use super::destroy::{Destroy, DestroyError, Destroyed, Destroyer};
use super::error::Error;
use super::gather;
use super::inquiry::Inquiry;
use super::looks::Looks;
use super::once::Once;
use super::retry::persistently;
use super::session::Pool;
use super::site::{Site, Stopped};
use super::sql_log::SqlLog;
use super::transaction::{Mode, Transaction};
use super::writer::{Applied, Apply, ApplyError, Writer};
use crate::roles::lockout::Protection;
use crate::roles::{self, Catalog, Oid, RoleName};

/// One a provider process. Cheap to make: nothing is connected before something is asked.
pub struct Cluster {
    site: Site,
    writer: Writer,
    destroyer: Destroyer,
    stop: watch::Sender<bool>,
    snapshot: Once<Snapshot>,
    looks: Looks<Snapshot>,
    system_identifier: Once<Option<i64>>,
    inquiry: Inquiry,
}

/// What was there at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The roles, all of them or those that were asked for.
    pub catalog: Catalog,
    /// The server, as the domain sees it.
    pub server: roles::Server,
    /// The server and the connection's user.
    pub facts: Facts,
    /// What tells this cluster from others, where the server lets us know; read with all roles only.
    pub system_identifier: Option<i64>,
    /// What is stored of passwords, where we may read that; read with all roles only.
    pub passwords: Option<StoredPasswords>,
}

impl Cluster {
    /// The cluster at the end of this configuration, which protects the role that logs in.
    pub fn new(config: ConnectionConfig) -> Cluster {
        let protection = config.protection();
        Cluster::protecting(config, protection, SqlLog::default())
    }

    /// The cluster at the end of this configuration, who must not be locked out of it, and where what is changed is
    /// logged.
    pub fn protecting(config: ConnectionConfig, protection: Protection, sql_log: SqlLog) -> Cluster {
        let (stop, stopped) = watch::channel(false);
        let pool = Pool::logging(config, sql_log);
        let site = Site::new(pool, Arc::new(protection), stopped);
        let (writer, destroyer) = (Writer::new(site.clone()), Destroyer::new(site.clone()));
        let inquiry = Inquiry::new(site.clone());
        let (snapshot, looks, system_identifier) = (Once::default(), Looks::default(), Once::default());
        Cluster { site, writer, destroyer, stop, snapshot, looks, system_identifier, inquiry }
    }

    /// Who must not be locked out.
    pub fn protection(&self) -> &Protection {
        &self.site.protection
    }

    /// All roles, read once: who asks while it is read waits for the same, and so does an error go to all of
    /// them. After an error the next to ask reads again.
    ///
    /// # Errors
    /// The connection's or the server's.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        let ask = || {
            self.refuse_when_stopped()?;
            let site = self.site.clone();
            Ok(async move { read(&site, &Scope::All).await })
        };
        self.snapshot.get(ask).await
    }

    /// What tells this cluster from others, where the server lets us know, read once and for itself: an apply has no
    /// snapshot, and in a transaction that writes, a refusal would be its end.
    ///
    /// # Errors
    /// The connection's.
    pub async fn system_identifier(&self) -> Result<Option<i64>, Error> {
        let ask = || {
            self.refuse_when_stopped()?;
            let site = self.site.clone();
            Ok(async move { read_identifier(&site).await })
        };
        self.system_identifier.get(ask).await.map(|identifier| *identifier)
    }

    /// What a plan asks beside the snapshot.
    pub fn inquiry(&self) -> &Inquiry {
        &self.inquiry
    }

    /// A fresh look at all roles.
    ///
    /// # Errors
    /// The connection's or the server's.
    pub async fn look_at_all(&self) -> Result<Snapshot, Error> {
        self.refuse_when_stopped()?;
        read(&self.site, &Scope::All).await
    }

    /// Drops roles again that this process has created, with what it has granted them. It is done also where Terraform has
    /// asked to stop: it ends what was begun.
    ///
    /// # Errors
    /// The connection's or the server's. Some of them may be left then.
    pub async fn undo(&self, resource: &'static str, created: Vec<(RoleName, Oid)>) -> Result<(), Error> {
        self.writer.undo(resource, created).await
    }

    /// A fresh look at some roles, together with those that others ask for at the same time.
    ///
    /// # Errors
    /// The connection's or the server's.
    pub async fn look(&self, names: &[RoleName]) -> Result<Arc<Snapshot>, Error> {
        self.refuse_when_stopped()?;
        let look = |names: Vec<RoleName>| async move {
            let mut subjects = Subjects::default();
            subjects.mention(&RoleName::rds_iam());
            names.iter().for_each(|name| {
                subjects.name(name);
            });
            read(&self.site, &Scope::Some(subjects)).await
        };
        self.looks.at(names, look).await
    }

    /// Awaits something; the roles that it asks for at once are made, or taken away, together.
    pub async fn together<T>(&self, asking: impl Future<Output = T>) -> T {
        // They may wait to learn which cluster this is.
        let held = (self.writer.hold(), self.destroyer.hold());
        gather::together(held, asking, self.system_identifier.settled()).await
    }

    /// Makes a role as it should be: one transaction, so after an error nothing is half done.
    ///
    /// # Errors
    /// See [`ApplyError`].
    pub async fn apply(&self, request: Apply) -> Result<Applied, ApplyError> {
        if self.site.is_stopped() {
            return Err(ApplyError::Stopped);
        }
        self.writer.apply(request).await
    }

    /// Takes a role away, or disables it: a sequence of transactions, which can be repeated after an error. Those that are
    /// asked for at the same time share them.
    ///
    /// # Errors
    /// See [`DestroyError`].
    pub async fn destroy(&self, request: Destroy) -> Result<Destroyed, DestroyError> {
        self.destroyer.destroy(request).await
    }

    /// Begins nothing new: what waits ends with an error that says so, what has begun is brought to its end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops, and closes the connections.
    pub async fn close(&self) {
        self.stop();
        self.site.pool.close().await;
    }

    fn refuse_when_stopped(&self) -> Result<(), Error> {
        if self.site.is_stopped() { Err(Stopped.into()) } else { Ok(()) }
    }
}

/// Reads, as often as it takes.
async fn read(site: &Site, scope: &Scope) -> Result<Snapshot, Error> {
    let pool = &site.pool;
    site.unless_stopped(persistently(pool.config().connect_retry, || read_once(pool, scope))).await?
}

async fn read_identifier(site: &Site) -> Result<Option<i64>, Error> {
    let pool = &site.pool;
    let read_once = || async {
        let transaction = pool.begin(Mode::Read).await?;
        let identifier = catalog::system_identifier(&transaction).await;
        end(transaction).await;
        Ok(identifier)
    };
    site.unless_stopped(persistently(pool.config().connect_retry, read_once)).await?
}

async fn read_once(pool: &Pool, scope: &Scope) -> Result<Snapshot, Error> {
    let transaction = pool.begin(Mode::Read).await?;
    let (facts, catalog, system_identifier, passwords) = match scope {
        Scope::Some(_) => {
            let (facts, catalog) =
                try_join(Facts::read(&transaction), catalog::read(&transaction, scope)).await?;
            (facts, catalog, None, None)
        }
        Scope::All => {
            let (facts, catalog, identifier) = join3(
                Facts::read(&transaction),
                catalog::read(&transaction, scope),
                catalog::system_identifier(&transaction),
            )
            .await;
            let (facts, catalog) = (facts?, catalog?);
            // After a refused identifier the transaction answers nothing more.
            let passwords = match identifier {
                Some(_) if facts.reads_passwords => catalog::passwords::read(&transaction).await,
                _ => None,
            };
            (facts, catalog, identifier, passwords)
        }
    };
    end(transaction).await;
    Ok(Snapshot { catalog, server: facts.server(), facts, system_identifier, passwords })
}

/// Ends a transaction that has only read: all it was for is here.
pub(super) async fn end(transaction: Transaction) {
    if let Err(error) = transaction.rollback().await {
        tracing::debug!(%error, "a transaction that had only read did not end well");
    }
}
