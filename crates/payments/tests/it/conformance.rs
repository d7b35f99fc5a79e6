//! What every provider must do, whatever intermediary it talks to. A new one implements [`Subject`] and adds a line of `conformance!`.

use contracts::payments::{Person, PersonKind, Split};
use kernel::{Money, NoticeNumber, RomeTime, Series};
use payments::configuration::TenantConfiguration;
use payments::payment::Standing;
use payments::providers::{Position, Provider, ProviderError, Stamp};

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

/// A provider with the intermediary behind it.
pub trait Subject: Sized {
    async fn start() -> Self;
    fn provider(&self) -> &dyn Provider;
    fn tenant(&self) -> TenantConfiguration;
    /// A tenant whose credentials do not hold.
    fn stranger(&self) -> TenantConfiguration;
    /// What is to be in the reason of a position so that the intermediary behaves so.
    fn tag(&self, trouble: Trouble) -> &'static str;
    /// The citizen pays at the intermediary.
    async fn pay(&self, iud: &str);
    /// The citizen's payment is refused at the intermediary.
    async fn fail_to_pay(&self, iud: &str);
    /// Time passes, for the intermediary.
    fn wait(&self, seconds: i64);
    /// How many positions the intermediary has, and how many of them are paid.
    async fn books(&self) -> (usize, usize);
    fn now(&self) -> RomeTime;
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
            a_late_payment_is_started_and_then_paid,
            a_withdrawn_position_is_withdrawn_for_ever,
            a_paid_position_cannot_be_withdrawn,
            a_position_over_its_term_is_lapsed,
            split_and_stamp_are_taken,
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
fn position(subject: &impl Subject, number: u64, trouble: Trouble) -> Position {
    let notice = NoticeNumber::new(Series::Segregated(2), number).unwrap();
    Position {
        iud: format!("{number:032x}"),
        notice: Some(notice).filter(|_| !subject.provider().capabilities().gives_numbers),
        amount: Money::from_cents(1230).unwrap(),
        reason: format!("Diritti di segreteria {}", subject.tag(trouble)),
        expire_at: Some(subject.now().plus_days(30)),
        due_type: Some("DIRITTI".into()),
        category: Some("9/0101100IM/".into()),
        split: Vec::new(),
        debtor: Person {
            kind: PersonKind::Human,
            tax_identification_number: "FRRNNA84L52G702G".into(),
            name: Some("Anna".into()),
            family_name: Some("Ferri".into()),
            street_name: None,
            building_number: None,
            postal_code: None,
            town_name: None,
            country_subdivision: Some("PI".into()),
            country: Some("IT".into()),
            email: None,
            extra: contracts::Extra::default(),
        },
        receiver: None,
        stamp: None,
        return_url: "https://servizi.example.it/landing/1".into(),
        notify_url: "https://servizi.example.it/notifications".into(),
    }
}

async fn standing(subject: &impl Subject, iud: &str) -> Option<Standing> {
    subject.provider().find(&subject.tenant(), iud).await.unwrap().map(|found| found.standing)
}

pub async fn its_forms_are_forms(subject: &impl Subject) {
    for form in [subject.provider().tenant_form(), subject.provider().payment_form()] {
        let form: serde_json::Value = serde_json::from_str(form).unwrap();
        assert_eq!(form["display"], "form");
        assert!(form["components"].as_array().unwrap().iter().any(|component| component["key"] == "active"));
    }
}

pub async fn a_position_is_created_found_and_paid(subject: &impl Subject) {
    let (provider, tenant, position) = (subject.provider(), subject.tenant(), position(subject, 1, Trouble::None));
    let created = provider.create(&tenant, &position).await.unwrap();
    assert_eq!(created.standing, Standing::Open);
    assert!(created.notice.is_some());
    assert_eq!(standing(subject, &position.iud).await, Some(Standing::Open));
    let page = provider.checkout(&tenant, &position.iud).await.unwrap();
    assert!(page.starts_with("https://") || page.starts_with("http://"));
    subject.pay(&position.iud).await;
    match standing(subject, &position.iud).await {
        Some(Standing::Paid { paid_at: Some(paid_at), transaction_id: Some(transaction) }) => {
            assert!(paid_at <= subject.now() && !transaction.is_empty());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(subject.books().await, (1, 1));
}

pub async fn the_same_position_is_created_once(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None);
    let first = subject.provider().create(&subject.tenant(), &position).await.unwrap();
    let again = subject.provider().create(&subject.tenant(), &position).await.unwrap();
    assert_eq!((first, subject.books().await), (again, (1, 0)));
}

pub async fn a_lost_answer_leaves_a_position_that_is_found(subject: &impl Subject) {
    for (number, trouble) in [(1, Trouble::Silent), (2, Trouble::Fails), (3, Trouble::Mumbles)] {
        let position = position(subject, number, trouble);
        let lost = subject.provider().create(&subject.tenant(), &position).await;
        assert!(matches!(lost, Err(ProviderError::Unclear(_))), "{trouble:?}: {lost:?}");
        assert_eq!(standing(subject, &position.iud).await, Some(Standing::Open), "{trouble:?}");
    }
    assert_eq!(subject.books().await, (3, 0));
}

pub async fn a_refusal_is_final_and_takes_nothing(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::Refuses);
    let refused = subject.provider().create(&subject.tenant(), &position).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
    assert_eq!((standing(subject, &position.iud).await, subject.books().await), (None, (0, 0)));
}

pub async fn wrong_credentials_are_a_refusal(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None);
    let refused = subject.provider().create(&subject.stranger(), &position).await;
    assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
    assert_eq!(subject.books().await, (0, 0));
}

pub async fn an_outage_is_unclear_and_takes_nothing(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::Away);
    for _ in 0..2 {
        let away = subject.provider().create(&subject.tenant(), &position).await;
        assert!(matches!(away, Err(ProviderError::Unclear(_))), "{away:?}");
        assert_eq!(subject.books().await, (0, 0));
    }
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
}

pub async fn slowness_is_no_failure(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::Slow);
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    assert_eq!(standing(subject, &position.iud).await, Some(Standing::Open));
}

pub async fn an_unknown_position_is_none(subject: &impl Subject) {
    assert_eq!(standing(subject, &"0".repeat(32)).await, None);
    let withdrawn = subject.provider().withdraw(&subject.tenant(), &"0".repeat(32)).await;
    assert_eq!(withdrawn, Ok(Standing::Withdrawn), "what is not there cannot be paid");
}

pub async fn a_payment_that_is_refused_leaves_the_position_open(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None);
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    subject.fail_to_pay(&position.iud).await;
    assert_eq!(standing(subject, &position.iud).await, Some(Standing::Open));
}

pub async fn a_late_payment_is_started_and_then_paid(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::Late);
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    subject.pay(&position.iud).await;
    assert_eq!(standing(subject, &position.iud).await, Some(Standing::Started));
    subject.wait(60);
    assert!(matches!(standing(subject, &position.iud).await, Some(Standing::Paid { .. })));
}

pub async fn a_withdrawn_position_is_withdrawn_for_ever(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None);
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    for _ in 0..2 {
        assert_eq!(subject.provider().withdraw(&subject.tenant(), &position.iud).await, Ok(Standing::Withdrawn));
    }
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    assert_eq!(standing(subject, &position.iud).await, Some(Standing::Withdrawn));
}

pub async fn a_paid_position_cannot_be_withdrawn(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None);
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    subject.pay(&position.iud).await;
    let withdrawn = subject.provider().withdraw(&subject.tenant(), &position.iud).await;
    assert!(matches!(withdrawn, Ok(Standing::Paid { .. })), "{withdrawn:?}");
    assert_eq!(subject.books().await, (1, 1));
}

pub async fn a_position_over_its_term_is_lapsed(subject: &impl Subject) {
    let position = position(subject, 1, Trouble::None);
    subject.provider().create(&subject.tenant(), &position).await.unwrap();
    subject.wait(31 * 86_400);
    assert_eq!(standing(subject, &position.iud).await, Some(Standing::Lapsed));
}

pub async fn split_and_stamp_are_taken(subject: &impl Subject) {
    let part = |code: &str, cents| Split {
        code: code.into(),
        amount: Some(Money::from_cents(cents).unwrap()),
        meta: contracts::Raw::empty_object(),
    };
    let divided = Position { split: vec![part("a", 1200), part("b", 30)], ..position(subject, 1, Trouble::None) };
    subject.provider().create(&subject.tenant(), &divided).await.unwrap();
    if subject.provider().capabilities().takes_stamps {
        let stamp = Stamp { document_hash: "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=".into(), province: "PI".into() };
        let stamp =
            Position { amount: Money::from_cents(1600).unwrap(), stamp: Some(stamp), ..position(subject, 2, Trouble::None) };
        subject.provider().create(&subject.tenant(), &stamp).await.unwrap();
    }
}
