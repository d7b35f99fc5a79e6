//! Passwords: argon2id with the parameters that OWASP's Password Storage Cheat Sheet recommends (19 MiB, two passes, one lane), which
//! are the library's own.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use kernel::Rng;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::errors::Error;

/// Shortest password that somebody may choose, in characters (NIST SP 800-63B section 3.1.1.2; ASVS 5.0 V6.2.1).
pub const SHORTEST: usize = 8;
/// Longest password, in bytes: what is longer only costs time.
pub const LONGEST: usize = 1024;
/// How long a sign-in waits for its turn before it is asked to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why nobody may choose `password` as `username`, in a sentence for whoever tries; `None` when it may be chosen (NIST SP 800-63B section
/// 3.1.1.2: length, nothing that is known beforehand, no rules of composition).
pub fn weakness(username: &str, password: &str) -> Option<&'static str> {
    let (lower, username) = (password.to_lowercase(), username.trim().to_lowercase());
    if password.chars().count() < SHORTEST {
        return Some("Usare almeno 8 caratteri.");
    }
    if password.len() > LONGEST {
        return Some("Usare al massimo 1024 byte.");
    }
    if lower.contains(&username) || username.contains(&lower) {
        return Some("Non usare il nome utente nella password.");
    }
    if lower.chars().all(|char| lower.starts_with(char)) {
        return Some("Non usare un solo carattere ripetuto.");
    }
    None
}

/// Hashes passwords, a few at a time: each takes a processor for tens of milliseconds and 19 MiB.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    patience: Duration,
    rng: Rng,
}

/// The right to hash, until it is dropped and the hashing it began has ended.
#[derive(Debug)]
pub struct Turn {
    turn: Arc<OwnedSemaphorePermit>,
    rng: Rng,
}

impl Passwords {
    /// Hashes at most as many at a time as there are processors.
    pub fn new(rng: Rng) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self { turns: Arc::new(Semaphore::new(processors)), patience: PATIENCE, rng }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many others wait.
    pub async fn turn(&self) -> Result<Turn, Error> {
        let turn = tokio::time::timeout(self.patience, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Busy)?.map_err(|_| Error::Busy)?;
        Ok(Turn { turn: Arc::new(turn), rng: self.rng.clone() })
    }
}

impl Turn {
    /// The hash of `password`, in the PHC string format.
    ///
    /// # Errors
    /// [`Error::Defect`] when the library refuses.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.run(move |salt| Ok(Argon2::default().hash_password(password.as_bytes(), salt)?.to_string())).await
    }

    /// Whether `password` is the one that `stored` was made from. Without a stored hash the answer is no, after the same work: who
    /// watches the clock learns nothing about which names exist.
    ///
    /// # Errors
    /// [`Error::Defect`] when the stored hash is none.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Error> {
        self.run(move |salt| match stored {
            Some(stored) => Ok(Argon2::default().verify_password(password.as_bytes(), &PasswordHash::new(&stored)?).is_ok()),
            None => Argon2::default().hash_password(password.as_bytes(), salt).map(|_| false),
        })
        .await
    }

    /// Runs `work` with a fresh salt where it disturbs nobody. It goes on, and keeps the turn, when nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SaltString) -> argon2::password_hash::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (turn, rng) = (Arc::clone(&self.turn), self.rng.clone());
        let done = tokio::task::spawn_blocking(move || {
            let outcome = SaltString::encode_b64(&rng.bytes::<16>()).and_then(|salt| work(&salt));
            drop(turn);
            outcome
        });
        done.await.map_err(|error| Error::Defect(error.to_string()))?.map_err(|error| Error::Defect(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_known_and_monotonous_passwords_are_refused() {
        for bad in ["corta", "èèèèèèè", "xMario.Rossi1", "mario.rossi", "aaaaaaaaaaaa", &"ab".repeat(600)] {
            assert!(weakness("Mario.Rossi", bad).is_some(), "{bad}");
        }
        for good in ["una frase lunga", "èèèèèèèà", "Xk29!fj2"] {
            assert!(weakness("mario.rossi", good).is_none(), "{good}");
        }
    }

    #[tokio::test]
    async fn only_the_same_password_verifies() {
        let passwords = Passwords::new(Rng::seeded(1));
        let hash = passwords.turn().await.unwrap().hash("una frase lunga".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (password, expected) in [("una frase lunga", true), ("una frase lunga ", false), ("", false)] {
            assert_eq!(passwords.turn().await.unwrap().verify(password.into(), Some(hash.clone())).await.unwrap(), expected);
        }
        assert!(!passwords.turn().await.unwrap().verify("una frase lunga".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn who_waits_too_long_is_asked_to_come_back() {
        let passwords =
            Passwords { turns: Arc::new(Semaphore::new(1)), patience: Duration::from_millis(20), rng: Rng::seeded(1) };
        let held = passwords.turn().await.unwrap();
        assert!(matches!(passwords.turn().await, Err(Error::Busy)));
        drop(held);
        assert!(passwords.turn().await.is_ok());
    }
}
