//! From a form's answers to an application: checked, recomputed, ready to be stored.

use contracts::Raw;
use contracts::applications::{Call, PaymentData};
use contracts::payments::{Method, Split};
use forms::{Submission, UploadedFile};
use kernel::{AttachmentId, FieldError, RomeTime};
use serde_json::{Map, Value};
use web::TenantInfo;

use super::application::Application;
use super::store::Stored;
use super::view::{Data, file_url};
use crate::context::Offer;
use crate::errors::Error;
use crate::services::Service;
use crate::users::{Role, User};

/// Days that an applicant has to pay.
const PAYMENT_DAYS: i32 = 90;

/// Levels that a dotted key may name: whatever walks through answers goes as deep.
const MOST_DOTS: usize = 64;

/// Answers that the form and the platform's rules accept.
pub struct Answers {
    submission: Submission,
    /// Files that must be the applicant's uploads.
    pub files: Vec<UploadedFile>,
}

/// Checks `data` against the form of `service`. A draft may be incomplete, but what is there must be right.
///
/// # Errors
/// [`Error::Invalid`] with every wrong field.
pub fn check(offer: &Offer, user: &User, data: Value, draft: bool, now: RomeTime) -> Result<Answers, Error> {
    let data = match data {
        Value::Null => Value::Object(Map::new()),
        Value::Object(members) if members.keys().any(|key| key.matches('.').count() > MOST_DOTS) => {
            return Err(Error::field(
                "/data",
                "depth",
                "Una chiave ha più livelli di quanti ne abbia qualunque modulo: controllarla.",
            ));
        }
        Value::Object(members) => Value::Object(unflatten(members)),
        _ => return Err(Error::field("/data", "type", "Indicare un oggetto JSON con i valori del modulo.")),
    };
    let Some(form) = &offer.form else {
        return Err(Error::Precondition("Il servizio non ha un modulo: aggiungerlo prima di presentare pratiche."));
    };
    let context = if draft { forms::Context::draft(now) } else { forms::Context::submit(now) };
    let submission = form.validate(data, &context).map_err(|errors| Error::Invalid(below_data(errors)))?;
    let errors = if draft { Vec::new() } else { somebody_else(&submission, user) };
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    Ok(Answers { files: submission.files.clone(), submission })
}

/// Pointers into the submission become pointers into the request's body.
fn below_data(errors: Vec<FieldError>) -> Vec<FieldError> {
    errors.into_iter().map(|error| FieldError { field: format!("/data{}", error.field), ..error }).collect()
}

/// A citizen applies in the own name.
fn somebody_else(submission: &Submission, user: &User) -> Vec<FieldError> {
    if user.role != Role::User {
        return Vec::new();
    }
    let applicant = submission.applicant();
    let same = |given: &Option<String>, own: &str| {
        given.as_ref().is_none_or(|given| own.is_empty() || given.to_lowercase() == own.to_lowercase())
    };
    let own_code = user.fiscal_code.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut errors = Vec::new();
    let mut wrong = |field: &str, what: &str| {
        let message = format!("{what} del richiedente non è quello della persona che ha effettuato l'accesso.");
        errors.push(FieldError::new(format!("/data/applicant{field}"), "not-yours", message));
    };
    if !same(&applicant.fiscal_code, &own_code) {
        wrong("/data/fiscal_code/data/fiscal_code", "Il codice fiscale");
    }
    if !same(&applicant.name, &user.given_name) {
        wrong("/data/completename/data/name", "Il nome");
    }
    if !same(&applicant.surname, &user.family_name) {
        wrong("/data/completename/data/surname", "Il cognome");
    }
    errors
}

/// As many people can be named as may look at an application.
const MOST_RELATIVES: usize = 50;

impl Answers {
    /// The uploads that the answers refer to.
    ///
    /// # Errors
    /// [`Error::Invalid`] with each reference that is none.
    pub fn file_ids(&self) -> Result<Vec<AttachmentId>, Error> {
        let (mut ids, mut errors) = (Vec::new(), Vec::new());
        for file in &self.files {
            match file.id.parse() {
                Ok(id) => ids.push(id),
                Err(_) => errors.push(FieldError::new(
                    format!("/data{}", file.field),
                    "unknown",
                    "Il file non è stato caricato: caricarlo di nuovo.",
                )),
            }
        }
        if errors.is_empty() { Ok(ids) } else { Err(Error::Invalid(errors)) }
    }

    /// What is stored of these answers for `application`.
    pub fn into_stored(self, application: Application, tenant: &TenantInfo) -> Result<Stored, Error> {
        let defect = |error: serde_json::Error| Error::Defect(error.to_string());
        let flat = self.submission.flat(&file_url(tenant, application.id));
        let data = Data {
            answers: serde_json::to_string(&self.submission.data).map_err(defect)?,
            flat: serde_json::to_string(&flat).map_err(defect)?,
        };
        let applicant = self.submission.applicant();
        let mut search = vec![application.user_name.to_lowercase(), application.id.to_string()];
        search.extend(
            [applicant.fiscal_code, applicant.surname, applicant.name, application.subject.clone()]
                .into_iter()
                .flatten()
                .map(|text| text.to_lowercase()),
        );
        let named = self.submission.related_cfs();
        let relatives = named.iter().filter_map(|code| code.parse().ok()).take(MOST_RELATIVES).collect();
        let (unique_id, search_text) = (self.submission.unique_id(), search.join(" "));
        Ok(Stored { application, data, unique_id, search_text, relatives: Some(relatives) })
    }

    /// The subject of the application: what the form says, or the service and the applicant.
    pub fn subject(&self, service: &Service, user_name: &str) -> String {
        let subject = self.submission.subject().map_or_else(|| format!("{} {user_name}", service.name), str::to_owned);
        subject.chars().take(255).collect()
    }

    /// What is to be paid, if the service wants something and the amount is not nothing. The amount is the form's own, recomputed here;
    /// a service without one in its form has a fixed amount.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the form computes the amount and could not, which must not make the application free;
    /// [`Error::Precondition`] when the fixed amount is none.
    pub fn payment(
        &self,
        tenant: &TenantInfo,
        service: &Service,
        application: &Application,
        now: RomeTime,
    ) -> Result<Option<PaymentData>, Error> {
        if service.payment_required == 0 {
            return Ok(None);
        }
        let amount = match self.submission.payment_amount() {
            Some(amount) => Some(amount),
            None => service.payment_parameters.fixed_amount().map_err(|_| {
                tracing::error!(service_id = %service.id, "the fixed amount of a service cannot be read");
                Error::Precondition("L'importo fissato per il servizio non è leggibile: avvisare l'ente, che deve correggerlo.")
            })?,
        };
        let Some(amount) = amount.filter(|amount| amount.cents() > 0) else {
            if self.submission.lacks_amount {
                tracing::error!(service_id = %service.id, "a form did not compute the amount that its service wants");
                let message =
                    "L'importo da pagare non si può calcolare da quanto inserito: controllare le risposte, o avvisare l'ente.";
                return Err(Error::field("/data/payment_amount", "amount", message));
            }
            return Ok(None);
        };
        let payer = self.submission.applicant().fiscal_code.unwrap_or_else(|| application.user_name.clone());
        let reason = self.submission.payment_description().map_or_else(|| format!("{} - {payer}", application.id), str::to_owned);
        let split = self.submission.payment_financial_report().iter().map(split).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(PaymentData {
            amount,
            config_id: None,
            expire_at: Some(now.plus_days(PAYMENT_DAYS).trunc_to_second()),
            landing: Some(Call {
                method: Method::Get,
                url: format!("{}/{}/pratiche/{}/detail", tenant.base_url, application.locale, application.id),
            }),
            notify: Some(Call {
                method: Method::Post,
                url: format!("{}/applications/{}/payment", tenant.api_url(), application.id),
            }),
            reason: Some(reason.chars().take(140).collect()),
            split: Some(split),
            stamps: Vec::new(),
            extra: Default::default(),
        }))
    }
}

/// A row of the form's financial report as a row of the event's split. Rows come as the event has them (`code`, `amount`), or with the
/// Italian names of the report component.
fn split(row: &Value) -> Result<Split, Error> {
    let invalid = |message: String| Error::field("/data/payment_financial_report", "invalid", message);
    if row.get("code").is_some() {
        return serde_json::from_value(row.clone()).map_err(|error| invalid(error.to_string()));
    }
    let code = ["codCapitolo", "codAccertamento", "codUfficio"].iter().find_map(|key| row.get(key)?.as_str());
    let code = code.ok_or_else(|| invalid("Indicare il capitolo di ogni voce.".to_owned()))?.to_owned();
    let amount = serde_json::from_value(row.get("importo").cloned().unwrap_or_default());
    let amount = amount.map_err(|_| invalid("Indicare l'importo di ogni voce.".to_owned()))?;
    Ok(Split { code, amount, meta: Raw::of(row).map_err(|error| invalid(error.to_string()))? })
}

/// Answers as the tree that the form has, however they were sent.
pub fn tree(data: Value) -> Value {
    match data {
        Value::Object(members) if members.keys().all(|key| key.matches('.').count() <= MOST_DOTS) => {
            Value::Object(unflatten(members))
        }
        other => other,
    }
}

/// A flat object with dotted keys (`applicant.data.email_address`, rows numbered from 0) as the tree that the form has; an object without
/// dotted keys is given back as it is.
fn unflatten(members: Map<String, Value>) -> Map<String, Value> {
    if !members.keys().any(|key| key.contains('.')) {
        return members;
    }
    let mut root = Map::new();
    for (key, value) in members {
        place(&mut root, &key, value);
    }
    root.into_iter().map(|(key, value)| (key, rows(value))).collect()
}

fn place(object: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(object.insert(key.to_owned(), value)),
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                place(inner, rest, value);
            }
        }
    }
}

/// Objects whose keys are 0, 1, 2 ... become lists.
fn rows(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let members: Map<String, Value> = members.into_iter().map(|(key, value)| (key, rows(value))).collect();
    let numbered = !members.is_empty() && (0..members.len()).all(|row| members.contains_key(&row.to_string()));
    if !numbered {
        return Value::Object(members);
    }
    Value::Array((0..members.len()).filter_map(|row| members.get(&row.to_string()).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dotted_keys_become_the_form_s_tree() {
        let Value::Object(flat) = json!({"applicant.data.email_address":"a@b.it","rows.0.x":1,"rows.1.x":2,"note":"n"}) else {
            unreachable!()
        };
        let tree = json!({"applicant":{"data":{"email_address":"a@b.it"}},"rows":[{"x":1},{"x":2}],"note":"n"});
        assert_eq!(Value::Object(unflatten(flat)), tree);
    }
}
