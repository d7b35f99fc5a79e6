//! Deeds against the database: what only it can decide, and what two decide at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use interop::attributes::{Kind, Requirements, registry};
use interop::clients::client;
use interop::deeds::{self, Actor, Deed, Done, agreements, bodies, catalog, clients, purposes};
use interop::ids::{AgreementId, PurposeId};
use interop::purposes::commands::Seed;
use interop::purposes::purpose::{Info, State};
use interop::risk_analysis::Form;
use interop::roles::Role;
use interop::rules::{Profile, Rules};
use interop::{Error, Fault, Service, store};
use jiff::SignedDuration;
use kernel::TenantId;
use storage::{Tx, params};

use crate::on_both_engines;
use crate::world::{AGREEMENT, CLIENT, CONSUMER, DESCRIPTOR, ESERVICE, OPERATOR, PRODUCER, PURPOSE, Pair, VERSION, World, terms};

on_both_engines!(
    f2_loads_approved_by_the_platform_never_exceed_the_thresholds_at_once,
    g1_of_two_requests_at_once_one_is_made,
    e4_of_two_new_versions_at_once_one_is_begun,
    a6_a_lost_attribute_stops_the_next_voucher_and_a_new_one_lets_it_go_on,
    a2_subscribing_declares_in_the_same_transaction,
    g4_an_approval_ends_the_agreement_before,
    g8_purposes_go_over_to_the_new_version,
    e1_a_name_is_taken_once_for_each_producer,
    p1_a_title_is_taken_once_for_each_e_service,
    c4_a_key_belongs_to_one_client_of_the_platform,
    p11_an_archived_purpose_leaves_its_clients,
    f1_nothing_the_consumer_does_lifts_the_producers_suspension,
    a6_what_expires_stops_the_next_voucher,
    g3_without_an_address_nothing_is_submitted,
    every_row_that_is_missing_has_its_code,
    two_that_meet_again_and_again_are_told_so,
    r1_nobody_does_what_is_not_his,
    every_deed_leaves_its_trace_in_order,
);

fn actor(tenant: TenantId) -> Actor {
    Actor { tenant, user: Some(OPERATOR), roles: vec![Role::Admin] }
}

pub fn deed(world: &World, tenant: TenantId) -> Deed {
    Deed {
        actor: actor(tenant),
        rules: Rules::of(Profile::Guide),
        now: world.clock.now(),
        rng: world.app.rng().clone(),
        correlation_id: None,
    }
}

/// Does a deed of a body.
pub async fn does<T: Send + 'static>(
    world: &World,
    deed: Deed,
    body: impl Fn(&mut Tx<'_>, &Deed) -> Done<T> + Clone + Send + 'static,
) -> Result<T, Fault> {
    let done = deeds::run(world.app.db(), Service::Catalog, move |tx| body(tx, &deed)).await;
    done.map_err(|error| match error {
        Error::Refused(refusal) => refusal.fault,
        error => panic!("{error}"),
    })
}

async fn two_that_meet_again_and_again_are_told_so(world: World) {
    let met = |_: &mut Tx<'_>, _: &Deed| Err::<(), _>(storage::Error::Conflict("another one was faster".to_owned()).into());
    let refused = does(&world, deed(&world, CONSUMER), met).await.unwrap_err();
    assert_eq!(refused.row().0, "001-9998");
}

fn info(title: &str) -> Info {
    Info {
        title: title.into(),
        description: "Controllo dei requisiti delle domande".into(),
        is_free_of_charge: false,
        free_of_charge_reason: None,
    }
}

pub fn seed(title: &str, daily_calls: u32) -> Seed {
    let answers = r#"{"purpose":["OTHER"],"otherPurpose":["Altro"],"usesPersonalData":["NO"],
        "usesThirdPartyPersonalData":["NO"],"isRequestOnBehalfOfThirdParties":["NO"]}"#;
    let analysis = Some(Form { version: "3.1".into(), answers: serde_json::from_str(answers).unwrap() });
    Seed { info: info(title), daily_calls, analysis, from_analysis: None }
}

/// A purpose in draft of the consumer.
async fn draft(world: &World, title: &'static str, daily_calls: u32) -> (PurposeId, interop::ids::VersionId) {
    let made = does(world, deed(world, CONSUMER), move |tx, deed| purposes::create(tx, deed, ESERVICE, seed(title, daily_calls)));
    let purpose = made.await.unwrap();
    (purpose.id, purpose.versions[0].id)
}

async fn f2_loads_approved_by_the_platform_never_exceed_the_thresholds_at_once(world: World) {
    const TITLES: [&str; 12] = [
        "Primo uso",
        "Secondo uso",
        "Terzo uso",
        "Quarto uso",
        "Quinto uso",
        "Sesto uso",
        "Settimo uso",
        "Ottavo uso",
        "Nono uso",
        "Decimo uso",
        "Undicesimo",
        "Dodicesimo",
    ];
    let world = Arc::new(world);
    // Ten calls of a hundred are declared already: there is room for four of twenty.
    let mut drafts = Vec::new();
    for title in TITLES {
        drafts.push(draft(&world, title, 20).await);
    }
    let published = join_all(drafts.into_iter().map(|(id, version)| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            does(&world, deed(&world, CONSUMER), move |tx, deed| purposes::activate(tx, deed, id, version)).await.unwrap()
        })
    }));
    let states: Vec<State> = published.await.into_iter().map(|purpose| purpose.unwrap().versions[0].state).collect();
    let count = |state| states.iter().filter(|found| **found == state).count();
    assert_eq!((count(State::Active), count(State::WaitingForApproval)), (4, 8));
    let loads = world.app.db().read(|tx| store::purposes::loads(tx, ESERVICE, CONSUMER)).await.unwrap();
    assert_eq!((loads.consumer, loads.total), (90, 90));
}

async fn g1_of_two_requests_at_once_one_is_made(world: World) {
    let world = Arc::new(world);
    world.write(|tx| tx.execute("DELETE FROM interop_agreements WHERE id = $1", params![AGREEMENT])).await;
    let made = join_all((0..6).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            does(&world, deed(&world, CONSUMER), |tx, deed| agreements::create(tx, deed, ESERVICE, DESCRIPTOR)).await
        })
    }));
    let made: Vec<_> = made.await.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert!(made.iter().filter_map(|made| made.as_ref().err()).all(|fault| *fault == Fault::AgreementAlreadyExists));
}

async fn e4_of_two_new_versions_at_once_one_is_begun(world: World) {
    let world = Arc::new(world);
    let begun = join_all((0..6).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            does(&world, deed(&world, PRODUCER), |tx, deed| catalog::begin_version(tx, deed, ESERVICE, terms())).await
        })
    }));
    let begun: Vec<_> = begun.await.into_iter().map(Result::unwrap).collect();
    assert_eq!(begun.iter().filter(|begun| begun.is_ok()).count(), 1);
    assert!(begun.iter().filter_map(|begun| begun.as_ref().err()).all(|fault| *fault == Fault::DraftAlreadyExists));
}

/// An attribute of the registry, created by the producer.
async fn attribute(world: &World, kind: Kind, name: &'static str) -> interop::ids::AttributeId {
    let seed = || registry::Seed { name: name.into(), description: "Un attributo di prova".into(), code: None };
    let made = does(world, deed(world, PRODUCER), move |tx, deed| bodies::create_attribute(tx, deed, kind, seed()));
    made.await.unwrap().id
}

/// Has version 1 require attributes, as if it always had.
async fn requires(world: &World, requirements: Requirements) {
    world.eservice(move |eservice, _| eservice.descriptors[0].attributes = requirements).await;
}

async fn a6_a_lost_attribute_stops_the_next_voucher_and_a_new_one_lets_it_go_on(world: World) {
    let id = attribute(&world, Kind::Verified, "Convenzione").await;
    requires(&world, Requirements { verified: vec![vec![id.into()]], ..Requirements::default() }).await;
    let verify = move |tx: &mut Tx<'_>, deed: &Deed| bodies::verify(tx, deed, (CONSUMER, id, AGREEMENT), None);
    let unverify = move |tx: &mut Tx<'_>, deed: &Deed| bodies::unverify(tx, deed, (CONSUMER, id, AGREEMENT));
    does(&world, deed(&world, PRODUCER), verify).await.unwrap();
    assert_eq!(world.ask().await.status, 200);
    does(&world, deed(&world, PRODUCER), unverify).await.unwrap();
    assert_eq!(world.ask().await.reasons(), ["invalidAgreementState"]);
    does(&world, deed(&world, PRODUCER), verify).await.unwrap();
    assert_eq!(world.ask().await.status, 200);
    let own = does(&world, deed(&world, CONSUMER), verify).await;
    assert_eq!(own.err(), Some(Fault::VerificationNotAllowed), "the agreement is the producer's");
}

async fn a2_subscribing_declares_in_the_same_transaction(world: World) {
    let id = attribute(&world, Kind::Declared, "Ente locale").await;
    world.write(|tx| tx.execute("DELETE FROM interop_agreements WHERE id = $1", params![AGREEMENT])).await;
    requires(&world, Requirements { declared: vec![vec![id.into()]], ..Requirements::default() }).await;
    let made = does(&world, deed(&world, CONSUMER), |tx, deed| agreements::create(tx, deed, ESERVICE, DESCRIPTOR)).await.unwrap();
    let submitted =
        does(&world, deed(&world, CONSUMER), move |tx, deed| agreements::submit(tx, deed, made.id, None)).await.unwrap();
    assert_eq!(submitted.state, interop::agreements::state::State::Pending);
    let consumer = world.app.db().read(|tx| store::bodies::find_tenant(tx, CONSUMER, store::Purpose::Look)).await.unwrap();
    assert!(consumer.unwrap().holdings.has_declared(id));
}

async fn g4_an_approval_ends_the_agreement_before(world: World) {
    let id = attribute(&world, Kind::Verified, "Convenzione").await;
    let second =
        does(&world, deed(&world, PRODUCER), |tx, deed| catalog::begin_version(tx, deed, ESERVICE, terms())).await.unwrap();
    let now = world.clock.now();
    world
        .eservice(move |eservice, _| {
            let draft = eservice.descriptor_mut(second).unwrap();
            draft.attributes.verified = vec![vec![id.into()]];
            draft.interface = Some(crate::world::interface(now));
        })
        .await;
    does(&world, deed(&world, PRODUCER), move |tx, deed| catalog::publish(tx, deed, ESERVICE, second)).await.unwrap();
    let draft = does(&world, deed(&world, CONSUMER), |tx, deed| agreements::upgrade(tx, deed, AGREEMENT)).await.unwrap();
    assert_eq!(draft.state, interop::agreements::state::State::Draft);
    assert_eq!(world.ask().await.part(1)["descriptorId"], serde_json::json!(DESCRIPTOR), "the old one goes on");
    let next = draft.id;
    does(&world, deed(&world, CONSUMER), move |tx, deed| agreements::submit(tx, deed, next, None)).await.unwrap();
    let approve = move |tx: &mut Tx<'_>, deed: &Deed| agreements::approve(tx, deed, next);
    assert_eq!(does(&world, deed(&world, PRODUCER), approve).await.err(), Some(Fault::ActivationFailed));
    does(&world, deed(&world, PRODUCER), move |tx, deed| bodies::verify(tx, deed, (CONSUMER, id, next), None)).await.unwrap();
    assert_eq!(does(&world, deed(&world, CONSUMER), approve).await.err(), Some(Fault::NotTheProducer));
    does(&world, deed(&world, PRODUCER), approve).await.unwrap();
    assert_eq!(world.ask().await.part(1)["descriptorId"], serde_json::json!(second));
    let old = world.app.db().read(|tx| store::agreements::find(tx, AGREEMENT, store::Purpose::Look)).await.unwrap().unwrap();
    assert_eq!(old.state, interop::agreements::state::State::Archived);
}

async fn g8_purposes_go_over_to_the_new_version(world: World) {
    let longer = || interop::catalog::descriptor::Terms { voucher_lifespan: 900, ..terms() };
    let begin = move |tx: &mut Tx<'_>, deed: &Deed| catalog::begin_version(tx, deed, ESERVICE, longer());
    let second = does(&world, deed(&world, PRODUCER), begin).await.unwrap();
    let now = world.clock.now();
    world
        .eservice(move |eservice, _| eservice.descriptor_mut(second).unwrap().interface = Some(crate::world::interface(now)))
        .await;
    does(&world, deed(&world, PRODUCER), move |tx, deed| catalog::publish(tx, deed, ESERVICE, second)).await.unwrap();
    let upgraded = does(&world, deed(&world, CONSUMER), |tx, deed| agreements::upgrade(tx, deed, AGREEMENT)).await.unwrap();
    assert_ne!(upgraded.id, AGREEMENT);
    let voucher = world.ask().await;
    assert_eq!(
        (&voucher.part(1)["descriptorId"], &voucher.body["expires_in"]),
        (&serde_json::json!(second), &serde_json::json!(900))
    );
    does(&world, deed(&world, PRODUCER), |tx, deed| catalog::archive(tx, deed, ESERVICE, DESCRIPTOR)).await.unwrap();
    assert_eq!(world.ask().await.status, 200);
}

async fn e1_a_name_is_taken_once_for_each_producer(world: World) {
    let general = |name: &str| {
        let now = world.clock.now();
        let mut general = crate::world::eservice(&crate::world::tenant(PRODUCER, now), now).general;
        general.name = name.into();
        general
    };
    let (same, other) = (general("RESIDENZE"), general("Famiglie"));
    let create = |general: interop::catalog::eservice::General| {
        move |tx: &mut Tx<'_>, deed: &Deed| catalog::create(tx, deed, general.clone(), terms())
    };
    assert_eq!(does(&world, deed(&world, PRODUCER), create(same.clone())).await.err(), Some(Fault::NameDuplicate));
    assert!(does(&world, deed(&world, CONSUMER), create(same)).await.is_ok(), "another producer");
    let second = does(&world, deed(&world, PRODUCER), create(other)).await.unwrap().id;
    let rename = move |tx: &mut Tx<'_>, deed: &Deed| catalog::delete(tx, deed, second);
    assert_eq!(does(&world, deed(&world, CONSUMER), rename).await.err(), Some(Fault::Forbidden(Service::Catalog)));
    assert!(does(&world, deed(&world, PRODUCER), rename).await.is_ok());
}

async fn p1_a_title_is_taken_once_for_each_e_service(world: World) {
    draft(&world, "Primo uso", 5).await;
    let again = |tx: &mut Tx<'_>, deed: &Deed| purposes::create(tx, deed, ESERVICE, seed("primo USO", 5));
    assert_eq!(does(&world, deed(&world, CONSUMER), again).await.err(), Some(Fault::DuplicatedTitle));
    assert_eq!(does(&world, deed(&world, PRODUCER), again).await.err(), Some(Fault::NoActiveAgreement));
    does(&world, deed(&world, CONSUMER), |tx, deed| agreements::suspend(tx, deed, AGREEMENT)).await.unwrap();
    let other = |tx: &mut Tx<'_>, deed: &Deed| purposes::create(tx, deed, ESERVICE, seed("Altro uso", 5));
    assert_eq!(does(&world, deed(&world, CONSUMER), other).await.err(), Some(Fault::NoActiveAgreement));
    let change = |tx: &mut Tx<'_>, deed: &Deed| purposes::change_load(tx, deed, PURPOSE, 20);
    assert_eq!(does(&world, deed(&world, CONSUMER), change).await.err(), Some(Fault::PurposeCannotBeUpdated), "F5");
}

async fn c4_a_key_belongs_to_one_client_of_the_platform(world: World) {
    let members = || client::Seed { name: "Altro client".into(), description: None, members: vec![OPERATOR] };
    let create = move |tx: &mut Tx<'_>, deed: &Deed| clients::create(tx, deed, client::Kind::Consumer, members());
    let other = does(&world, deed(&world, PRODUCER), create).await.unwrap().id;
    let upload = |pem: String, name: &'static str| {
        use base64::Engine as _;
        let key = base64::engine::general_purpose::STANDARD.encode(pem);
        move |tx: &mut Tx<'_>, deed: &Deed| {
            let seed = interop::clients::key::Seed {
                name: name.into(),
                usage: interop::clients::key::Use::Sig,
                alg: "RS256".into(),
                key: key.clone(),
            };
            clients::add_key(tx, deed, other, seed)
        }
    };
    let taken = does(&world, deed(&world, PRODUCER), upload(world.pair.pem(), "Chiave altrui")).await;
    assert_eq!(taken.err(), Some(Fault::KeyAlreadyExists));
    let own = Pair::draw();
    let key = does(&world, deed(&world, PRODUCER), upload(own.pem(), "Chiave propria")).await.unwrap();
    assert_eq!(key.kid, own.kid());
    let delete = move |tx: &mut Tx<'_>, deed: &Deed| clients::delete_key(tx, deed, other, &key.kid);
    assert_eq!(does(&world, deed(&world, CONSUMER), delete.clone()).await.err(), Some(Fault::NotAllowedOnClient));
    assert!(does(&world, deed(&world, PRODUCER), delete).await.is_ok());
}

async fn p11_an_archived_purpose_leaves_its_clients(world: World) {
    assert_eq!(world.ask().await.status, 200);
    does(&world, deed(&world, CONSUMER), |tx, deed| purposes::archive(tx, deed, PURPOSE, VERSION)).await.unwrap();
    assert_eq!(world.ask().await.reasons(), ["keyOrPurposeUnknown"]);
    let link = |tx: &mut Tx<'_>, deed: &Deed| clients::link(tx, deed, CLIENT, PURPOSE);
    assert_eq!(does(&world, deed(&world, CONSUMER), link).await.err(), Some(Fault::NoUsablePurposeVersion));
}

async fn f1_nothing_the_consumer_does_lifts_the_producers_suspension(world: World) {
    does(&world, deed(&world, PRODUCER), |tx, deed| purposes::suspend(tx, deed, PURPOSE, VERSION)).await.unwrap();
    let changed = does(&world, deed(&world, CONSUMER), |tx, deed| purposes::change_load(tx, deed, PURPOSE, 20)).await.unwrap();
    assert_eq!(world.ask().await.reasons(), ["invalidPurposeState"]);
    let current = changed.current().unwrap().id;
    let activate = move |tx: &mut Tx<'_>, deed: &Deed| purposes::activate(tx, deed, PURPOSE, current);
    assert_eq!(does(&world, deed(&world, CONSUMER), activate).await.err(), Some(Fault::PurposeTenantNotAllowed));
    does(&world, deed(&world, PRODUCER), activate).await.unwrap();
    assert_eq!(world.ask().await.status, 200);
}

async fn r1_nobody_does_what_is_not_his(world: World) {
    let with = |role: Role| Deed { actor: Actor { roles: vec![role], ..actor(CONSUMER) }, ..deed(&world, CONSUMER) };
    for role in [Role::Api, Role::Security, Role::Support, Role::Viewer, Role::M2m] {
        let suspend = |tx: &mut Tx<'_>, deed: &Deed| agreements::suspend(tx, deed, AGREEMENT);
        assert_eq!(does(&world, with(role), suspend).await.err(), Some(Fault::Unauthorized(Service::Agreement)), "{role:?}");
        let archive = |tx: &mut Tx<'_>, deed: &Deed| purposes::archive(tx, deed, PURPOSE, VERSION);
        assert_eq!(does(&world, with(role), archive).await.err(), Some(Fault::Unauthorized(Service::Purpose)), "{role:?}");
    }
    let stranger = TenantId(kernel::Uuid::from_u128(55));
    let now = world.clock.now();
    world.write(move |tx| store::bodies::save_tenant(tx, &crate::world::tenant(stranger, now))).await;
    let suspend = |tx: &mut Tx<'_>, deed: &Deed| agreements::suspend(tx, deed, AGREEMENT);
    assert_eq!(does(&world, deed(&world, stranger), suspend).await.err(), Some(Fault::AgreementTenantNotAllowed));
    let publish = |tx: &mut Tx<'_>, deed: &Deed| catalog::suspend(tx, deed, ESERVICE, DESCRIPTOR);
    assert_eq!(does(&world, deed(&world, CONSUMER), publish).await.err(), Some(Fault::Forbidden(Service::Catalog)));
    let unknown = |tx: &mut Tx<'_>, deed: &Deed| agreements::suspend(tx, deed, AgreementId(kernel::Uuid::from_u128(1)));
    assert_eq!(does(&world, deed(&world, CONSUMER), unknown).await.err(), Some(Fault::AgreementNotFound));
    does(&world, deed(&world, PRODUCER), |tx, deed| catalog::begin_version(tx, deed, ESERVICE, terms())).await.unwrap();
    let seen = does(&world, deed(&world, CONSUMER), |tx, deed| catalog::look(tx, deed, ESERVICE)).await.unwrap();
    assert_eq!(seen.descriptors.len(), 1, "drafts are the producer's own (E15)");
    let own = does(&world, deed(&world, PRODUCER), |tx, deed| catalog::look(tx, deed, ESERVICE)).await.unwrap();
    assert_eq!(own.descriptors.len(), 2);
}

async fn every_deed_leaves_its_trace_in_order(world: World) {
    for _ in 0..2 {
        does(&world, deed(&world, CONSUMER), |tx, deed| agreements::suspend(tx, deed, AGREEMENT)).await.unwrap();
        does(&world, deed(&world, CONSUMER), |tx, deed| agreements::unsuspend(tx, deed, AGREEMENT)).await.unwrap();
    }
    let refused = does(&world, deed(&world, CONSUMER), |tx, deed| agreements::unsuspend(tx, deed, AGREEMENT)).await;
    assert_eq!(refused.err(), Some(Fault::AgreementNotInExpectedState));
    let trace = world.app.db().read(|tx| {
        let sql = "SELECT version, event_type, user_id, id FROM interop_history WHERE stream = 'agreement' AND stream_id = $1 ORDER BY version";
        tx.all(sql, params![AGREEMENT.to_string()], |row| {
            Ok((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<kernel::UserId>(2)?, row.get::<kernel::Uuid>(3)?))
        })
    });
    let trace: Vec<_> = trace.await.unwrap();
    let names: Vec<_> = trace.iter().map(|(version, event, ..)| (*version, event.as_str())).collect();
    let (suspended, unsuspended) = ("AGREEMENT_SUSPENDED_BY_CONSUMER", "AGREEMENT_UNSUSPENDED_BY_CONSUMER");
    assert_eq!(names, [(1, suspended), (2, unsuspended), (3, suspended), (4, unsuspended)], "what is refused leaves none");
    assert!(trace.iter().all(|(_, _, user, _)| *user == OPERATOR));
    assert_eq!(trace.iter().map(|(.., id)| id).collect::<BTreeSet<_>>().len(), 4);
}

async fn a6_what_expires_stops_the_next_voucher(world: World) {
    let id = attribute(&world, Kind::Verified, "Convenzione").await;
    requires(&world, Requirements { verified: vec![vec![id.into()]], ..Requirements::default() }).await;
    let until = world.clock.now().plus(SignedDuration::from_mins(10));
    let verify = move |tx: &mut Tx<'_>, deed: &Deed| bodies::verify(tx, deed, (CONSUMER, id, AGREEMENT), Some(until));
    does(&world, deed(&world, PRODUCER), verify).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(599));
    assert_eq!(world.ask().await.status, 200);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(world.ask().await.reasons(), ["invalidAgreementState"], "nobody had to do anything");
    let find = |tx: &mut Tx<'_>| store::agreements::find(tx, AGREEMENT, store::Purpose::Look);
    let found = world.app.db().read(find).await.unwrap().unwrap();
    assert!(found.suspensions.suspended_by_platform, "and whoever looks sees it");
    let later = world.clock.now().plus(SignedDuration::from_mins(10));
    let again = move |tx: &mut Tx<'_>, deed: &Deed| bodies::verify(tx, deed, (CONSUMER, id, AGREEMENT), Some(later));
    does(&world, deed(&world, PRODUCER), again).await.unwrap();
    assert_eq!(world.ask().await.status, 200);
    world.clock.advance(SignedDuration::from_mins(11));
    world.job("expire-verifications").await;
    let found = world.app.db().read(find).await.unwrap().unwrap();
    assert_eq!(found.state, interop::agreements::state::State::Suspended, "the job does it where no voucher is asked for");
}

async fn g3_without_an_address_nothing_is_submitted(world: World) {
    world.write(|tx| tx.execute("DELETE FROM interop_agreements WHERE id = $1", params![AGREEMENT])).await;
    let made = does(&world, deed(&world, CONSUMER), |tx, deed| agreements::create(tx, deed, ESERVICE, DESCRIPTOR)).await.unwrap();
    does(&world, deed(&world, CONSUMER), bodies::remove_mail).await.unwrap();
    assert_eq!(does(&world, deed(&world, CONSUMER), bodies::remove_mail).await.err(), Some(Fault::MailNotFound));
    let submit = move |tx: &mut Tx<'_>, deed: &Deed| agreements::submit(tx, deed, made.id, None);
    assert_eq!(does(&world, deed(&world, CONSUMER), submit).await.err(), Some(Fault::ConsumerWithoutMail));
    let mail = |mail: &'static str| move |tx: &mut Tx<'_>, deed: &Deed| bodies::set_mail(tx, deed, mail, None);
    assert_eq!(does(&world, deed(&world, CONSUMER), mail("nessuno")).await.err(), Some(Fault::Malformed(Service::Tenant)));
    does(&world, deed(&world, CONSUMER), mail("a@example.it")).await.unwrap();
    assert_eq!(does(&world, deed(&world, CONSUMER), mail("a@example.it")).await.err(), Some(Fault::MailExists));
    assert!(does(&world, deed(&world, CONSUMER), submit).await.is_ok());
}

async fn every_row_that_is_missing_has_its_code(world: World) {
    let id = kernel::Uuid::from_u128(4_321);
    let (eservice, purpose) = (interop::ids::EServiceId(id), PurposeId(id));
    let (client, attribute) = (interop::ids::ClientId(id), interop::ids::AttributeId(id));
    let seed = || seed("Un altro uso", 1);
    let by = || deed(&world, CONSUMER);
    assert_eq!(does(&world, by(), move |tx, deed| catalog::look(tx, deed, eservice)).await.err(), Some(Fault::EServiceNotFound));
    let asked = does(&world, by(), move |tx, deed| agreements::create(tx, deed, eservice, DESCRIPTOR)).await.err();
    assert_eq!(asked, Some(Fault::AgreementEServiceNotFound));
    let asked = does(&world, by(), move |tx, deed| purposes::create(tx, deed, eservice, seed())).await.err();
    assert_eq!(asked, Some(Fault::PurposeEServiceNotFound));
    assert_eq!(
        does(&world, by(), move |tx, deed| purposes::remaining(tx, deed, purpose)).await.err(),
        Some(Fault::PurposeNotFound)
    );
    assert_eq!(does(&world, by(), move |tx, deed| clients::look(tx, deed, client)).await.err(), Some(Fault::ClientNotFound));
    let linked = does(&world, by(), move |tx, deed| clients::link(tx, deed, CLIENT, purpose)).await.err();
    assert_eq!(linked, Some(Fault::ClientPurposeNotFound));
    let looked = does(&world, by(), move |tx, deed| bodies::look_at_attribute(tx, deed, attribute)).await.err();
    assert_eq!(looked, Some(Fault::AttributeNotFound));
    let declared = does(&world, by(), move |tx, deed| bodies::declare(tx, deed, attribute)).await.err();
    assert_eq!(declared, Some(Fault::TenantAttributeNotFound));
    let nobody = Deed { actor: actor(TenantId(id)), ..by() };
    assert_eq!(
        does(&world, nobody, move |tx, deed| bodies::declare(tx, deed, attribute)).await.err(),
        Some(Fault::TenantNotFound)
    );
    let submitted = does(&world, deed(&world, PRODUCER), |tx, deed| agreements::upgrade(tx, deed, AGREEMENT)).await.err();
    assert_eq!(submitted, Some(Fault::NotTheConsumer));
    let machine = Deed { actor: Actor { user: None, ..actor(CONSUMER) }, ..by() };
    let upload = |tx: &mut Tx<'_>, deed: &Deed| {
        let usage = interop::clients::key::Use::Sig;
        let seed = interop::clients::key::Seed { name: "Chiave".into(), usage, alg: "RS256".into(), key: String::new() };
        clients::add_key(tx, deed, CLIENT, seed)
    };
    assert_eq!(does(&world, machine, upload).await.err(), Some(Fault::UserNotFound));
    let remaining = does(&world, by(), |tx, deed| purposes::remaining(tx, deed, PURPOSE)).await.unwrap();
    assert_eq!((remaining.remaining_daily_calls_per_consumer, remaining.remaining_daily_calls_total), (90, 990));
}
