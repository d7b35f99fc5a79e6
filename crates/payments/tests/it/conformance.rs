//! What every provider must do, whatever intermediary it talks to. A new one implements [`Subject`] and adds a line of `conformance!`.

use contracts::payments::{Person, PersonKind, Receiver, Split};
use jiff::SignedDuration;
use kernel::{Money, NoticeNumber, RomeTime};
use payments::configuration::{Edition, Settings, TenantConfiguration};
use payments::payment::Standing;
use payments::providers::{Basket, Paper, Position, Provider, ProviderError, Stamp};
use serde_json::{Value, json};

use crate::served::laid_over;
use crate::world::World;

/// How the intermediary behind a provider can be told to behave towards one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Does what it is asked.
    None,
    /// Refuses the position.
    Refuses,
    /// Takes the position and does not answer.
    Silent,
    /// Takes the position and answers that it failed.
    Fails,
    /// Takes the position and answers something that cannot be read.
    Mumbles,
    /// Takes nothing and answers that it is out of order, twice.
    Away,
    /// Takes a while for everything.
    Slow,
    /// A payment is final only later.
    Late,
}

/// A provider with the intermediary behind it: a stand-in that takes its positions, and lets them be paid, like all of them.
pub trait Subject: Sized {
    async fn start() -> Self;
    fn world(&self) -> &World;
    fn provider(&self) -> &dyn Provider;

    /// The tenant of the world, with these members of its configuration.
    fn tenant_with(&self, changes: Value) -> TenantConfiguration {
        let config = laid_over(self.world().tenant_config(), changes);
        TenantConfiguration::read(config.as_object().unwrap(), Edition::V2).unwrap()
    }

    fn tenant(&self) -> TenantConfiguration {
        self.tenant_with(json!({}))
    }

    /// A tenant whose credentials do not hold.
    fn stranger(&self) -> TenantConfiguration {
        self.tenant_with((self.world().served.wrong_credentials)())
    }

    /// The citizen presses a button of the intermediary's page.
    async fn press(&self, iud: &str, button: &str) -> String {
        self.world().press(&json!({ "payment": { "iud": iud } }), button).await
    }

    /// Time passes, for the intermediary.
    fn wait(&self, seconds: i64) {
        self.world().clock.advance(SignedDuration::from_secs(seconds));
    }

    /// How many positions the intermediary has, and how many of them are paid.
    async fn books(&self) -> (usize, usize) {
        let positions = self.world().call("GET", "/demo/psp/positions", &Value::Null).await.expect(200);
        let positions = positions.as_array().unwrap();
        (positions.len(), positions.iter().filter(|position| position["status"] == "PAID").count())
    }

    fn now(&self) -> RomeTime {
        self.world().clock.now()
    }
}

impl Trouble {
    /// What is in the reason of a position so that the stand-in behaves so.
    fn tag(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Refuses => "[psp:refuse]",
            Self::Silent => "[psp:timeout]",
            Self::Fails => "[psp:error]",
            Self::Mumbles => "[psp:garbage]",
            Self::Away => "[psp:down]",
            Self::Slow => "[psp:slow]",
            Self::Late => "[psp:late]",
        }
    }
}

/// Runs the suite on a subject.
macro_rules! conformance {
    ($name:ident, $subject:ty) => {
        $crate::conformance::conformance!($name, $subject:
            its_forms_are_forms,
            a_position_is_created_found_and_paid,
            the_same_position_is_created_once,
            a_lost_answer_leaves_a_position_that_is_found,
            a_refusal_is_final_and_takes_nothing,
            wrong_credentials_are_a_refusal,
            an_outage_is_unclear_and_takes_nothing,
            slowness_is_no_failure,
            an_unknown_position_is_none,
            a_payment_that_is_refused_leaves_the_position_open,
            a_late_payment_is_paid_when_it_is_final,
            a_withdrawn_position_is_withdrawn_for_ever,
            a_paid_position_cannot_be_withdrawn,
            a_position_over_its_term_is_lapsed,
            split_and_stamps_are_taken,
            money_for_another_body_is_taken,
            the_longest_texts_are_taken,
            notice_and_receipt_are_given,
            many_at_once_are_created_once_each,
            a_basket_is_paid_on_one_page,
        );
    };
    ($name:ident, $subject:ty: $($test:ident),* $(,)?) => {
        mod $name {
            $(#[tokio::test]
            async fn $test() {
                $crate::conformance::$test(&<$subject as $crate::conformance::Subject>::start().await).await;
            })*
        }
    };
}
pub(crate) use conformance;

/// A position of 12.30 with its own identifier and number.
async fn position(subject: &impl Subject, number: u64, trouble: Trouble) -> Position {
    let (provider, tenant) = (subject.provider(), subject.tenant());
    let unnumbered = unnumbered(subject, number, trouble);
    let notice = match provider.series(&tenant) {
        Some(series) => Some(NoticeNumber::new(series, number).unwrap()),
        None => provider.reserve(&tenant, &unnumbered).await.unwrap(),
    };
    Position { notice, ..unnumbered }
}

fn unnumbered(subject: &impl Subject, number: u64, trouble: Trouble) -> Position {
    let anna = Person {
        kind: PersonKind::Human,
        tax_identification_number: "FRRNNA84L52G702G".into(),
        name: Some("Anna".into()),
        family_name: Some("Ferri".into()),
        street_name: Some("Via dei Tigli".into()),
        building_number: Some("7".into()),
        postal_code: Some("56056".into()),
        town_name: Some("Bugliano".into()),
        country_subdivision: Some("PI".into()),
        country: Some("IT".into()),
        email: None,
        extra: contracts::Extra::default(),
    };
    Position {
        iud: format!("{number:032x}"),
        notice: None,
        amount: Money::from_cents(1230).unwrap(),
        reason: format!("Diritti di segreteria {}", trouble.tag()).trim().to_owned(),
        created_at: subject.now(),
        expire_at: Some(subject.now().plus_days(30)),
        due_type: Some("DIRITTI".into()),
        category: Some("9/0101100IM/".into()),
        split: Vec::new(),
        payer: anna.clone(),
        debtor: anna,
        receiver: None,
        stamps: Vec::new(),
        transaction_id: None,
        settings: Settings(subject.world().payment_config()["items"][0].as_object().unwrap().clone()),
        return_url: "https://servizi.example.it/landing/1".into(),
        notify_url: "https://servizi.example.it/notifications".into(),
    }
}

/// A position that nothing happens to.
pub async fn one(subject: &impl Subject, number: u64) -> Position {
    position(subject, number, Trouble::None).await
}

async fn standing(subject: &impl Subject, position: &Position) -> Option<Standing> {
    subject.provider().find(&subject.tenant(), position).await.unwrap().map(|found| found.standing)
}

pub async fn its_forms_are_forms(subject: &impl Subject) {
    let about = subject.provider().about();
    for form in [about.tenant_form, about.payment_form, about.service_form] {
        let form: serde_json::Value = serde_json::from_str(form).unwrap();
        assert_eq!(form["display"], "form");
        assert!(form["components"].as_array().unwrap().iter().any(|component| component["key"] == "active"));
    }
}

pub async fn a_position_is_created_found_and_paid(subject: &impl Subject) {
    let (provider, tenant, position) = (subject.provider(), subject.tenant(), position(subject, 1, Trouble::None).await);
    let created = provider.create(&tenant, &position).await.unwrap();
    assert_eq!(created.standing, Standing::Open);
    assert!(created.notice.is_some(), "every payment has its number");
    assert_eq!(standing(subject, &position).await, Some(Standing::Open));
    let position = Position { notice: created.notice, ..position };
    let page = provider.checkout(&tenant, &position).await.unwrap();
    assert!(page.starts_with("https://") || page.starts_with("http://"));
    subject.press(&position.iud, "paga").await;
    match standing(subject, &position).await {
        Some(Standing::Paid { paid_at: Some(paid_at), transaction_id: Some(transaction) }) => {
            assert!(paid_at <= subject.now() && !transaction.is_empty());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(subject.books().await, (1, 1));
}

pub async fn the_same_position_is_created_once(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None).await;
    let first = subject.provider().create(&subject.tenant(), &position).await.unwrap();
    let again = subject.provider().create(&subject.tenant(), &position).await.unwrap();
    assert_eq!((first, subject.books().await), (again, (1, 0)));
}

pub async fn a_lost_answer_leaves_a_position_that_is_found(subject: &impl Subject) {
    for (number, trouble) in [(1, Trouble::Silent), (2, Trouble::Fails), (3, Trouble::Mumbles)] {
        let position = position(subject, number, trouble).await;
        let lost = subject.provider().create(&subject.tenant(), &position).await;
        assert!(matches!(lost, Err(ProviderError::Unclear(_))), "{trouble:?}: {lost:?}");
        let found = subject.provider().find(&subject.tenant(), &position).await.unwrap().unwrap();
        assert_eq!(found.standing, Standing::Open, "{trouble:?}");
        assert!(found.notice.is_some(), "{trouble:?}: the number is not lost with the answer");
    }
    assert_eq!(subject.books().await, (3, 0));
}

pub async fn a_refusal_is_final_and_takes_nothing(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::Refuses).await;
    let refused = subject.provider().create(&subject.tenant(), &position).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
    assert_eq!((standing(subject, &position).await, subject.books().await), (None, (0, 0)));
}

pub async fn wrong_credentials_are_a_refusal(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None).await;
    let refused = subject.provider().create(&subject.stranger(), &position).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
    assert_eq!(subject.books().await, (0, 0));
}

pub async fn an_outage_is_unclear_and_takes_nothing(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::Away).await;
    for _ in 0..2 {
        let away = subject.provider().create(&subject.tenant(), &position).await;
        assert!(matches!(away, Err(ProviderError::Unclear(_))), "{away:?}");
        assert_eq!(subject.books().await, (0, 0));
    }
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
}

pub async fn slowness_is_no_failure(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::Slow).await;
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    assert_eq!(standing(subject, &position).await, Some(Standing::Open));
}

pub async fn an_unknown_position_is_none(subject: &impl Subject) {
    let unknown = position(subject, 7, Trouble::None).await;
    assert_eq!(standing(subject, &unknown).await, None);
    let withdrawn = subject.provider().withdraw(&subject.tenant(), &unknown).await;
    assert_eq!(withdrawn, Ok(Standing::Withdrawn), "what is not there cannot be paid");
    let page = subject.provider().checkout(&subject.tenant(), &unknown).await;
    assert!(matches!(page, Err(ProviderError::Refused(_))), "{page:?}");
}

pub async fn a_payment_that_is_refused_leaves_the_position_open(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None).await;
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    subject.press(&position.iud, "rifiuta").await;
    assert_eq!(standing(subject, &position).await, Some(Standing::Open));
}

pub async fn a_late_payment_is_paid_when_it_is_final(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::Late).await;
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    subject.press(&position.iud, "paga").await;
    let early = standing(subject, &position).await;
    assert!(matches!(early, Some(Standing::Started | Standing::Open)), "not final yet: {early:?}");
    subject.wait(60);
    assert!(matches!(standing(subject, &position).await, Some(Standing::Paid { .. })));
}

pub async fn a_withdrawn_position_is_withdrawn_for_ever(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None).await;
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    for _ in 0..2 {
        assert_eq!(subject.provider().withdraw(&subject.tenant(), &position).await, Ok(Standing::Withdrawn));
    }
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    assert_eq!(standing(subject, &position).await, Some(Standing::Withdrawn));
}

pub async fn a_paid_position_cannot_be_withdrawn(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None).await;
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    subject.press(&position.iud, "paga").await;
    let withdrawn = subject.provider().withdraw(&subject.tenant(), &position).await;
    assert!(matches!(withdrawn, Ok(Standing::Paid { .. })), "{withdrawn:?}");
    assert_eq!(subject.books().await, (1, 1));
}

pub async fn a_position_over_its_term_is_lapsed(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None).await;
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    subject.wait(31 * 86_400);
    assert_eq!(standing(subject, &position).await, Some(Standing::Lapsed));
}

pub async fn split_and_stamps_are_taken(subject: &impl Subject) {
    let part = |code: &str, cents| Split {
        code: code.into(),
        amount: Some(Money::from_cents(cents).unwrap()),
        meta: contracts::Raw::empty_object(),
    };
    let divided = Position { split: vec![part("a", 1200), part("b", 30)], ..position(subject, 1, Trouble::None).await };
    subject.provider().create(&subject.tenant(), &divided).await.unwrap();
    if !subject.provider().about().takes_stamps {
        return;
    }
    let stamp = Stamp {
        amount: Money::from_cents(1600).unwrap(),
        document_hash: "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=".into(),
        province: "PI".into(),
        category: Some("9/3300.1".into()),
    };
    let amount = |cents| Money::from_cents(cents).unwrap();
    let alone = Position { amount: amount(1600), stamps: vec![stamp.clone()], ..position(subject, 2, Trouble::None).await };
    subject.provider().create(&subject.tenant(), &alone).await.unwrap();
    let beside = Position {
        amount: amount(2830),
        stamps: vec![stamp],
        split: vec![part("a", 1200), part("b", 30)],
        ..position(subject, 3, Trouble::None).await
    };
    subject.provider().create(&subject.tenant(), &beside).await.unwrap();
    assert_eq!(subject.books().await, (3, 0));
}

pub async fn money_for_another_body_is_taken(subject: &impl Subject) {
    let receiver = Receiver {
        tax_identification_number: "00000100016".into(),
        name: "Unione dei Comuni della Valle".into(),
        iban: Some("IT60X0542811101000000123456".into()),
        ..Receiver::default()
    };
    let position = Position { receiver: Some(receiver), ..position(subject, 1, Trouble::None).await };
    if !subject.provider().about().takes_receivers {
        let refused = subject.provider().create(&subject.tenant(), &position).await;
        assert!(matches!(refused, Err(ProviderError::Refused(_))), "never to the wrong body: {refused:?}");
        return;
    }
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    assert_eq!(standing(subject, &position).await, Some(Standing::Open));
}

pub async fn the_longest_texts_are_taken(subject: &impl Subject) {
    let mut long = position(subject, 1, Trouble::None).await;
    long.reason = "à<&>\"'\u{1F600}".chars().cycle().take(140).collect();
    long.debtor.name = Some("Ò".repeat(120));
    long.debtor.family_name = Some("D'Angiò".repeat(30));
    subject.provider().create(&subject.tenant(), &long).await.unwrap();
    assert_eq!(standing(subject, &long).await, Some(Standing::Open));
}

pub async fn notice_and_receipt_are_given(subject: &impl Subject) {
    let (provider, tenant) = (subject.provider(), subject.tenant());
    let mut position = position(subject, 1, Trouble::None).await;
    let created = provider.create(&tenant, &position).await.unwrap();
    position.notice = created.notice;
    let is_paper = |paper: Result<Paper, ProviderError>| match paper.unwrap() {
        Paper::Pdf(bytes) => bytes.starts_with(b"%PDF-"),
        Paper::Ours { .. } => true,
    };
    assert!(is_paper(provider.notice(&tenant, &position).await));
    subject.press(&position.iud, "paga").await;
    let Some(Standing::Paid { transaction_id, .. }) = standing(subject, &position).await else { panic!("not paid") };
    assert!(is_paper(provider.receipt(&tenant, &Position { transaction_id, ..position }).await));
}

pub async fn many_at_once_are_created_once_each(subject: &impl Subject) {
    let tenant = subject.tenant();
    let mut positions = Vec::new();
    for number in 1..=8 {
        let position = one(subject, number).await;
        positions.extend([position.clone(), position]);
    }
    let created = futures::future::join_all(positions.iter().map(|position| subject.provider().create(&tenant, position))).await;
    assert!(created.iter().all(Result::is_ok), "{created:?}");
    assert_eq!(subject.books().await, (8, 0));
}

pub async fn a_basket_is_paid_on_one_page(subject: &impl Subject) {
    let (provider, tenant) = (subject.provider(), subject.tenant());
    let mut positions = Vec::new();
    for number in 1..=5 {
        let mut position = one(subject, number).await;
        position.notice = provider.create(&tenant, &position).await.unwrap().notice;
        positions.push(position);
    }
    let id = kernel::Uuid::from_u128(7);
    let basket = Basket { id, positions: &positions, return_url: "https://servizi.example.it/carts/7/landing" };
    if provider.about().cart < 2 {
        assert!(matches!(provider.cart(&tenant, &basket).await, Err(ProviderError::Refused(_))));
        return;
    }
    let stranger = provider.cart(&subject.stranger(), &basket).await;
    assert!(matches!(stranger, Err(ProviderError::Refused(_))), "{stranger:?}");
    let page = provider.cart(&tenant, &basket).await.unwrap();
    assert_eq!(provider.cart(&tenant, &basket).await.as_ref(), Ok(&page), "an answer that was lost is asked for again");
    // One is withdrawn while the payer reads: the others are paid, and nobody says that everything went well.
    assert_eq!(provider.withdraw(&tenant, &positions[4]).await, Ok(Standing::Withdrawn));
    let back = subject.world().press_on(&page, "paga").await;
    assert_eq!(back, "https://servizi.example.it/carts/7/landing?status=KO");
    assert_eq!(subject.books().await, (5, 4));
    assert_eq!(standing(subject, &positions[4]).await, Some(Standing::Withdrawn));
    // Nothing of it can be paid again.
    let again = provider.cart(&tenant, &Basket { id: kernel::Uuid::from_u128(8), ..basket }).await;
    assert!(matches!(again, Err(ProviderError::Refused(_))), "{again:?}");
}
