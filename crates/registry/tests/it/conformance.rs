//! What every provider must do, whatever registry it talks to. A new one implements [`Subject`] and adds a line of `conformance!`.

use bytes::Bytes;
use contracts::documents::{DocumentV1, File};
use kernel::Uuid;
use registry::configuration::TenantConfig;
use registry::providers::{Call, Provider, ProviderError, Registered};
use registry::steps::Step;
use serde_json::{Map, Value};

use crate::frozen;

/// How the registry behind a provider can be told to behave towards the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Refuses, and does nothing.
    Refuses,
    /// Does it and never answers.
    Silent,
    /// Does it and answers that it failed.
    Fails,
    /// Does it and answers something that cannot be read.
    Mumbles,
}

/// What a registry has, as its own books say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Number, subject and digest (SHA-256, hexadecimal) of the main file of each document.
    pub documents: Vec<(String, String, String)>,
    /// Names of the attachments, in order.
    pub attachments: Vec<String>,
    /// Numbers of the folders.
    pub folders: Vec<String>,
    /// How many documents were put into folders.
    pub filings: usize,
}

/// A provider with the registry behind it.
pub trait Subject: Sized {
    async fn start() -> Self;
    fn provider(&self) -> &dyn Provider;
    fn tenant(&self) -> TenantConfig;
    fn settings(&self) -> Map<String, Value>;
    async fn trouble(&self, trouble: Trouble);
    async fn books(&self) -> Books;
}

/// Runs the suite on a subject.
macro_rules! conformance {
    ($subject:ty) => {
        $crate::conformance::conformance!($subject:
            its_settings_are_accepted_by_itself,
            a_document_is_registered_with_attachments_and_folder,
            a_repeated_step_is_done_once,
            after_a_lost_answer_the_same_number_is_given,
            a_refusal_does_nothing_and_is_told_from_a_lost_answer,
            each_document_gets_a_number_of_its_own,
            texts_and_files_arrive_as_they_are,
        );
    };
    ($subject:ty: $($name:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            use $crate::conformance::Subject as _;
            $crate::conformance::$name(&<$subject>::start().await).await;
        })*
    };
}
pub(crate) use conformance;

/// A document that the registry has not seen.
fn document(id: u128) -> DocumentV1 {
    let mut document: DocumentV1 = serde_json::from_str(frozen::CREATED).unwrap();
    document.id = Uuid::from_u128(id).into();
    document.remote_id = Some(Uuid::from_u128(id + 1_000));
    document
}

/// The steps of one document, as the proxy does them.
struct Desk<'a, S> {
    subject: &'a S,
    tenant: TenantConfig,
    settings: Map<String, Value>,
    document: DocumentV1,
}

impl<'a, S: Subject> Desk<'a, S> {
    fn new(subject: &'a S, document: DocumentV1) -> Self {
        Self { subject, tenant: subject.tenant(), settings: subject.settings(), document }
    }

    fn call<'b>(&'b self, key: &'b str) -> Call<'b> {
        Call { key, document: &self.document, tenant: &self.tenant, settings: &self.settings }
    }

    async fn register(&self) -> Result<Registered, ProviderError> {
        self.register_file(&Bytes::from_static(b"modulo")).await
    }

    async fn register_file(&self, content: &Bytes) -> Result<Registered, ProviderError> {
        let key = Step::Main.key(&self.document);
        self.subject.provider().register(self.call(&key), &self.document.main_document, content).await
    }

    async fn attach(&self, document_id: &str, index: usize) -> Result<String, ProviderError> {
        let key = Step::Attachment(index).key(&self.document);
        let file: &File = &self.document.attachments[index];
        self.subject.provider().attach(self.call(&key), document_id, file, &Bytes::from_static(b"allegato")).await
    }

    async fn open_folder(&self) -> Result<String, ProviderError> {
        let key = Step::Folder.key(&self.document);
        self.subject.provider().open_folder(self.call(&key)).await
    }

    async fn file(&self, document_id: &str, folder: &str) -> Result<(), ProviderError> {
        let key = Step::Filing.key(&self.document);
        self.subject.provider().file(self.call(&key), document_id, folder).await
    }
}

pub async fn its_settings_are_accepted_by_itself(subject: &impl Subject) {
    assert_eq!(subject.provider().check(&subject.settings()), []);
    assert_ne!(subject.provider().check(&Map::new()), [], "some setting is needed");
    let form = subject.provider().settings_form();
    for name in subject.settings().keys() {
        assert!(form.as_array().unwrap().iter().any(|field| field["key"] == name.as_str()), "{name} is not in the form");
    }
}

pub async fn a_document_is_registered_with_attachments_and_folder(subject: &impl Subject) {
    let desk = Desk::new(subject, document(1));
    let registered = desk.register().await.unwrap();
    assert!(!registered.number.is_empty() && !registered.document_id.is_empty());
    desk.attach(&registered.document_id, 0).await.unwrap();
    desk.attach(&registered.document_id, 1).await.unwrap();
    let mut expected = Books { attachments: vec!["planimetria.pdf".into(), "delega.pdf".into()], ..Books::default() };
    if subject.provider().capabilities().folders {
        let folder = desk.open_folder().await.unwrap();
        desk.file(&registered.document_id, &folder).await.unwrap();
        (expected.folders, expected.filings) = (vec![folder], 1);
    }
    let books = subject.books().await;
    assert_eq!(books.documents.len(), 1);
    assert_eq!(books.documents[0].0, registered.number);
    assert_eq!(Books { documents: Vec::new(), ..books }, expected);
}

pub async fn a_repeated_step_is_done_once(subject: &impl Subject) {
    if !subject.provider().capabilities().recognises_repeats {
        return;
    }
    let desk = Desk::new(subject, document(1));
    let registered = desk.register().await.unwrap();
    assert_eq!(desk.register().await.unwrap(), registered);
    let attachment = desk.attach(&registered.document_id, 0).await.unwrap();
    assert_eq!(desk.attach(&registered.document_id, 0).await.unwrap(), attachment);
    if subject.provider().capabilities().folders {
        let folder = desk.open_folder().await.unwrap();
        assert_eq!(desk.open_folder().await.unwrap(), folder);
        desk.file(&registered.document_id, &folder).await.unwrap();
        desk.file(&registered.document_id, &folder).await.unwrap();
    }
    let books = subject.books().await;
    assert_eq!((books.documents.len(), books.attachments.len()), (1, 1));
    assert!(books.folders.len() <= 1 && books.filings <= 1);
}

pub async fn after_a_lost_answer_the_same_number_is_given(subject: &impl Subject) {
    for (id, trouble) in [(1, Trouble::Silent), (2, Trouble::Fails), (3, Trouble::Mumbles)] {
        let desk = Desk::new(subject, document(id));
        subject.trouble(trouble).await;
        let lost = desk.register().await.unwrap_err();
        assert!(matches!(lost, ProviderError::Unknown(_)), "{trouble:?}: {lost}");
        let books = subject.books().await;
        let (number, ..) = books.documents.last().unwrap().clone();
        if subject.provider().capabilities().recognises_repeats {
            assert_eq!(desk.register().await.unwrap().number, number, "{trouble:?}");
            assert_eq!(subject.books().await, books, "{trouble:?}");
        }
    }
}

pub async fn a_refusal_does_nothing_and_is_told_from_a_lost_answer(subject: &impl Subject) {
    let desk = Desk::new(subject, document(1));
    subject.trouble(Trouble::Refuses).await;
    let refused = desk.register().await.unwrap_err();
    assert!(matches!(refused, ProviderError::Refused(_)), "{refused}");
    assert_eq!(subject.books().await, Books::default());
    desk.register().await.unwrap();
    assert!(
        matches!(desk.attach("unknown", 0).await.unwrap_err(), ProviderError::Refused(_)),
        "an unknown document has no attachments"
    );
}

pub async fn each_document_gets_a_number_of_its_own(subject: &impl Subject) {
    let mut numbers = Vec::new();
    for id in 1..=5 {
        numbers.push(Desk::new(subject, document(id)).register().await.unwrap().number);
    }
    let distinct: std::collections::HashSet<_> = numbers.iter().collect();
    assert_eq!(distinct.len(), 5, "{numbers:?}");
}

pub async fn texts_and_files_arrive_as_they_are(subject: &impl Subject) {
    let mut document = document(1);
    document.title = "Richiesta di «suolo pubblico» d'estate: 100% <ok> & \"così\" – Straße 𝔘".to_owned();
    let desk = Desk::new(subject, document);
    let content: Bytes = (0..1_000_000_u32).map(|n| n.to_le_bytes()[1]).collect::<Vec<u8>>().into();
    desk.register_file(&content).await.unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &content);
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let books = subject.books().await;
    assert_eq!(books.documents[0].1, desk.document.title);
    assert_eq!(books.documents[0].2, digest);
}
