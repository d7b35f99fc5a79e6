//! Rules E1 to E15.

use jiff::SignedDuration;
use kernel::{RomeTime, Uuid};

use super::descriptor::{Action, Descriptor, Document, State, TRANSITIONS, Terms};
use super::documents::server_urls;
use super::eservice::{EService, General, Mode, Technology};
use super::publish::{Quotas, Usage};
use crate::attributes::tenant::TenantKind;
use crate::attributes::tenant::tests::tenant;
use crate::attributes::{Kind, Requirements};
use crate::errors::{Fault, Refusal};
use crate::ids::{AnalysisId, AttributeId, DescriptorId, EServiceId, FileId};
use crate::risk_analysis::Form;
use crate::rules::{Profile, Rules};

fn at(second: i64) -> RomeTime {
    RomeTime::from_microsecond((1_772_000_000 + second) * 1_000_000).unwrap()
}

fn version(number: u128) -> DescriptorId {
    DescriptorId(Uuid::from_u128(number))
}

pub(crate) fn terms() -> Terms {
    Terms {
        description: None,
        audience: vec!["api.example.it/residenze".into()],
        voucher_lifespan: 600,
        daily_calls_per_consumer: 100,
        daily_calls_total: 1000,
        agreement_approval_policy: None,
    }
}

fn general() -> General {
    General {
        name: "Residenze".into(),
        description: "Verifica della residenza".into(),
        technology: Technology::Rest,
        mode: Mode::Deliver,
        is_signal_hub_enabled: false,
        is_consumer_delegable: false,
        is_client_access_delegable: false,
        personal_data: Some(true),
    }
}

fn guide() -> Rules {
    Rules::of(Profile::Guide)
}

fn as_built() -> Rules {
    Rules::of(Profile::AsBuilt)
}

fn document(number: u128, name: &str) -> Document {
    Document {
        id: FileId(Uuid::from_u128(number)),
        name: format!("{name}.yaml"),
        pretty_name: name.into(),
        content_type: "application/yaml".into(),
        checksum: format!("{number:064x}"),
        uploaded_at: at(0),
    }
}

/// An e-service with version 1 in draft, complete.
pub(crate) fn eservice() -> EService {
    let ids = (EServiceId(Uuid::from_u128(1)), version(1), at(0));
    let mut eservice = EService::create(general(), terms(), &tenant(1), &guide(), ids).unwrap();
    eservice.descriptor_mut(version(1)).unwrap().add_interface(document(1, "Interfaccia"), vec![]).unwrap();
    eservice
}

fn publish(eservice: &mut EService, id: DescriptorId, usage: Usage, rules: &Rules) -> Result<(), Refusal> {
    eservice.publish(id, TenantKind::Pa, |_| usage, rules, at(9)).map(drop)
}

/// The same with versions 1 to `last` published, every one used.
pub(crate) fn published(last: u32) -> EService {
    let mut eservice = eservice();
    publish(&mut eservice, version(1), Usage::Used, &guide()).unwrap();
    for number in 2..=last {
        let id = version(number.into());
        eservice.begin_version(id, terms(), at(5)).unwrap();
        eservice.descriptor_mut(id).unwrap().add_interface(document(u128::from(number) + 100, "Interfaccia"), vec![]).unwrap();
        publish(&mut eservice, id, Usage::Used, &guide()).unwrap();
    }
    eservice
}

fn states(eservice: &EService) -> Vec<State> {
    eservice.descriptors.iter().map(|descriptor| descriptor.state).collect()
}

fn fault<T>(result: Result<T, Refusal>) -> Option<Fault> {
    result.err().map(|refusal| refusal.fault)
}

#[test]
fn e1_a_new_e_service_has_a_first_version_in_draft() {
    let eservice = eservice();
    assert_eq!(
        (eservice.descriptors.len(), eservice.descriptors[0].version, eservice.descriptors[0].state),
        (1, 1, State::Draft)
    );
    assert_eq!(eservice.producer_id, tenant(1).id);
}

#[test]
fn e1_origin_name_and_thresholds_are_checked() {
    let ids = (EServiceId(Uuid::from_u128(1)), version(1), at(0));
    let create = |general: General, terms: Terms, origin: &str| {
        let mut producer = tenant(1);
        producer.external_id.origin = origin.into();
        fault(EService::create(general, terms, &producer, &guide(), ids))
    };
    assert_eq!(create(general(), terms(), "SELC"), Some(Fault::OriginNotCompliant));
    let inconsistent = Terms { daily_calls_per_consumer: 1001, ..terms() };
    assert_eq!(create(general(), inconsistent, "IPA"), Some(Fault::InconsistentDailyCalls));
    let equal = Terms { daily_calls_per_consumer: 1000, ..terms() };
    assert_eq!(create(general(), equal, "IPA"), None);
    for name in ["Uno", &"a".repeat(61)] {
        let malformed = Some(Fault::Malformed(crate::Service::Catalog));
        assert_eq!(create(General { name: name.into(), ..general() }, terms(), "IPA"), malformed);
    }
    for lifespan in [59, 86_401] {
        assert!(create(general(), Terms { voucher_lifespan: lifespan, ..terms() }, "IPA").is_some());
    }
}

#[test]
fn e2_general_information_is_frozen_with_the_first_publication() {
    let changed = General { name: "Residenze e famiglie".into(), ..general() };
    let mut draft = eservice();
    assert_eq!(fault(draft.rename("Altro nome")), Some(Fault::EServiceInDraft));
    assert_eq!(draft.edit(changed.clone()), Ok(()));
    let mut eservice = published(1);
    assert_eq!(fault(eservice.edit(changed)), Some(Fault::NotInDraftState));
    assert_eq!(eservice.rename("Altro nome"), Ok(()));
    assert_eq!(fault(eservice.rename("Altro nome")), Some(Fault::SameName));
    assert_eq!(eservice.redescribe("Una descrizione nuova"), Ok(()));
    assert_eq!(fault(eservice.redescribe("Una descrizione nuova")), Some(Fault::SameDescription));
}

#[test]
fn e2_attributes_of_later_versions_are_fixed_only_in_the_guide() {
    let required = AttributeId(Uuid::from_u128(7));
    let requirements = Requirements { declared: vec![vec![required.into()]], ..Requirements::default() };
    let registry = |_| Some(Kind::Declared);
    let mut eservice = published(1);
    eservice.begin_version(version(2), terms(), at(10)).unwrap();
    assert_eq!(eservice.require(version(2), Requirements::default(), &guide(), registry), Ok(()), "the same is no change");
    assert_eq!(eservice.require(version(2), requirements.clone(), &guide(), registry), Err(Fault::NotInDraftState));
    assert_eq!(eservice.require(version(2), requirements.clone(), &as_built(), registry), Ok(()));
    assert_eq!(eservice.require(version(1), requirements, &as_built(), registry), Err(Fault::NotValidDescriptor));
}

#[test]
fn e2_groups_of_a_published_version_can_only_be_widened() {
    let [one, two] = [1, 2].map(|number| AttributeId(Uuid::from_u128(number)));
    let of = |groups: Vec<Vec<AttributeId>>| Requirements {
        verified: groups.into_iter().map(|group| group.into_iter().map(Into::into).collect()).collect(),
        ..Requirements::default()
    };
    let registry = |_| Some(Kind::Verified);
    let mut eservice = eservice();
    assert_eq!(eservice.widen(version(1), of(vec![vec![one]]), registry), Err(Fault::NotValidDescriptor));
    eservice.require(version(1), of(vec![vec![one]]), &guide(), registry).unwrap();
    publish(&mut eservice, version(1), Usage::None, &guide()).unwrap();
    assert_eq!(eservice.widen(version(1), of(vec![vec![one]]), registry), Err(Fault::UnchangedAttributes));
    for narrower in [of(vec![vec![two]]), of(vec![]), of(vec![vec![one], vec![two]])] {
        assert_eq!(eservice.widen(version(1), narrower, registry), Err(Fault::GroupNotWidened));
    }
    assert_eq!(eservice.widen(version(1), of(vec![vec![one, two]]), |_| None), Err(Fault::CatalogAttributeNotFound));
    assert_eq!(eservice.widen(version(1), of(vec![vec![one, two]]), registry), Ok(()));
}

#[test]
fn e4_one_version_is_in_draft_at_most_and_numbers_grow() {
    let mut eservice = published(1);
    assert_eq!(eservice.begin_version(version(2), terms(), at(10)), Ok(()));
    assert_eq!(eservice.descriptors[1].version, 2);
    assert_eq!(fault(eservice.begin_version(version(3), terms(), at(10))), Some(Fault::DraftAlreadyExists));
    eservice.suspend(version(1), at(11)).unwrap();
    eservice.delete_draft(version(2)).unwrap();
    assert_eq!(eservice.begin_version(version(3), terms(), at(12)), Ok(()), "also while the newest is suspended");
}

#[test]
fn e5_only_a_draft_is_rewritten() {
    let mut eservice = published(1);
    assert_eq!(fault(eservice.edit_draft(version(1), terms())), Some(Fault::NotValidDescriptor));
    assert_eq!(fault(eservice.edit_draft(version(9), terms())), Some(Fault::DescriptorNotFound));
    eservice.begin_version(version(2), terms(), at(10)).unwrap();
    let shorter = Terms { voucher_lifespan: 60, ..terms() };
    assert_eq!(eservice.edit_draft(version(2), shorter.clone()), Ok(()));
    assert_eq!(eservice.descriptor(version(2)).unwrap().terms, shorter);
}

#[test]
fn e6_one_interface_and_documents_of_different_names_and_contents() {
    let mut eservice = eservice();
    let draft = eservice.descriptor_mut(version(1)).unwrap();
    assert_eq!(draft.add_interface(document(2, "Altra"), vec![]), Err(Fault::InterfaceAlreadyExists));
    assert_eq!(draft.add_document(document(2, "interfaccia")), Err(Fault::DocumentNameDuplicate));
    let same = Document { checksum: document(1, "").checksum, ..document(2, "Guida") };
    assert_eq!(draft.add_document(same), Err(Fault::ChecksumDuplicate));
    assert_eq!(draft.add_document(document(2, "Guida")), Ok(()));
    assert_eq!(draft.rename_document(FileId(Uuid::from_u128(2)), "Interfaccia"), Err(Fault::DocumentNameDuplicate));
    assert_eq!(draft.rename_document(FileId(Uuid::from_u128(2)), "Manuale"), Ok(()));
    assert_eq!(draft.remove_file(FileId(Uuid::from_u128(9))), Err(Fault::CatalogDocumentNotFound));
    publish(&mut eservice, version(1), Usage::None, &guide()).unwrap();
    let published = eservice.descriptor_mut(version(1)).unwrap();
    assert_eq!(published.add_document(document(3, "Esempi")), Ok(()), "documents also later");
    assert_eq!(published.remove_file(FileId(Uuid::from_u128(1))), Err(Fault::NotValidDescriptor), "the interface stays");
    assert!(published.interface.is_some());
    assert!(published.remove_file(FileId(Uuid::from_u128(2))).is_ok());
}

#[test]
fn e6_addresses_are_read_from_the_interface() {
    let rest = |text: &str| server_urls(Technology::Rest, text.as_bytes());
    assert_eq!(rest(r#"{"servers":[{"url":"https://a.example.it/v1"},{}]}"#), ["https://a.example.it/v1"]);
    let yaml = "openapi: 3.0.0\nservers:\n  - url: 'https://a.example.it'\n    description: prova\n\n- url: https://b.example.it\npaths:\n  x:\n    url: no\n";
    assert_eq!(rest(yaml), ["https://a.example.it", "https://b.example.it"]);
    let wsdl =
        r#"<wsdl:port><soap:address xmlns="x" location="https://c.example.it/ws"/></wsdl:port><addressbook location="no"/>"#;
    assert_eq!(server_urls(Technology::Soap, wsdl.as_bytes()), ["https://c.example.it/ws"]);
    assert_eq!(rest("not a document \u{0}"), [""; 0]);
}

#[test]
fn e7_what_lacks_something_is_not_published() {
    let mut eservice = eservice();
    let interface = eservice.descriptor_mut(version(1)).unwrap().interface.take();
    assert_eq!(fault(publish(&mut eservice, version(1), Usage::None, &guide())), Some(Fault::WithoutInterface));
    eservice.descriptor_mut(version(1)).unwrap().interface = interface;
    eservice.descriptor_mut(version(1)).unwrap().terms.audience.clear();
    assert_eq!(fault(publish(&mut eservice, version(1), Usage::None, &guide())), Some(Fault::AudienceEmpty));
    eservice.descriptor_mut(version(1)).unwrap().terms = terms();
    eservice.general.personal_data = None;
    assert_eq!(fault(publish(&mut eservice, version(1), Usage::None, &as_built())), Some(Fault::PersonalDataMissing));
    assert_eq!(publish(&mut eservice, version(1), Usage::None, &guide()), Ok(()), "the guide knows no such flag");
    assert_eq!(fault(publish(&mut eservice, version(1), Usage::None, &guide())), Some(Fault::NotValidDescriptor));
    assert_eq!(eservice.say_personal_data(true), Ok(()));
    assert_eq!(eservice.say_personal_data(true), Err(Fault::PersonalDataOnce));
}

#[test]
fn e7_a_receiving_e_service_needs_a_complete_analysis() {
    let mut eservice = eservice();
    let form = |text: &str| Form { version: "3.1".into(), answers: serde_json::from_str(text).unwrap() };
    let started = form(r#"{"purpose":["OTHER"]}"#);
    let analysis = |number: u128, name: &'static str, form: &Form| (AnalysisId(Uuid::from_u128(number)), name, form.clone());
    let deliver = eservice.add_analysis(analysis(1, "Prima", &started), TenantKind::Pa, &guide(), at(1));
    assert_eq!(fault(deliver), Some(Fault::NotInReceiveMode));
    eservice.edit(General { mode: Mode::Receive, personal_data: None, ..general() }).unwrap();
    assert_eq!(fault(publish(&mut eservice, version(1), Usage::None, &guide())), Some(Fault::AnalysisRequired));
    let wrong = form(r#"{"purpose":["WHIM"]}"#);
    let refused = eservice.add_analysis(analysis(1, "Prima", &wrong), TenantKind::Pa, &guide(), at(1));
    assert_eq!(fault(refused), Some(Fault::CatalogAnalysisNotValid));
    eservice.add_analysis(analysis(1, "Prima", &started), TenantKind::Pa, &guide(), at(1)).unwrap();
    let again = eservice.add_analysis(analysis(2, "prima", &started), TenantKind::Pa, &guide(), at(1));
    assert_eq!(fault(again), Some(Fault::AnalysisDuplicated));
    let refused = publish(&mut eservice, version(1), Usage::None, &guide()).unwrap_err();
    assert_eq!(refused.fault, Fault::AnalysisIncomplete);
    assert!(refused.told.unwrap().starts_with("Prima: otherPurpose: risposta mancante"));
    eservice.remove_analysis(AnalysisId(Uuid::from_u128(1))).unwrap();
    assert_eq!(eservice.remove_analysis(AnalysisId(Uuid::from_u128(1))), Err(Fault::AnalysisNotFound));
    let complete = r#"{"purpose":["OTHER"],"otherPurpose":["Altro"],"usesPersonalData":["NO"],
        "usesThirdPartyPersonalData":["NO"],"isRequestOnBehalfOfThirdParties":["NO"]}"#;
    eservice.add_analysis(analysis(2, "Seconda", &form(complete)), TenantKind::Pa, &guide(), at(1)).unwrap();
    assert_eq!(publish(&mut eservice, version(1), Usage::None, &guide()), Ok(()));
    assert_eq!(eservice.remove_analysis(AnalysisId(Uuid::from_u128(2))), Err(Fault::NotInDraftState));
}

#[test]
fn e8_the_version_before_is_deprecated_or_ends() {
    let next = |usage: Usage, suspended: bool, rules: &Rules| {
        let mut eservice = published(1);
        if suspended {
            eservice.suspend(version(1), at(10)).unwrap();
        }
        eservice.begin_version(version(2), terms(), at(10)).unwrap();
        eservice.descriptor_mut(version(2)).unwrap().add_interface(document(50, "Interfaccia"), vec![]).unwrap();
        publish(&mut eservice, version(2), usage, rules).unwrap();
        assert_eq!(eservice.descriptors[1].state, State::Published);
        eservice.descriptors[0].state
    };
    assert_eq!(next(Usage::None, false, &guide()), State::Deprecated, "in the guide the producer archives by hand");
    assert_eq!(next(Usage::Used, false, &guide()), State::Deprecated);
    assert_eq!(next(Usage::None, true, &guide()), State::Suspended);
    assert_eq!(next(Usage::Used, false, &as_built()), State::Deprecated);
    assert_eq!(next(Usage::Asked, false, &as_built()), State::Archived);
    assert_eq!(next(Usage::Used, true, &as_built()), State::Suspended);
    assert_eq!(next(Usage::None, true, &as_built()), State::Archived);
}

#[test]
fn e9_published_and_deprecated_versions_are_suspended() {
    let mut eservice = published(2);
    assert_eq!(states(&eservice), [State::Deprecated, State::Published]);
    for number in [1, 2] {
        assert!(eservice.suspend(version(number), at(10)).is_ok());
        assert_eq!(eservice.suspend(version(number), at(11)), Err(Fault::NotValidDescriptor));
    }
    assert_eq!(eservice.descriptors[0].suspended_at, Some(at(10)));
}

#[test]
fn e10_the_newest_is_published_again_and_older_ones_are_deprecated() {
    let mut eservice = published(2);
    assert_eq!(eservice.activate(version(2), at(10)), Err(Fault::NotValidDescriptor));
    eservice.begin_version(version(3), terms(), at(10)).unwrap();
    for number in [1, 2] {
        eservice.suspend(version(number), at(10)).unwrap();
        eservice.activate(version(number), at(11)).unwrap();
    }
    assert_eq!(states(&eservice), [State::Deprecated, State::Published, State::Draft], "a draft is not newer");
    assert_eq!(eservice.descriptors[0].suspended_at, None);
}

#[test]
fn e11_a_deprecated_version_that_nobody_uses_is_archived_by_hand() {
    let mut eservice = published(2);
    for usage in [Usage::Asked, Usage::Used] {
        assert_eq!(eservice.archive(version(1), usage, at(10)), Err(Fault::NotArchivable));
    }
    assert_eq!(eservice.archive(version(2), Usage::None, at(10)), Err(Fault::NotArchivable));
    assert!(eservice.archive(version(1), Usage::None, at(10)).is_ok());
    assert_eq!(eservice.archive(version(1), Usage::None, at(11)), Err(Fault::DescriptorAlreadyArchived));
}

#[test]
fn e11_or_by_the_platform_where_the_rules_say_so() {
    let mut eservice = published(2);
    assert_eq!(eservice.retire(version(1), Usage::None, &guide(), at(10)), None);
    assert_eq!(eservice.retire(version(1), Usage::Asked, &as_built(), at(10)), None);
    assert_eq!(eservice.retire(version(2), Usage::None, &as_built(), at(10)), None, "not the newest");
    eservice.suspend(version(2), at(10)).unwrap();
    assert_eq!(eservice.retire(version(2), Usage::None, &as_built(), at(10)), None, "suspended, but the newest");
    assert_eq!(eservice.retire(version(1), Usage::None, &as_built(), at(10)), Some((version(1), "ESERVICE_DESCRIPTOR_ARCHIVED")));
}

#[test]
fn e12_drafts_are_deleted_and_with_the_only_one_the_e_service() {
    let mut draft = eservice();
    assert_eq!(draft.may_be_deleted(), Ok(()));
    assert_eq!(draft.delete_draft(version(1)), Ok(true));
    let mut eservice = published(1);
    assert_eq!(eservice.may_be_deleted(), Err(Fault::NotInDraftStateToDelete));
    assert_eq!(eservice.delete_draft(version(1)), Err(Fault::NotValidDescriptor));
    eservice.begin_version(version(2), terms(), at(10)).unwrap();
    assert_eq!(eservice.may_be_deleted(), Err(Fault::NotInDraftStateToDelete));
    assert_eq!(eservice.delete_draft(version(2)), Ok(false));
}

#[test]
fn e13_a_clone_is_a_draft_with_version_1_and_a_name_that_fits() {
    let mut eservice = published(3);
    eservice.general.name = "N".repeat(60);
    let ids = (EServiceId(Uuid::from_u128(2)), version(20), at(10));
    let copy = eservice.copy(version(2), &guide(), ids).unwrap();
    assert_eq!((copy.descriptors.len(), copy.descriptors[0].version, copy.descriptors[0].state), (1, 1, State::Draft));
    assert_eq!(copy.descriptors[0].interface, eservice.descriptors[1].interface);
    assert_eq!(copy.general.name.chars().count(), 60);
    assert!(copy.general.name.ends_with(" - clone - 25/02/2026 07:13:30"), "{}", copy.general.name);
    eservice.suspend(version(2), at(11)).unwrap();
    assert_eq!(eservice.copy(version(2), &guide(), ids), Err(Fault::NotValidDescriptor));
    assert!(eservice.copy(version(2), &as_built(), ids).is_ok());
    assert_eq!(eservice.copy(version(9), &guide(), ids), Err(Fault::DescriptorNotFound));
}

#[test]
fn e14_thresholds_of_a_version_in_use_are_changed_within_their_bounds() {
    let mut eservice = published(1);
    let quotas = |per_consumer, total| Quotas {
        daily_calls_per_consumer: Some(per_consumer),
        daily_calls_total: total,
        voucher_lifespan: None,
    };
    assert_eq!(fault(eservice.set_quotas(version(1), quotas(2000, None))), Some(Fault::InconsistentDailyCalls));
    assert!(eservice.set_quotas(version(1), quotas(1_000_000_001, Some(1_000_000_001))).is_err());
    assert_eq!(eservice.set_quotas(version(1), quotas(1_000_000_000, Some(1_000_000_000))), Ok(()));
    assert_eq!(eservice.descriptors[0].terms.voucher_lifespan, 600, "what is not told stays");
    eservice.begin_version(version(2), terms(), at(10)).unwrap();
    assert_eq!(fault(eservice.set_quotas(version(2), Quotas::default())), Some(Fault::NotValidDescriptor));
}

#[test]
fn e14_the_largest_threshold_that_an_attribute_grants_wins() {
    let mut eservice = published(1);
    let grants = |number: u128, calls| crate::attributes::Required {
        daily_calls_per_consumer: calls,
        ..AttributeId(Uuid::from_u128(number)).into()
    };
    eservice.descriptors[0].attributes.certified = vec![vec![grants(1, Some(50)), grants(2, Some(70))], vec![grants(3, None)]];
    let mut body = tenant(2);
    let calls = |holdings: &crate::attributes::Holdings| eservice.descriptors[0].daily_calls_of(holdings);
    assert_eq!(calls(&body.holdings), 100);
    body.assign(AttributeId(Uuid::from_u128(3)), at(1));
    assert_eq!(calls(&body.holdings), 100);
    body.assign(AttributeId(Uuid::from_u128(1)), at(1));
    assert_eq!(calls(&body.holdings), 50);
    body.assign(AttributeId(Uuid::from_u128(2)), at(1));
    assert_eq!(calls(&body.holdings), 70);
}

#[test]
fn e15_drafts_are_seen_by_those_of_the_producer_who_write() {
    let mut eservice = published(1);
    eservice.begin_version(version(2), terms(), at(10)).unwrap();
    let sees = |number, viewer: u128, writes| {
        let descriptor = eservice.descriptor(version(number)).unwrap();
        eservice.shows(descriptor, tenant(viewer).id, writes)
    };
    assert!(sees(1, 2, false) && sees(2, 1, true));
    assert!(!sees(2, 1, false) && !sees(2, 2, true));
}

#[test]
fn every_state_and_action_do_what_the_table_says() {
    for state in State::ALL {
        for action in Action::ALL {
            let mut descriptor: Descriptor = eservice().descriptors.remove(0);
            descriptor.state = state;
            let edge = TRANSITIONS.iter().find(|(from, does, ..)| (*from, *does) == (state, action));
            match (descriptor.apply(action, at(20)), edge) {
                (Ok(event), Some((_, _, to, told))) => assert_eq!((descriptor.state, event), (*to, *told)),
                (Err(Fault::NotValidDescriptor), None) => assert_eq!(descriptor.state, state),
                other => panic!("{state:?} {action:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn instants_of_a_version_tell_its_story() {
    let mut eservice = published(2);
    let first = &eservice.descriptors[0];
    assert_eq!((first.published_at, first.deprecated_at), (Some(at(9)), Some(at(9))));
    eservice.archive(version(1), Usage::None, at(9).plus(SignedDuration::from_secs(1))).unwrap();
    assert_eq!(eservice.descriptors[0].archived_at, Some(at(10)));
}

mod properties;
