//! What every provider must do, whatever registry it talks to. A new one implements [`Subject`] and adds a line of `conformance!`.

use bytes::Bytes;
use contracts::documents::DocumentV1;
use kernel::Uuid;
use registry::configuration::TenantConfig;
use registry::providers::{Call, Capabilities, Main, Provider, ProviderError};
use registry::steps::{Progress, Step};
use serde_json::{Map, Value};

use crate::frozen;
use crate::world::World;

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

impl Trouble {
    /// The mode of the stand-ins that makes it.
    pub fn mode(self) -> &'static str {
        match self {
            Self::Refuses => "refuse",
            Self::Silent => "timeout",
            Self::Fails => "error",
            Self::Mumbles => "garbage",
        }
    }
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

impl Books {
    /// The books of the stand-ins.
    pub async fn of(world: &World) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let documents = world.ledger("accepted", "document").await;
        Self {
            documents: documents
                .iter()
                .map(|entry| (text(&entry["number"]), text(&entry["subject"]), text(&entry["sha256"])))
                .collect(),
            attachments: world.ledger("accepted", "attachment").await.iter().map(|entry| text(&entry["file_name"])).collect(),
            folders: world.ledger("accepted", "folder").await.iter().map(|entry| text(&entry["number"])).collect(),
            filings: world.ledger("accepted", "filing").await.len(),
        }
    }
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
            every_step_is_the_next_one_until_none_is_left,
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
    main: Bytes,
}

impl<'a, S: Subject> Desk<'a, S> {
    fn new(subject: &'a S, document: DocumentV1) -> Self {
        Self { subject, tenant: subject.tenant(), settings: subject.settings(), document, main: Bytes::from_static(b"modulo") }
    }

    fn capabilities(&self) -> &Capabilities {
        self.subject.provider().capabilities()
    }

    /// Does a step; what it did is noted in `progress`.
    async fn perform(&self, step: Step, progress: &mut Progress) -> Result<(), ProviderError> {
        let (key, provider) = (step.key(&self.document), self.subject.provider());
        let call = Call { key: &key, document: &self.document, tenant: &self.tenant, settings: &self.settings };
        let attachment = Bytes::from_static(b"allegato");
        let id = progress.document_id.clone().unwrap_or_default();
        match step {
            Step::Upload(n) => {
                let (file, content) = match n.checked_sub(1) {
                    None => (&self.document.main_document, &self.main),
                    Some(n) => (&self.document.attachments[n], &attachment),
                };
                let id = provider.upload(call, &progress.uploads, file, content).await?;
                progress.uploads.push(id);
            }
            Step::Main => {
                let main = match self.capabilities().uploads_first {
                    true => Main::Uploaded(&progress.uploads),
                    false => Main::File(&self.document.main_document, &self.main),
                };
                let registered = provider.register(call, main).await?;
                (progress.document_id, progress.number) = (Some(registered.document_id), Some(registered.number));
            }
            Step::Attachment(n) => {
                progress.attachments.push(provider.attach(call, &id, &self.document.attachments[n], &attachment).await?);
            }
            Step::Folder => progress.folder = Some(provider.open_folder(call).await?),
            Step::Filing => {
                provider.file(call, &id, progress.folder.as_deref().unwrap_or_default()).await?;
                progress.filed = true;
            }
        }
        Ok(())
    }

    /// Does the steps before `last`, and gives what was done.
    async fn up_to(&self, last: Step) -> Progress {
        let mut progress = Progress::default();
        while let Some(step) = progress.next(&self.document, self.capabilities()).filter(|step| *step != last) {
            self.perform(step, &mut progress).await.unwrap();
        }
        progress
    }

    /// Does every step; gives what was done.
    async fn finish(&self) -> Progress {
        let mut progress = Progress::default();
        while let Some(step) = progress.next(&self.document, self.capabilities()) {
            self.perform(step, &mut progress).await.unwrap();
        }
        progress
    }
}

pub async fn its_settings_are_accepted_by_itself(subject: &impl Subject) {
    assert_eq!(subject.provider().check(&subject.settings()), []);
    assert_ne!(subject.provider().check(&Map::new()), [], "some setting is needed");
    let form = subject.provider().settings_form();
    for name in subject.settings().keys() {
        assert!(form.as_array().unwrap().iter().any(|field| field["key"] == name.as_str()), "{name} is not in the form");
    }
    let addresses = subject.provider().capabilities().addresses;
    for (name, value) in subject.settings() {
        let is_address = value.as_str().is_some_and(|text| text.starts_with("http"));
        assert_eq!(addresses.contains(&name.as_str()), is_address, "{name}: secrets are not kept for another address");
    }
}

pub async fn a_document_is_registered_with_attachments_and_folder(subject: &impl Subject) {
    let desk = Desk::new(subject, document(1));
    let done = desk.finish().await;
    let mut expected = Books { attachments: vec!["planimetria.pdf".into(), "delega.pdf".into()], ..Books::default() };
    if desk.capabilities().folders {
        (expected.folders, expected.filings) = (vec![done.folder.clone().unwrap()], 1);
    }
    let books = subject.books().await;
    assert_eq!(books.documents.len(), 1);
    assert_eq!(Some(&books.documents[0].0), done.number.as_ref());
    assert_eq!(Books { documents: Vec::new(), ..books }, expected);
}

/// Each step by itself refuses once, and is done when it is asked for again: nothing before it is.
pub async fn every_step_is_the_next_one_until_none_is_left(subject: &impl Subject) {
    let desk = Desk::new(subject, document(1));
    let mut progress = Progress::default();
    while let Some(step) = progress.next(&desk.document, desk.capabilities()) {
        let before = progress.clone();
        subject.trouble(Trouble::Refuses).await;
        let refused = desk.perform(step, &mut progress).await.unwrap_err();
        assert!(!matches!(refused, ProviderError::Unknown(_)), "{step:?}: {refused}");
        assert_eq!(progress, before);
        desk.perform(step, &mut progress).await.unwrap();
    }
    let books = subject.books().await;
    assert_eq!((books.documents.len(), books.attachments.len()), (1, 2));
}

pub async fn a_repeated_step_is_done_once(subject: &impl Subject) {
    let desk = Desk::new(subject, document(1));
    let mut progress = Progress::default();
    while let Some(step) = progress.next(&desk.document, desk.capabilities()) {
        let before = progress.clone();
        desk.perform(step, &mut progress).await.unwrap();
        if !desk.capabilities().unrepeatable.contains(&step.name()) {
            let mut again = before;
            desk.perform(step, &mut again).await.unwrap();
            // A file that nobody refers to may be there twice; everything else is the same.
            assert!(again == progress || matches!(step, Step::Upload(_)), "{step:?}: {again:?}");
        }
    }
    let books = subject.books().await;
    assert_eq!((books.documents.len(), books.attachments.len()), (1, 2));
    assert!(books.folders.len() <= 1 && books.filings <= 1);
}

pub async fn after_a_lost_answer_the_same_number_is_given(subject: &impl Subject) {
    for (id, trouble) in [(1, Trouble::Silent), (2, Trouble::Fails), (3, Trouble::Mumbles)] {
        let desk = Desk::new(subject, document(id));
        let mut progress = desk.up_to(Step::Main).await;
        subject.trouble(trouble).await;
        let lost = desk.perform(Step::Main, &mut progress).await.unwrap_err();
        assert!(matches!(lost, ProviderError::Unknown(_)), "{trouble:?}: {lost}");
        let books = subject.books().await;
        let (number, ..) = books.documents.last().unwrap().clone();
        if !desk.capabilities().unrepeatable.contains(&Step::Main.name()) {
            desk.perform(Step::Main, &mut progress).await.unwrap();
            assert_eq!(progress.number, Some(number), "{trouble:?}");
            assert_eq!(subject.books().await, books, "{trouble:?}");
        }
    }
}

pub async fn a_refusal_does_nothing_and_is_told_from_a_lost_answer(subject: &impl Subject) {
    let desk = Desk::new(subject, document(1));
    let mut progress = desk.up_to(Step::Main).await;
    subject.trouble(Trouble::Refuses).await;
    let refused = desk.perform(Step::Main, &mut progress).await.unwrap_err();
    assert!(matches!(refused, ProviderError::Refused(_)), "{refused}");
    assert_eq!(subject.books().await.documents, []);
    desk.perform(Step::Main, &mut progress).await.unwrap();
    assert_eq!(subject.books().await.documents.len(), 1);
}

pub async fn each_document_gets_a_number_of_its_own(subject: &impl Subject) {
    let mut numbers = Vec::new();
    for id in 1..=5 {
        numbers.push(Desk::new(subject, document(id)).finish().await.number.unwrap());
    }
    let distinct: std::collections::HashSet<_> = numbers.iter().collect();
    assert_eq!(distinct.len(), 5, "{numbers:?}");
}

pub async fn texts_and_files_arrive_as_they_are(subject: &impl Subject) {
    let mut document = document(1);
    document.title = "Richiesta di «suolo pubblico» d'estate: 100% <ok> & \"così\" – Straße 𝔘 ]]>".to_owned();
    let content: Bytes = (0..1_000_000_u32).map(|n| n.to_le_bytes()[1]).collect::<Vec<u8>>().into();
    let desk = Desk { main: content.clone(), ..Desk::new(subject, document) };
    desk.finish().await;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &content);
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let books = subject.books().await;
    assert_eq!(books.documents[0].1, desk.document.title);
    assert_eq!(books.documents[0].2, digest);
}
