//! What is asked of the server once: who asks while it is on its way waits for the same answer.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use super::error::Error;

/// A question and its answer. Errors go to all who wait.
pub(super) struct Once<T> {
    answer: Mutex<Option<Answer<T>>>,
}

type Answer<T> = Shared<BoxFuture<'static, Result<Arc<T>, Error>>>;

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { answer: Mutex::default() }
    }
}

impl<T: Send + Sync + 'static> Once<T> {
    /// The answer. After an error the next to ask asks again.
    pub(super) async fn get<F>(&self, ask: impl FnOnce() -> Result<F, Error>) -> Result<Arc<T>, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let answer = {
            let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
            match &*answer {
                Some(asked) if !matches!(asked.peek(), Some(Err(_))) => asked.clone(),
                _ => {
                    let asking = ask()?;
                    let asking = async move { asking.await.map(Arc::new) };
                    answer.insert(asking.boxed().shared()).clone()
                }
            }
        };
        answer.await
    }

    /// Waits for an answer that somebody has asked for, if anybody has.
    pub(super) async fn settled(&self) {
        let asked = self.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(asked) = asked {
            // Whoever has asked deals with an error.
            _ = asked.await;
        }
    }
}
