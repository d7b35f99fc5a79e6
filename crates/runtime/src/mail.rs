//! E-mail: emails in plain text, written as tasks in the transaction that decided them and handed to a mail server by a worker.
//!
//! Mail servers know no idempotency key. An email has the same `Message-ID` in each attempt, so that a mailbox may know an email that came
//! twice because we were stopped between the server's answer and our commit; nothing else sends one twice.

use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use kernel::{RomeTime, Uuid};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};
use storage::{NewTask, Tx};

use crate::{App, Peer, Retry, Settings, TaskError, Worker};

/// Letters of one worker that are handed over at the same time.
const CONCURRENCY: usize = 4;
/// Longest wait for the mail server.
const PATIENCE: Duration = Duration::from_secs(30);
/// A mail server that is away is tried again for about two days.
const RETRY: Retry = Retry { first: SignedDuration::from_secs(5), longest: SignedDuration::from_secs(3600), attempts: 56 };

/// An email in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// What tells it from others: the same email keeps it.
    pub id: Uuid,
    /// The address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// When it was written.
    pub at: RomeTime,
}

impl Email {
    /// Writes down that the email is to be sent by the worker of `queue`.
    ///
    /// # Errors
    /// When the database is away.
    pub fn post(&self, tx: &mut Tx<'_>, queue: &'static str, now: RomeTime) -> storage::Result<()> {
        let payload = serde_json::to_string(self).map_err(|error| storage::Error::Defect(error.to_string()))?;
        tx.enqueue(&NewTask { queue, lane: &self.id.to_string(), payload: &payload, run_at: now }, now)
    }
}

/// Whether a text can be the address of an email.
pub fn is_address(text: &str) -> bool {
    text.len() <= 254 && text.parse::<lettre::Address>().is_ok_and(|address| address.domain().contains('.'))
}

/// The settings of e-mail.
#[derive(Clone, Debug, Default)]
pub(crate) struct MailConfig {
    url: Option<String>,
    from: Option<Mailbox>,
}

impl MailConfig {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        const URL: &str = "SPORTELLO_SMTP_URL";
        const FROM: &str = "SPORTELLO_MAIL_FROM";
        let about = "server di posta: smtps://utente:password@host, smtp://host:587?tls=required; vuoto: nessuna e-mail";
        let url = settings.secret(URL, about);
        if let Some(url) = &url
            && let Err(error) = smtp::AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
        {
            settings.reject(URL, format!("non è l'indirizzo di un server di posta: {error}"));
        }
        let about = "mittente delle e-mail, per esempio Comune di Bugliano <non-rispondere@comune.bugliano.it>";
        let from = settings.optional(FROM, about).map(|text| text.parse::<Mailbox>());
        match from {
            Some(Ok(from)) => Self { url, from: Some(from) },
            Some(Err(_)) => {
                settings.reject(FROM, "usare un indirizzo e-mail, eventualmente con un nome: Comune <posta@example.it>");
                Self { url, from: None }
            }
            None => {
                if url.is_some() {
                    settings.reject(FROM, "indicare il mittente delle e-mail, dato che c'è un server di posta");
                }
                Self { url, from: None }
            }
        }
    }
}

/// Who takes emails.
#[derive(Clone)]
pub(crate) enum Mailer {
    /// Nobody.
    Nobody,
    /// A mail server.
    Server(Box<(AsyncSmtpTransport<Tokio1Executor>, Mailbox)>),
    /// The mailbox of a demonstration, where everybody can read them.
    Demo,
}

impl Mailer {
    pub(crate) fn new(config: &MailConfig, demo: bool) -> Self {
        let server = config.url.as_deref().and_then(|url| AsyncSmtpTransport::<Tokio1Executor>::from_url(url).ok());
        match (server, &config.from) {
            (Some(server), Some(from)) => Self::Server(Box::new((server.timeout(Some(PATIENCE)).build(), from.clone()))),
            _ if demo => Self::Demo,
            _ => Self::Nobody,
        }
    }
}

impl App {
    /// Whether emails are sent at all.
    pub fn sends_mail(&self) -> bool {
        !matches!(self.mailer(), Mailer::Nobody)
    }

    async fn deliver(&self, email: &Email) -> Result<(), TaskError> {
        match self.mailer() {
            Mailer::Nobody => Err(TaskError::Retry("no mail server is configured".to_owned())),
            Mailer::Demo => {
                let sent = self.peer(Peer::Demo).put(format!("/demo/mail/{}", email.id)).json(email).send().await;
                sent.map(drop).map_err(TaskError::from)
            }
            Mailer::Server(server) => {
                let (server, from) = &**server;
                let message = message(email, from).map_err(TaskError::Fail)?;
                storage::fault::step("before call");
                let sent = server.send(message).await;
                storage::fault::step("after call");
                // What the server says may name the recipient, and errors end in the log.
                sent.map(drop).map_err(|error| match error.status() {
                    Some(code) if error.is_permanent() => TaskError::Fail(format!("the mail server refuses the email: {code}")),
                    Some(code) => TaskError::Retry(format!("the mail server takes no email now: {code}")),
                    None => TaskError::Retry("the mail server cannot be reached".to_owned()),
                })
            }
        }
    }
}

fn message(email: &Email, from: &Mailbox) -> Result<Message, String> {
    let to: lettre::Address = email.to.parse().map_err(|_| "the recipient is no address".to_owned())?;
    let seconds = Duration::from_secs(u64::try_from(email.at.as_second()).unwrap_or(0));
    let built = Message::builder()
        .message_id(Some(format!("<{}@{}>", email.id, from.email.domain())))
        .date(SystemTime::UNIX_EPOCH + seconds)
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(email.subject.clone())
        .singlepart(SinglePart::plain(email.text.clone()));
    built.map_err(|error| error.to_string())
}

/// The worker that hands over the emails of `queue`.
pub fn mail_worker(app: &App, queue: &'static str) -> Worker {
    let app = app.clone();
    Worker::new(queue, CONCURRENCY, RETRY, move |task| {
        let app = app.clone();
        async move {
            app.deliver(&task.payload()?).await?;
            task.complete(|_| Ok::<_, storage::Error>(())).await.map_err(TaskError::from)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email() -> Email {
        Email {
            id: Uuid::from_u128(7),
            to: "maria@example.it".to_owned(),
            subject: "La pratica è accettata".to_owned(),
            text: "Buongiorno.\n.\nPerché no?".to_owned(),
            at: "2026-03-02T09:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn an_email_is_the_same_in_each_attempt() {
        let from: Mailbox = "Comune di Prova <posta@comune.example.it>".parse().unwrap();
        let formatted = |email: &Email| String::from_utf8(message(email, &from).unwrap().formatted()).unwrap();
        let text = formatted(&email());
        assert_eq!(text, formatted(&email()));
        assert!(text.contains("Message-ID: <00000000-0000-0000-0000-000000000007@comune.example.it>\r\n"), "{text}");
        assert!(text.contains("Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"), "{text}");
        assert!(message(&Email { to: "nobody".to_owned(), ..email() }, &from).is_err());
    }

    #[test]
    fn a_header_cannot_be_smuggled_in() {
        let from: Mailbox = "posta@comune.example.it".parse().unwrap();
        let hostile = Email { subject: "Prova\r\nBcc: spia@example.it".to_owned(), ..email() };
        let text = message(&hostile, &from).map(|message| String::from_utf8(message.formatted()).unwrap()).unwrap_or_default();
        assert!(!text.contains("\nBcc:"), "{text}");
        assert!(
            !is_address("maria@example.it\r\nBcc: spia@example.it") && !is_address("maria") && !is_address("maria@localhost")
        );
        assert!(is_address("maria.rossi+io@example.it"));
    }

    #[test]
    fn a_server_without_a_sender_is_a_mistake() {
        let mistakes = |pairs: &[(&str, &str)]| -> Vec<String> {
            let mut settings = Settings::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            MailConfig::read(&mut settings);
            settings.errors().into_iter().map(|error| error.name).collect()
        };
        let (url, from) = (("SPORTELLO_SMTP_URL", "smtps://u:p@mail.example.it"), ("SPORTELLO_MAIL_FROM", "a@example.it"));
        assert!(mistakes(&[]).is_empty() && mistakes(&[url, from]).is_empty());
        assert_eq!(mistakes(&[url]), ["SPORTELLO_MAIL_FROM"]);
        assert_eq!(mistakes(&[("SPORTELLO_SMTP_URL", "mail.example.it"), from]), ["SPORTELLO_SMTP_URL"]);
        assert_eq!(mistakes(&[url, ("SPORTELLO_MAIL_FROM", "nobody")]), ["SPORTELLO_MAIL_FROM"]);
    }
}
