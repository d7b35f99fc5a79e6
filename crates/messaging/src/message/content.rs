//! What is sent: fields and limits as published. The structures are written as the interface writes them, and stored so.

use kernel::RomeTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::decode::{Member, Reader};
use crate::formats::{CitizenCode, utc_option};
use crate::precondition::Precondition;

/// UTF-16 units of a subject.
pub const SUBJECT: (usize, usize) = (10, 120);
/// UTF-16 units of a text.
pub const MARKDOWN: (usize, usize) = (80, 10_000);
/// Seconds within which a notification makes sense.
pub const TIME_TO_LIVE: (i64, i64) = (3_600, 604_800);
/// Cents of a payment.
pub const AMOUNT: (i64, i64) = (1, 9_999_999_999);

/// What a sender submits.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// The recipient, when the body names one.
    pub fiscal_code: Option<CitizenCode>,
    /// Seconds within which a notification makes sense.
    pub time_to_live: i64,
    /// Ordinary or Premium.
    pub feature_level_type: FeatureLevel,
    /// What is sent.
    pub content: Content,
}

/// Ordinary or Premium, chosen for each message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FeatureLevel {
    /// Ordinary.
    #[default]
    Standard,
    /// Premium: attachments, read and payment status, reminders.
    Advanced,
}

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The title, which the notification shows too.
    pub subject: String,
    /// The text, with an optional front matter of calls to action.
    pub markdown: String,
    /// No e-mail, and notifications without text. Absent: as the service says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_secure_channels: Option<bool>,
    /// A deadline, or the date to be remembered.
    #[serde(default, with = "utc_option", skip_serializing_if = "Option::is_none")]
    pub due_date: Option<RomeTime>,
    /// A payment notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_data: Option<PaymentData>,
    /// Content that stays with the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub third_party_data: Option<ThirdParty>,
    /// An electronic prescription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prescription_data: Option<Prescription>,
    /// A legal message (PEC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_data: Option<Legal>,
    /// An EU Covid certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eu_covid_cert: Option<CovidCertificate>,
}

/// A payment notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentData {
    /// Euro cents.
    pub amount: i64,
    /// Aux digit, application code and IUV: 18 digits.
    pub notice_number: String,
    /// Whether it cannot be paid after the due date.
    pub invalid_after_due_date: bool,
    /// Who gets the money; the sender's organisation when the sender names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<Payee>,
}

/// Who gets the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// Tax code of the organisation.
    pub fiscal_code: String,
}

/// Content that stays with the sender until the citizen opens the message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThirdParty {
    /// What the sender calls it.
    pub id: String,
    /// How the sender is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration_id: Option<String>,
    /// Whether there are files.
    pub has_attachments: bool,
    /// Whether subject and text come from the sender.
    pub has_remote_content: bool,
    /// When the precondition is shown; overrides the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_precondition: Option<Precondition>,
    /// Reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_sender: Option<String>,
    /// Reserved.
    #[serde(default, with = "utc_option", skip_serializing_if = "Option::is_none")]
    pub original_receipt_date: Option<RomeTime>,
    /// Reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// An electronic prescription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prescription {
    /// Number of the prescription.
    pub nre: String,
    /// Its code at the regional system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iup: Option<String>,
    /// Who prescribed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prescriber_fiscal_code: Option<CitizenCode>,
}

/// A legal message (PEC).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Legal {
    /// Sender of the certified mail.
    pub sender_mail_from: String,
    /// Whether it has attachments.
    pub has_attachment: bool,
    /// Its identifier.
    pub message_unique_id: String,
    /// Where the original lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_message_url: Option<String>,
    /// The service that delivers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pec_server_service_id: Option<String>,
}

/// An EU Covid certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CovidCertificate {
    /// The code by which the certificate is fetched.
    pub auth_code: String,
}

/// What a message brings, as the citizen's list sorts it (source 004, "Tipologie di messaggi").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tells something.
    Informative,
    /// Has a date to be remembered.
    Deadline,
    /// Has something to be paid.
    Payment,
}

impl Content {
    /// The kind of message. A payment with a due date is a payment.
    pub fn kind(&self) -> Kind {
        match (&self.payment_data, self.due_date) {
            (Some(_), _) => Kind::Payment,
            (None, Some(_)) => Kind::Deadline,
            (None, None) => Kind::Informative,
        }
    }

    /// Fills in who gets the money, as every answer shows it.
    pub fn fill_payee(&mut self, organization: &str) {
        if let Some(payment) = &mut self.payment_data {
            payment.payee.get_or_insert_with(|| Payee { fiscal_code: organization.to_owned() });
        }
    }

    /// Under which pagoPA knows the payment: tax code of the payee and notice number.
    pub fn rpt_id(&self) -> Option<String> {
        let payment = self.payment_data.as_ref()?;
        Some(format!("{}{}", payment.payee.as_ref()?.fiscal_code, payment.notice_number))
    }
}

impl NewMessage {
    /// Reads a body.
    ///
    /// # Errors
    /// Every wrong member, one a line.
    pub fn read(body: &Value) -> Result<Self, String> {
        let mut reader = Reader::default();
        let message = read(&mut reader, &Member::root(body));
        reader.finish(message)
    }
}

fn read(reader: &mut Reader, root: &Member<'_>) -> Option<NewMessage> {
    let root = reader.object(root, "NewMessage")?;
    let fiscal_code = reader.optional(&root.get("fiscal_code"), Reader::citizen);
    let time_to_live =
        reader.optional(&root.get("time_to_live"), |reader, member| reader.integer(member, TIME_TO_LIVE.0, TIME_TO_LIVE.1));
    let level = reader.optional(&root.get("feature_level_type"), |reader, member| {
        reader.word(member, "\"STANDARD\" | \"ADVANCED\"", |word| match word {
            "STANDARD" => Some(FeatureLevel::Standard),
            "ADVANCED" => Some(FeatureLevel::Advanced),
            _ => None,
        })
    });
    // The address is judged and then forgotten: nobody is written to there any more.
    reader.optional(&root.get("default_addresses"), |reader, member| {
        let addresses = reader.object(member, "NewMessageDefaultAddresses")?;
        reader.optional(&addresses.get("email"), |reader, member| {
            reader.text(member, "string that represents an email address", email)
        })
    });
    let content = reader.object(&root.get("content"), "MessageContent").and_then(|member| content(reader, &member));
    Some(NewMessage {
        fiscal_code,
        time_to_live: time_to_live.unwrap_or(TIME_TO_LIVE.0),
        feature_level_type: level.unwrap_or_default(),
        content: content?,
    })
}

fn email(text: &str) -> Option<()> {
    let (local, domain) = text.rsplit_once('@')?;
    let sane = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
    (sane(local) && sane(domain) && domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty()))
        .then_some(())
}

fn content(reader: &mut Reader, root: &Member<'_>) -> Option<Content> {
    // Every member is read before the first that is missing ends it: all complaints are told at once.
    let subject = reader.bounded(&root.get("subject"), SUBJECT.0, SUBJECT.1);
    let markdown = reader.bounded(&root.get("markdown"), MARKDOWN.0, MARKDOWN.1);
    let require_secure_channels = reader.optional(&root.get("require_secure_channels"), Reader::bool);
    let due_date = reader.optional(&root.get("due_date"), Reader::timestamp);
    let payment_data = reader.optional(&root.get("payment_data"), payment);
    let third_party_data = reader.optional(&root.get("third_party_data"), third_party);
    let prescription_data = reader.optional(&root.get("prescription_data"), prescription);
    let legal_data = reader.optional(&root.get("legal_data"), legal);
    let eu_covid_cert = reader.optional(&root.get("eu_covid_cert"), |reader, member| {
        let member = reader.object(member, "EUCovidCert")?;
        Some(CovidCertificate { auth_code: reader.non_empty(&member.get("auth_code"))? })
    });
    Some(Content {
        subject: subject?,
        markdown: markdown?,
        require_secure_channels,
        due_date,
        payment_data,
        third_party_data,
        prescription_data,
        legal_data,
        eu_covid_cert,
    })
}

fn payment(reader: &mut Reader, member: &Member<'_>) -> Option<PaymentData> {
    let member = reader.object(member, "PaymentData")?;
    let amount = reader.integer(&member.get("amount"), AMOUNT.0, AMOUNT.1);
    let notice_number =
        reader.text(&member.get("notice_number"), "string that matches the pattern \"^[0123][0-9]{17}$\"", |text| {
            let digits = text.len() == 18 && text.bytes().all(|byte| byte.is_ascii_digit());
            (digits && text.as_bytes()[0] <= b'3').then(|| text.to_owned())
        });
    let invalid_after_due_date = reader.optional(&member.get("invalid_after_due_date"), Reader::bool).unwrap_or(false);
    let payee = reader.optional(&member.get("payee"), |reader, member| {
        let member = reader.object(member, "Payee")?;
        Some(Payee { fiscal_code: reader.organization(&member.get("fiscal_code"))? })
    });
    Some(PaymentData { amount: amount?, notice_number: notice_number?, invalid_after_due_date, payee })
}

fn third_party(reader: &mut Reader, member: &Member<'_>) -> Option<ThirdParty> {
    let member = reader.object(member, "ThirdPartyData")?;
    let id = reader.non_empty(&member.get("id"));
    let configuration_id = reader.optional(&member.get("configuration_id"), Reader::ulid);
    let has_attachments = reader.optional(&member.get("has_attachments"), Reader::bool).unwrap_or(false);
    let has_remote_content = reader.optional(&member.get("has_remote_content"), Reader::bool).unwrap_or(false);
    let has_precondition = reader.optional(&member.get("has_precondition"), Precondition::read);
    let original_sender = reader.optional(&member.get("original_sender"), Reader::non_empty);
    let original_receipt_date = reader.optional(&member.get("original_receipt_date"), Reader::timestamp);
    let summary = reader.optional(&member.get("summary"), Reader::non_empty);
    Some(ThirdParty {
        id: id?,
        configuration_id,
        has_attachments,
        has_remote_content,
        has_precondition,
        original_sender,
        original_receipt_date,
        summary,
    })
}

fn prescription(reader: &mut Reader, member: &Member<'_>) -> Option<Prescription> {
    let member = reader.object(member, "PrescriptionData")?;
    let nre = reader.bounded(&member.get("nre"), 15, 15);
    let iup = reader.optional(&member.get("iup"), |reader, member| reader.bounded(member, 1, 16));
    let prescriber_fiscal_code = reader.optional(&member.get("prescriber_fiscal_code"), Reader::citizen);
    Some(Prescription { nre: nre?, iup, prescriber_fiscal_code })
}

fn legal(reader: &mut Reader, member: &Member<'_>) -> Option<Legal> {
    let member = reader.object(member, "LegalData")?;
    let sender_mail_from = reader.non_empty(&member.get("sender_mail_from"));
    let has_attachment = reader.bool(&member.get("has_attachment"));
    let message_unique_id = reader.non_empty(&member.get("message_unique_id"));
    let original_message_url = reader.optional(&member.get("original_message_url"), Reader::non_empty);
    let pec_server_service_id = reader.optional(&member.get("pec_server_service_id"), Reader::non_empty);
    Some(Legal {
        sender_mail_from: sender_mail_from?,
        has_attachment: has_attachment?,
        message_unique_id: message_unique_id?,
        original_message_url,
        pec_server_service_id,
    })
}

#[cfg(test)]
mod tests;
