//! An application as its citizen and its operator see it.

use futures::future::join_all;
use kernel::RomeTime;
use serde_json::Value;

use super::answers::{self, Section};
use crate::clients::{Application, File, HistoryStep, Message, Payment, Platform};
use crate::errors::PageError;
use crate::i18n::Messages;
use crate::markup::Html;
use crate::status::Badge;
use crate::visit::Visit;
use crate::{format, markup, status};

/// Everything that the page of an application shows, asked at the same time.
#[derive(Debug)]
pub struct Loaded {
    /// The application with its flat data.
    pub application: Application,
    /// Its steps, newest first.
    pub steps: Vec<Step>,
    /// Its payment.
    pub payment: Option<PaymentView>,
    /// Its messages, oldest first.
    pub messages: Vec<MessageView>,
    /// Its answers by the form's parts.
    pub answers: Vec<Section>,
    /// The raw messages, for callouts.
    pub raw_messages: Vec<Message>,
}

impl Loaded {
    /// Whether the office waits for more and the applicant has written since it asked: that is what the platform takes for the answer.
    pub fn is_answered(&self) -> bool {
        waits_for_answer(&self.application) && has_answer(&self.application, &self.raw_messages)
    }

    /// Whether the office has cancelled the payment, which closed the application.
    pub fn is_payment_canceled(&self) -> bool {
        self.application.status == "1530" && self.payment.as_ref().is_some_and(|payment| payment.canceled)
    }
}

fn waits_for_answer(application: &Application) -> bool {
    matches!(application.status.as_str(), "4100" | "4200")
}

/// Whether the applicant has written since the office asked.
fn has_answer(application: &Application, messages: &[Message]) -> bool {
    let asked = application.integrations.last().and_then(|last| last.outbound.as_ref()?.created_at);
    let answers = |message: &Message| {
        message.author_id.as_ref() == Some(&application.user) && asked.is_some_and(|asked| message.created_at >= Some(asked))
    };
    messages.iter().any(answers)
}

/// For each application of a list, whether the applicant has answered what the office waits for. Only those that wait are looked at,
/// all at the same time; where the messages cannot be had, the status stands.
pub async fn answered(visit: &Visit, applications: &[Application]) -> Vec<bool> {
    let platform = visit.platform();
    let mut looks = Vec::with_capacity(applications.len());
    for application in applications {
        looks.push(look_for_answer(&platform, application));
    }
    join_all(looks).await
}

async fn look_for_answer(platform: &Platform, application: &Application) -> bool {
    waits_for_answer(application)
        && platform.messages(&application.id).await.is_ok_and(|messages| has_answer(application, &messages))
}

/// A step of the timeline.
#[derive(Clone, Debug)]
pub struct Step {
    /// Status in words.
    pub label: String,
    /// Colour class.
    pub tone: &'static str,
    /// Icon.
    pub icon: &'static str,
    /// When, for people.
    pub at: String,
    /// When, for programs.
    pub datetime: String,
    /// What was said with it.
    pub message: Html,
}

/// A payment as shown.
#[derive(Clone, Debug)]
pub struct PaymentView {
    /// Identifier.
    pub id: String,
    /// `16,00 €`.
    pub amount: String,
    /// Status in words.
    pub status: String,
    /// Colour class.
    pub tone: &'static str,
    /// What is paid for.
    pub reason: String,
    /// Notice number in groups of four.
    pub notice_code: String,
    /// Creditor's reference.
    pub iuv: String,
    /// When it was made.
    pub created_at: String,
    /// Last day, while it is to be paid.
    pub expire_at: String,
    /// That day has passed.
    pub overdue: bool,
    /// The payer has begun to pay.
    pub started: bool,
    /// When it was paid.
    pub paid_at: String,
    /// The provider has still to answer.
    pub waiting: bool,
    /// The office has cancelled it.
    pub canceled: bool,
    /// Where to pay.
    pub online: Option<String>,
    /// Where the notice is.
    pub notice: Option<String>,
    /// Where the receipt is.
    pub receipt: Option<String>,
}

impl PaymentView {
    /// The same while the provider's confirmation is awaited: nothing can be paid.
    pub fn confirming(&mut self, t: &Messages) {
        if self.online.take().is_some() {
            self.notice = None;
            self.expire_at.clear();
            self.status = status::payment_label(t, "PAYMENT_STARTED");
            self.tone = status::payment_tone("PAYMENT_STARTED");
        }
    }
}

/// A message as shown.
#[derive(Clone, Debug)]
pub struct MessageView {
    /// Who wrote it.
    pub author: String,
    /// The viewer wrote it.
    pub mine: bool,
    /// Only the staff sees it.
    pub internal: bool,
    /// When.
    pub at: String,
    /// Subject.
    pub subject: String,
    /// Text, safe to show.
    pub html: Html,
    /// Where its files are.
    pub base: String,
    /// Its files.
    pub files: Vec<File>,
}

/// Asks for everything about an application; `base` is the address of its page.
pub async fn load(visit: &Visit, id: &str, base: &str) -> Result<Loaded, PageError> {
    let t = visit.locale.messages();
    let platform = visit.platform();
    let application = platform.application_flat(id).await?;
    let (history, payment, messages, definition) = tokio::join!(
        platform.history(id),
        payment_of(visit, &application),
        platform.messages(id),
        platform.service_form(&application.service_id)
    );
    // The form may have changed or be gone; the answers are shown all the same.
    let definition = definition.unwrap_or(Value::Null);
    let viewer = visit.viewer.as_ref().map(|viewer| viewer.id.as_str()).unwrap_or_default();
    let raw_messages = messages?;
    let messages = raw_messages.iter().map(|message| message_view(t, message, viewer, &application, base)).collect();
    let answers = answers::sections(t, &definition, &application.data, &format!("{base}/attachments/"));
    let canceled = payment.as_ref().is_some_and(|payment| payment.status == "CANCELED");
    let steps = steps(t, history?, canceled);
    Ok(Loaded {
        steps,
        payment: payment.map(|payment| payment_view(t, &payment, visit.now())),
        messages,
        answers,
        raw_messages,
        application,
    })
}

/// The payment. A draft has none, and a page without the box is better than no page when the payments' role does not answer.
async fn payment_of(visit: &Visit, application: &Application) -> Option<Payment> {
    if application.status == "1000" {
        return None;
    }
    visit.payments().of_application(&application.id).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "an application is shown without its payment");
        None
    })
}

/// The steps in words; `canceled` says that what the status calls a refused payment is one that the office cancelled.
fn steps(t: &Messages, history: Vec<HistoryStep>, canceled: bool) -> Vec<Step> {
    let mut steps: Vec<Step> = history
        .into_iter()
        .map(|step| {
            let canceled = canceled && step.status_code == "1530";
            let Badge { label, look } = if canceled { Badge::payment_canceled(t) } else { Badge::of(t, &step.status_code) };
            let at = step.date.and_then(|date| date.instant());
            Step {
                label,
                tone: look.tone,
                icon: look.icon,
                at: at.map(format::date_time).unwrap_or_default(),
                datetime: at.map(|at| at.to_string()).unwrap_or_default(),
                message: markup::show(&step.message),
            }
        })
        .collect();
    steps.reverse();
    steps
}

/// A payment in words, as it stands at `now`.
pub fn payment_view(t: &Messages, payment: &Payment, now: RomeTime) -> PaymentView {
    let facts = &payment.payment;
    let owed = matches!(payment.status.as_str(), "PAYMENT_PENDING" | "PAYMENT_STARTED");
    let href = |link: Option<&str>| link.map(str::to_owned);
    PaymentView {
        id: payment.id.clone(),
        created_at: payment.created_at.map(format::date).unwrap_or_default(),
        amount: format::euro(&facts.amount),
        status: status::payment_label(t, &payment.status),
        tone: status::payment_tone(&payment.status),
        reason: payment.reason.clone(),
        notice_code: groups_of_four(facts.notice_code.as_deref().unwrap_or_default()),
        iuv: facts.iuv.clone().unwrap_or_default(),
        expire_at: facts.expire_at.filter(|_| owed).map(format::date).unwrap_or_default(),
        overdue: owed && facts.expire_at.is_some_and(|at| at < now),
        started: payment.status == "PAYMENT_STARTED",
        paid_at: facts.paid_at.map(format::date_time).unwrap_or_default(),
        waiting: payment.status == "CREATION_PENDING",
        canceled: payment.status == "CANCELED",
        online: href(payment.links.online_payment_begin.href()).filter(|_| owed),
        notice: href(payment.links.offline_payment.href()).filter(|_| owed),
        receipt: href(payment.links.receipt.href()).filter(|_| payment.status == "COMPLETE"),
    }
}

/// `3028 7223 4000 0003 43`: as notices print it.
pub fn groups_of_four(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn message_view(t: &Messages, message: &Message, viewer: &str, application: &Application, base: &str) -> MessageView {
    let named = message.author.as_str().map(str::to_owned);
    let id = message.author_id.clone().or_else(|| named.clone()).unwrap_or_default();
    let name = match named {
        _ if id == application.user && !application.user_name.is_empty() => application.user_name.clone(),
        Some(name) if name != id && !name.is_empty() => name,
        _ => t.message_office.to_owned(),
    };
    MessageView {
        author: name,
        mine: !viewer.is_empty() && id == viewer,
        internal: message.visibility == "internal",
        at: message.created_at.map(format::date_time).unwrap_or_default(),
        subject: message.subject.clone(),
        html: markup::show(&message.message),
        base: format!("{base}/messages/{}/attachments/", crate::clients::segment(&message.id)),
        files: message.attachments.clone(),
    }
}

/// Every document of an application: the filled-in form and its files, requests for more and their answers with the files of both,
/// the outcome, the withdrawal.
pub fn documents(application: &Application) -> Vec<File> {
    let mut documents: Vec<File> = application.compiled_modules.iter().map(File::by_description).collect();
    documents.extend(application.attachments.iter().cloned());
    let sides = application.integrations.iter().flat_map(|integration| [&integration.outbound, &integration.inbound]);
    for side in sides.flatten() {
        documents.extend(Some(&side.document).filter(|document| !document.id.is_empty()).map(File::by_description));
        documents.extend(side.attachments.iter().cloned());
    }
    documents.extend(application.outcome_file.iter().chain(&application.closing_file).map(File::by_description));
    documents.extend(application.outcome_attachments.iter().cloned());
    documents
}

/// The facts that both citizen and operator see.
pub fn facts(t: &Messages, application: &Application) -> Vec<(&'static str, String)> {
    let when = |at: Option<RomeTime>| at.map(format::date_time).unwrap_or_default();
    let mut facts = vec![
        (t.fact_number, application.id.clone()),
        (t.fact_created_at, when(application.created_at)),
        (t.fact_submitted_at, when(application.submitted_at)),
        (t.fact_protocol_number, application.protocol_number.clone().unwrap_or_default()),
        (t.fact_protocolled_at, when(application.protocolled_at)),
        (t.fact_outcome_protocol_number, application.outcome_protocol_number.clone().unwrap_or_default()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notice_numbers_are_grouped_as_printed() {
        assert_eq!(groups_of_four("302872234000000343"), "3028 7223 4000 0003 43");
        assert_eq!(groups_of_four(""), "");
    }
}
