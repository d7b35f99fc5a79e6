//! What of a deed is kept as a document: the contract of an agreement that has come into force, and the risk analysis of a version of a
//! purpose that has. Both say what was true at that instant, whatever changes afterwards.

use std::collections::BTreeMap;

use kernel::RomeTime;
use pdf::{Fact, Issuer, Language, RecordDocument, RecordSection, moment};

use crate::agreements::agreement::{Agreement, Stamp};
use crate::attributes::registry::Attribute;
use crate::attributes::tenant::Tenant;
use crate::attributes::{Holdings, Kind, Requirements, Verified};
use crate::catalog::eservice::{EService, Mode};
use crate::ids::AttributeId;
use crate::purposes::purpose::{Purpose, Version};
use crate::risk_analysis::{Form, RuleSet, words};

/// The two bodies of an agreement or of a purpose.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// Who offers.
    pub producer: &'a Tenant,
    /// Who uses.
    pub consumer: &'a Tenant,
}

impl Parties<'_> {
    fn facts(&self) -> [Fact; 2] {
        let body = |tenant: &Tenant| {
            let code = format!("codice {} {}", tenant.external_id.origin, tenant.external_id.value);
            let tax_code = tenant.tax_code.as_ref().map(|code| format!(", codice fiscale {code}"));
            format!("{} ({code}{})", tenant.name, tax_code.unwrap_or_default())
        };
        [Fact::new("Erogatore", body(self.producer)), Fact::new("Fruitore", body(self.consumer))]
    }

    /// Who did something, for which of the two, and when.
    fn signed(&self, stamp: Stamp) -> String {
        let of = |tenant: &Tenant| {
            let person = tenant.users.get(&stamp.by?)?;
            Some(format!("{} {}, per {}", person.name, person.family_name, tenant.name))
        };
        let who = of(self.consumer).or_else(|| of(self.producer));
        let who = who.or_else(|| stamp.by.map(|user| format!("utente {user}"))).unwrap_or_else(|| "la piattaforma".to_owned());
        format!("{} – {who}", moment(Language::It, stamp.at))
    }
}

/// The installation, of which the address is told when the document is typeset.
fn issuer() -> Issuer {
    Issuer { name: "Piattaforma di interoperabilità".to_owned(), contacts: Vec::new(), logo: None }
}

/// The contract of an agreement; `registry` has the attributes that the version requires.
pub fn contract(
    agreement: &Agreement,
    eservice: &EService,
    parties: Parties<'_>,
    registry: &BTreeMap<AttributeId, Attribute>,
    now: RomeTime,
) -> RecordDocument {
    let version = eservice.descriptor(agreement.descriptor_id);
    let name = &eservice.general.name;
    let number = version.map(|version| format!(", versione {}", version.version)).unwrap_or_default();
    let mut facts = vec![Fact::new("E-service", format!("{name}{number}"))];
    facts.extend(parties.facts());
    facts.extend(agreement.submitted.map(|stamp| Fact::new("Inoltrata", parties.signed(stamp))));
    facts.extend(agreement.activated.map(|stamp| Fact::new("Attivata", parties.signed(stamp))));
    facts.extend(agreement.consumer_notes.as_ref().map(|notes| Fact::new("Note del fruitore", notes)));
    let none = Requirements::default();
    let required = version.map_or(&none, |version| &version.attributes);
    let held = |kind, title: &str| RecordSection {
        title: title.to_owned(),
        facts: attributes(kind, required, &parties.consumer.holdings, registry, now),
        long_labels: false,
        none: if required.of(kind).is_empty() { "Nessuno richiesto." } else { "Nessuno tra quelli richiesti." }.to_owned(),
    };
    RecordDocument {
        language: Language::It,
        issuer: issuer(),
        kind: "Richiesta di fruizione".to_owned(),
        title: name.clone(),
        id: agreement.id.0,
        facts,
        sections: vec![
            held(Kind::Certified, "Attributi certificati posseduti"),
            held(Kind::Declared, "Attributi dichiarati"),
            held(Kind::Verified, "Attributi verificati"),
        ],
        note:
            "Documento prodotto dalla piattaforma quando la richiesta è diventata attiva: riporta gli attributi che la versione \
               dell’e-service richiede e che il fruitore possedeva in quel momento."
                .to_owned(),
        at: now,
    }
}

/// What the consumer holds of what is required, and since when.
fn attributes(
    kind: Kind,
    required: &Requirements,
    holdings: &Holdings,
    registry: &BTreeMap<AttributeId, Attribute>,
    now: RomeTime,
) -> Vec<Fact> {
    let mut facts = BTreeMap::new();
    for id in required.of(kind).iter().flatten().map(|required| required.id) {
        let Some(attribute) = registry.get(&id) else { continue };
        let since = match kind {
            Kind::Certified => holdings.certified.get(&id).filter(|held| held.held()).map(|held| {
                let source = attribute.origin.as_ref().map(|origin| format!(" (fonte {origin})")).unwrap_or_default();
                format!("dal {}{source}", moment(Language::It, held.assigned_at))
            }),
            Kind::Declared => holdings
                .declared
                .get(&id)
                .filter(|held| held.held())
                .map(|held| format!("dichiarato il {}", moment(Language::It, held.assigned_at))),
            Kind::Verified => holdings.verified.get(&id).and_then(|verified| word(verified, now)),
        };
        facts.extend(since.map(|since| (id, Fact::new(&attribute.name, since))));
    }
    facts.into_values().collect()
}

/// The last word that still counts on a verified attribute.
fn word(verified: &Verified, now: RomeTime) -> Option<String> {
    let counts = verified.verified_by.iter().filter(|word| word.live(now));
    let word = counts.max_by_key(|word| word.verification_date)?;
    let until = word.ends_at().map(|end| format!(", fino al {}", moment(Language::It, end))).unwrap_or_default();
    Some(format!("verificato il {}{until}", moment(Language::It, word.verification_date)))
}

/// The risk analysis of a purpose, as it stood when `version` came into force. The analysis is the producer's if the e-service receives.
pub fn analysis(
    purpose: &Purpose,
    version: &Version,
    eservice: &EService,
    parties: Parties<'_>,
    now: RomeTime,
) -> RecordDocument {
    let (author, mode) = match eservice.general.mode {
        Mode::Deliver => (parties.consumer, "l’e-service eroga dati"),
        Mode::Receive => (parties.producer, "l’e-service riceve dati; analisi dell’erogatore"),
    };
    let info = &purpose.info;
    let mut facts = vec![
        Fact::new("Finalità", &info.title),
        Fact::new("Descrizione", &info.description),
        Fact::new("E-service", format!("{} ({mode})", eservice.general.name)),
    ];
    facts.extend(parties.facts());
    let free = match &info.free_of_charge_reason {
        Some(reason) => format!("sì – {reason}"),
        None => if info.is_free_of_charge { "sì" } else { "no" }.to_owned(),
    };
    facts.push(Fact::new("Accesso gratuito", free));
    facts.push(Fact::new("Stima di carico", format!("{} chiamate al giorno", version.daily_calls)));
    facts.extend(version.approved.map(|stamp| Fact::new("Attivata", parties.signed(stamp))));
    let form = purpose.analysis.as_ref();
    let answers = RecordSection {
        title: form.map_or_else(String::new, |form| format!("Risposte alle domande della versione {}", form.version)),
        facts: form.map(|form| answered(form, author)).unwrap_or_default(),
        long_labels: true,
        none: "Nessuna risposta.".to_owned(),
    };
    RecordDocument {
        language: Language::It,
        issuer: issuer(),
        kind: "Analisi del rischio".to_owned(),
        title: info.title.clone(),
        id: version.id.0,
        facts,
        sections: vec![answers],
        note: "Documento prodotto dalla piattaforma quando questa versione della finalità è diventata attiva.".to_owned(),
        at: now,
    }
}

/// Questions and answers, in the order of the questions.
fn answered(form: &Form, author: &Tenant) -> Vec<Fact> {
    let Some(set) = RuleSet::find(author.kind, &form.version) else { return Vec::new() };
    let asked = set.questions.iter().filter_map(|question| {
        let given = form.answers.get(question.id).filter(|given| !given.is_empty())?;
        let say = |answer: &String| match question.values.iter().find(|value| **value == answer) {
            Some(value) => words(value).it.to_owned(),
            None => answer.clone(),
        };
        let lines: Vec<String> = given.iter().map(say).collect();
        Some(Fact::new(words(question.id).it, lines.join("\n")))
    });
    asked.collect()
}
