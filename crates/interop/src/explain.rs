//! `sportello interop explain`: one JSON object a line in, one verdict a line out, by the very functions that the platform decides with,
//! so that an administrator can see why.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use kernel::{RomeTime, TenantId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agreements::state::{State, Suspensions, by_attributes, platform_suspends, with_suspensions};
use crate::attributes::tenant::TenantKind;
use crate::attributes::{Assigned, Holdings, Requirements, Revocation, Verification, Verified, satisfied};
use crate::clients::key::PublicKey;
use crate::ids::AttributeId;
use crate::risk_analysis::{Depth, Form, Issue, check};
use crate::rules::{ApprovalPolicy, Rules};
use crate::vouchers::assertion::{self, Claims};
use crate::vouchers::fault::Fault;
use crate::vouchers::jws::Jws;

/// What is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Which state attributes and suspensions give an agreement.
    Agreement,
    /// What is wrong with a risk analysis.
    RiskAnalysis,
    /// What is wrong with a client assertion.
    Assertion,
}

/// The verdict on one line.
///
/// # Errors
/// What in the line cannot be read.
pub fn line(subject: Subject, line: &str, rules: &Rules, now: RomeTime) -> Result<Value, String> {
    let unreadable = |error: serde_json::Error| error.to_string();
    match subject {
        Subject::Agreement => serde_json::from_str(line).map(|case| agreement(case, rules, now)).map_err(unreadable),
        Subject::RiskAnalysis => serde_json::from_str(line).map(|case| risk_analysis(case, rules, now)).map_err(unreadable),
        Subject::Assertion => serde_json::from_str(line).map(|case| assertion(&case, now)).map_err(unreadable),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AgreementCase {
    agreement: Parties,
    descriptor: DescriptorCase,
    tenant: TenantCase,
    #[serde(default)]
    suspended_by_producer: Option<bool>,
    #[serde(default)]
    suspended_by_consumer: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parties {
    state: State,
    producer_id: String,
    consumer_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescriptorCase {
    attributes: RequirementsCase,
    #[serde(default)]
    agreement_approval_policy: Option<ApprovalPolicy>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RequirementsCase {
    certified: Vec<Vec<RequiredCase>>,
    declared: Vec<Vec<RequiredCase>>,
    verified: Vec<Vec<RequiredCase>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequiredCase {
    id: String,
    #[serde(default)]
    explicit_attribute_verification: bool,
}

#[derive(Deserialize)]
struct TenantCase {
    #[serde(default)]
    attributes: Vec<HeldCase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HeldCase {
    id: String,
    #[serde(rename = "type")]
    kind: HeldKind,
    #[serde(default)]
    revocation_timestamp: Option<RomeTime>,
    #[serde(default)]
    verified_by: Option<Vec<WordCase>>,
    #[serde(default)]
    revoked_by: Option<Vec<WordCase>>,
}

#[derive(Clone, Copy, Deserialize)]
enum HeldKind {
    #[serde(rename = "PersistentCertifiedAttribute")]
    Certified,
    #[serde(rename = "PersistentDeclaredAttribute")]
    Declared,
    #[serde(rename = "PersistentVerifiedAttribute")]
    Verified,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WordCase {
    id: String,
    #[serde(default)]
    verification_date: Option<RomeTime>,
    #[serde(default)]
    expiration_date: Option<RomeTime>,
    #[serde(default)]
    extension_date: Option<RomeTime>,
}

/// Identifiers of a case are any text: each gets a number of its own.
#[derive(Default)]
struct Names(BTreeMap<String, u128>);

impl Names {
    fn number(&mut self, name: String) -> kernel::Uuid {
        let next = self.0.len() as u128;
        kernel::Uuid::from_u128(*self.0.entry(name).or_insert(next))
    }
}

fn agreement(case: AgreementCase, rules: &Rules, now: RomeTime) -> Value {
    let mut names = Names::default();
    let producer = TenantId(names.number(case.agreement.producer_id));
    let own = TenantId(names.number(case.agreement.consumer_id)) == producer;
    let mut groups = |groups: Vec<Vec<RequiredCase>>| {
        let required = |required: RequiredCase| crate::attributes::Required {
            explicit_attribute_verification: required.explicit_attribute_verification,
            ..AttributeId(names.number(required.id)).into()
        };
        let mut required = required;
        groups.into_iter().map(|group| group.into_iter().map(&mut required).collect()).collect()
    };
    let asked = case.descriptor.attributes;
    let requirements =
        Requirements { certified: groups(asked.certified), declared: groups(asked.declared), verified: groups(asked.verified) };
    let holdings = holdings(case.tenant.attributes, &mut names, now);
    let held = satisfied(&requirements, &holdings, producer, rules, now);
    let policy = case.descriptor.agreement_approval_policy.unwrap_or(rules.approval_policy);
    let next = by_attributes(case.agreement.state, own, held, policy);
    let suspensions = Suspensions {
        suspended_by_consumer: case.suspended_by_consumer.unwrap_or_default(),
        suspended_by_producer: case.suspended_by_producer.unwrap_or_default(),
        suspended_by_platform: platform_suspends(next),
    };
    json!({ "byAttributes": next.name(), "final": with_suspensions(next, suspensions).name() })
}

fn holdings(attributes: Vec<HeldCase>, names: &mut Names, now: RomeTime) -> Holdings {
    let mut holdings = Holdings::default();
    for held in attributes {
        let id = AttributeId(names.number(held.id));
        let assigned = Assigned { assigned_at: now, revoked_at: held.revocation_timestamp };
        let mut word = |word: WordCase| Verification {
            id: TenantId(names.number(word.id)),
            verification_date: word.verification_date.unwrap_or(now),
            expiration_date: word.expiration_date,
            extension_date: word.extension_date,
        };
        match held.kind {
            HeldKind::Certified => drop(holdings.certified.insert(id, assigned)),
            HeldKind::Declared => drop(holdings.declared.insert(id, assigned)),
            HeldKind::Verified => {
                let verified_by = held.verified_by.into_iter().flatten().map(&mut word).collect();
                let revoked = |revoked| Revocation { verification: word(revoked), revocation_date: now };
                let revoked_by = held.revoked_by.into_iter().flatten().map(revoked).collect();
                holdings.verified.insert(id, Verified { assigned_at: now, verified_by, revoked_by });
            }
        }
    }
    holdings
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnalysisCase {
    kind: TenantKind,
    version: String,
    answers: IndexMap<String, Vec<String>>,
    #[serde(default)]
    schema_only: bool,
    #[serde(default)]
    personal_data: Option<bool>,
}

fn risk_analysis(case: AnalysisCase, rules: &Rules, now: RomeTime) -> Value {
    let depth = if case.schema_only { Depth::Schema } else { Depth::Whole };
    let form = Form { version: case.version, answers: case.answers };
    let issues = check(&form, case.kind, depth, case.personal_data, rules, now);
    let issues: Vec<_> = issues.iter().map(Issue::name).collect();
    json!({ "type": if issues.is_empty() { "valid" } else { "invalid" }, "issues": issues })
}

#[derive(Deserialize)]
struct AssertionCase {
    jws: String,
    #[serde(default)]
    client_id: Option<String>,
    audience: Audience,
    public_key_pem: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

fn assertion(case: &AssertionCase, now: RomeTime) -> Value {
    let audiences = match &case.audience {
        Audience::One(one) => std::slice::from_ref(one),
        Audience::Many(many) => many,
    };
    let names = |faults: Vec<Fault>| faults.into_iter().map(Fault::name).collect::<Vec<_>>();
    let Some(jws) = Jws::parse(&case.jws) else {
        let unreadable = || names(vec![Fault::InvalidClientAssertionFormat]);
        return json!({ "strict": unreadable(), "lenient": unreadable(), "signature": names(vec![Fault::JsonWebTokenError]) });
    };
    let read = |claims| match assertion::read(&jws, case.client_id.as_deref(), audiences, claims) {
        Ok(_) => Vec::new(),
        Err(faults) => names(faults),
    };
    let signature = match PublicKey::from_pem(&case.public_key_pem).ok().and_then(|key| key.verifier()) {
        Some(key) => assertion::verify(&jws, &key, now),
        None => Some(Fault::UnexpectedClientAssertionSignatureVerificationError),
    };
    json!({ "strict": read(Claims::Strict), "lenient": read(Claims::Lenient), "signature": names(signature.into_iter().collect()) })
}

#[cfg(test)]
mod tests;
