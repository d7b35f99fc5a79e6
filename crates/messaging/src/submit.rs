//! Whether a message may be sent: the published checks in the published order, because clients depend on which refusal wins. Pure.

use std::net::IpAddr;

use crate::environment;
use crate::errors::{Error, Feature};
use crate::formats::{Cidr, CitizenCode};
use crate::groups::{Group, Groups};
use crate::message::{FeatureLevel, NewMessage};

/// What the checks look at of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Networks that may use the service; none: all.
    pub authorized_cidrs: Vec<Cidr>,
    /// Whom a limited key may write to.
    pub authorized_recipients: Vec<CitizenCode>,
    /// Largest payment, in cents; none until it is set.
    pub max_allowed_payment_amount: i64,
}

/// What is known of the configuration that a message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// There is none of that name.
    Unknown,
    /// Another organisation's.
    Foreign,
    /// The sender's own, and whether it has a production and a test environment.
    Own(bool, bool),
}

/// A message that somebody wants to send.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// What the sender may do.
    pub groups: &'a Groups,
    /// The service in whose name it is sent.
    pub rules: &'a Rules,
    /// Where the call comes from.
    pub source: IpAddr,
    /// The recipient that the address names.
    pub path: Option<CitizenCode>,
    /// The message.
    pub message: &'a NewMessage,
    /// The configuration that the message names, if it names one.
    pub configuration: Option<Configuration>,
}

/// Lets callers pass who have one of `allowed`.
///
/// # Errors
/// [`Error::NoScopes`] without any group, [`Error::NotAllowed`] with others.
pub fn require(groups: &Groups, allowed: &[Group]) -> Result<(), Error> {
    if groups.is_empty() {
        return Err(Error::NoScopes);
    }
    if allowed.iter().any(|group| groups.has(*group)) { Ok(()) } else { Err(Error::NotAllowed) }
}

/// Lets calls pass that come from where the service may be used.
///
/// # Errors
/// [`Error::SourceNotAllowed`].
pub fn require_source(networks: &[Cidr], source: IpAddr) -> Result<(), Error> {
    let allowed = networks.is_empty() || networks.iter().any(|network| network.contains(source));
    if allowed { Ok(()) } else { Err(Error::SourceNotAllowed) }
}

/// Whether somebody with these groups may write to `recipient` at all.
///
/// # Errors
/// [`Error::RecipientForbidden`], [`Error::ProductionForbidden`].
pub fn require_recipient(groups: &Groups, rules: &Rules, recipient: CitizenCode) -> Result<(), Error> {
    // The limited key wins: it is what an organisation has while it tries things out.
    if groups.has(Group::ApiLimitedMessageWrite) {
        let listed = rules.authorized_recipients.contains(&recipient);
        return if listed { Ok(()) } else { Err(Error::RecipientForbidden) };
    }
    if groups.has(Group::ApiMessageWrite) { Ok(()) } else { Err(Error::ProductionForbidden) }
}

/// Judges a submission; gives its recipient.
///
/// # Errors
/// The first refusal, in the published order.
pub fn check(submission: &Submission<'_>) -> Result<CitizenCode, Error> {
    let Submission { groups, rules, source, path, message, configuration } = *submission;
    let content = &message.content;
    let is_premium = message.feature_level_type == FeatureLevel::Advanced;
    let may = |needed: bool, group: Group, feature: Feature| {
        if needed && !groups.has(group) { Err(Error::FeatureNotAllowed(feature)) } else { Ok(()) }
    };
    let names_payee = content.payment_data.as_ref().is_some_and(|payment| payment.payee.is_some());
    let third_party = content.third_party_data.as_ref();
    may(content.eu_covid_cert.is_some(), Group::ApiMessageWriteEUCovidCert, Feature::CovidCertificate)?;
    may(names_payee, Group::ApiMessageWriteWithPayee, Feature::Payee)?;
    may(is_premium, Group::ApiMessageWriteAdvanced, Feature::Premium)?;
    may(third_party.is_some() && !is_premium, Group::ApiThirdPartyMessageWrite, Feature::ThirdParty)?;
    require_source(&rules.authorized_cidrs, source)?;
    let recipient = match (path, message.fiscal_code) {
        (Some(_), Some(_)) => {
            let detail = "The fiscalcode parameter must be specified in the path or in the payload but not in both";
            return Err(Error::BadParameters(detail));
        }
        (None, None) => {
            return Err(Error::BadParameters("The fiscalcode parameter must be specified in the path or in the payload"));
        }
        (Some(code), None) | (None, Some(code)) => code,
    };
    if let Some(third_party) = third_party {
        let environments = match configuration {
            None => return Err(Error::NoConfigurationId),
            Some(Configuration::Unknown) => return Err(Error::UnknownConfiguration),
            Some(Configuration::Foreign) => return Err(Error::NotYourConfiguration),
            Some(Configuration::Own(production, test)) => environment::choose(production, test, true),
        };
        if third_party.has_attachments && !is_premium {
            return Err(Error::AttachmentsForbidden);
        }
        // A configuration may be made before its environments are known; a message that would never open is not taken.
        if environments.is_none() {
            return Err(Error::NoEnvironment);
        }
    }
    require_recipient(groups, rules, recipient)?;
    if let Some(payment) = &content.payment_data
        && payment.amount > rules.max_allowed_payment_amount
    {
        return Err(Error::PaymentTooLarge { amount: payment.amount, most: rules.max_allowed_payment_amount });
    }
    Ok(recipient)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const CITIZEN: &str = "AAAAAA00A00A000A";

    fn message(changes: &[(&str, Value)]) -> NewMessage {
        let mut body = json!({ "content": { "subject": "Un oggetto valido", "markdown": "m".repeat(80) } });
        for (pointer, value) in changes {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[name] = value.clone();
        }
        NewMessage::read(&body).unwrap()
    }

    /// Each refusal with the change that causes it, in the order in which they win. A message that has all of them gets the first; mended
    /// one by one, it gets each in turn.
    #[test]
    fn every_refusal_wins_over_those_that_follow_it() {
        let citizen: CitizenCode = CITIZEN.parse().unwrap();
        let all = "ApiLimitedMessageWrite";
        let steps: [(&str, Error); 12] = [
            ("ApiMessageWriteEUCovidCert", Error::FeatureNotAllowed(Feature::CovidCertificate)),
            ("ApiMessageWriteWithPayee", Error::FeatureNotAllowed(Feature::Payee)),
            ("ApiThirdPartyMessageWrite", Error::FeatureNotAllowed(Feature::ThirdParty)),
            ("source", Error::SourceNotAllowed),
            (
                "recipient",
                Error::BadParameters("The fiscalcode parameter must be specified in the path or in the payload but not in both"),
            ),
            ("configuration", Error::NoConfigurationId),
            ("configuration", Error::UnknownConfiguration),
            ("configuration", Error::NotYourConfiguration),
            ("attachments", Error::AttachmentsForbidden),
            ("environment", Error::NoEnvironment),
            ("authorized", Error::RecipientForbidden),
            ("amount", Error::PaymentTooLarge { amount: 100, most: 0 }),
        ];
        let mut groups = all.to_owned();
        let mut rules = Rules { authorized_cidrs: vec!["203.0.113.0/24".parse().unwrap()], ..Rules::default() };
        let mut source: IpAddr = "198.51.100.1".parse().unwrap();
        let mut path = Some(citizen);
        let mut attachments = true;
        let mut configuration = None;
        for (step, expected) in steps {
            let message = message(&[
                ("/fiscal_code", json!(CITIZEN)),
                ("/content/eu_covid_cert", json!({ "auth_code": "x" })),
                (
                    "/content/payment_data",
                    json!({ "amount": 100, "notice_number": "302000100440009424", "payee": { "fiscal_code": "00337460224" } }),
                ),
                ("/content/third_party_data", json!({ "id": "x", "has_attachments": attachments })),
            ]);
            let read = Groups::read(&groups);
            let submission = Submission { groups: &read, rules: &rules, source, path, message: &message, configuration };
            assert_eq!(check(&submission), Err(expected.clone()), "{step}");
            match expected {
                Error::SourceNotAllowed => source = "203.0.113.9".parse().unwrap(),
                Error::BadParameters(_) => path = None,
                Error::NoConfigurationId => configuration = Some(Configuration::Unknown),
                Error::UnknownConfiguration => configuration = Some(Configuration::Foreign),
                Error::NotYourConfiguration => configuration = Some(Configuration::Own(false, false)),
                Error::AttachmentsForbidden => attachments = false,
                Error::NoEnvironment => configuration = Some(Configuration::Own(false, true)),
                Error::RecipientForbidden => rules.authorized_recipients.push(citizen),
                Error::PaymentTooLarge { .. } => {
                    rules.max_allowed_payment_amount = 100;
                    let submission = Submission { groups: &read, rules: &rules, source, path, message: &message, configuration };
                    assert_eq!(check(&submission), Ok(citizen));
                }
                _ => groups = format!("{groups},{step}"),
            }
        }
    }

    fn judge(groups: &str, message: &NewMessage, configuration: Option<Configuration>) -> Result<CitizenCode, Error> {
        let (groups, rules) = (Groups::read(groups), Rules::default());
        check(&Submission { groups: &groups, rules: &rules, source: "::1".parse().unwrap(), path: None, message, configuration })
    }

    #[test]
    fn premium_messages_need_their_group_and_no_other_for_third_party_data() {
        let third = ("/content/third_party_data", json!({ "id": "x", "has_attachments": true }));
        let premium = message(&[("/fiscal_code", json!(CITIZEN)), ("/feature_level_type", json!("ADVANCED")), third]);
        let own = Some(Configuration::Own(true, false));
        assert_eq!(judge("ApiMessageWrite", &premium, own), Err(Error::FeatureNotAllowed(Feature::Premium)));
        assert!(judge("ApiMessageWrite,ApiMessageWriteAdvanced", &premium, own).is_ok());
    }

    #[test]
    fn nobody_writes_without_a_group_for_writing() {
        let message = message(&[("/fiscal_code", json!(CITIZEN))]);
        // Over HTTP groups are asked for before: only a second line of defence says this.
        assert_eq!(judge("ApiMessageRead", &message, None), Err(Error::ProductionForbidden));
        assert_eq!(web::ApiError::from(Error::ProductionForbidden).problem.title, "Production call forbidden");
        assert_eq!(judge("ApiLimitedMessageWrite", &message, None), Err(Error::RecipientForbidden));
        assert!(judge("ApiMessageWrite", &message, None).is_ok());
        let nobody = NewMessage { fiscal_code: None, ..message };
        assert!(matches!(judge("ApiMessageWrite", &nobody, None), Err(Error::BadParameters(_))));
    }

    #[test]
    fn groups_are_asked_for_before_anything_else() {
        assert_eq!(require(&Groups::read("developers"), &[Group::ApiMessageRead]), Err(Error::NoScopes));
        assert_eq!(require(&Groups::read("ApiMessageWrite"), &[Group::ApiMessageRead]), Err(Error::NotAllowed));
        assert_eq!(require(&Groups::read("ApiMessageRead"), &[Group::ApiMessageRead, Group::ApiServiceWrite]), Ok(()));
    }
}
