//! Rules A1 to A3.

use jiff::SignedDuration;
use kernel::Uuid;

use super::*;

/// A public administration for tests.
pub(crate) fn tenant(number: u128) -> Tenant {
    Tenant {
        id: TenantId(Uuid::from_u128(number)),
        external_id: ExternalId { origin: "IPA".into(), value: format!("c_{number}") },
        name: format!("Comune {number}"),
        kind: TenantKind::Pa,
        tax_code: None,
        certifier: None,
        mail: Some("protocollo@comune.example.it".into()),
        mail_description: None,
        users: BTreeMap::new(),
        holdings: Holdings::default(),
        created_at: at(0),
        updated_at: None,
    }
}

/// An attribute for tests.
pub(crate) fn attribute(number: u128, kind: Kind, origin: Option<&str>) -> Attribute {
    Attribute {
        id: AttributeId(Uuid::from_u128(number)),
        kind,
        name: format!("Attributo {number}"),
        description: "Un attributo di prova".into(),
        origin: origin.map(str::to_owned),
        code: origin.map(|_| format!("A{number}")),
        created_at: at(0),
    }
}

fn at(second: i64) -> RomeTime {
    RomeTime::from_microsecond((1_700_000_000 + second) * 1_000_000).unwrap()
}

fn requires(attribute: &Attribute) -> Requirements {
    Requirements { verified: vec![vec![attribute.id.into()]], ..Requirements::default() }
}

#[test]
fn a1_a_certifier_assigns_and_revokes_its_own_attributes_only() {
    let (mut body, mut anac, other) = (tenant(1), tenant(2), tenant(3));
    anac.certifier = Some("ANAC".into());
    let (own, foreign) = (attribute(1, Kind::Certified, Some("ANAC")), attribute(2, Kind::Certified, Some("IPA")));
    assert_eq!(body.certify(&own, &other, false, at(1)), Err(Fault::NotACertifier));
    assert_eq!(body.certify(&foreign, &anac, false, at(1)), Err(Fault::NotOfCertifier));
    assert_eq!(body.certify(&attribute(3, Kind::Declared, None), &anac, false, at(1)), Err(Fault::TenantAttributeNotFound));
    assert_eq!(body.decertify(&own, &anac, at(1)), Err(Fault::NotHeld));
    assert_eq!(body.certify(&own, &anac, false, at(1)), Ok(()));
    assert!(body.holdings.has_certified(own.id));
    assert_eq!(body.certify(&own, &anac, false, at(2)), Err(Fault::CertifiedAlreadyAssigned));
    assert_eq!(body.certify(&own, &anac, true, at(2)), Err(Fault::CertifiedAlreadyAssignedToMachine));
    assert_eq!(body.decertify(&own, &anac, at(3)), Ok(()));
    assert!(!body.holdings.has_certified(own.id));
    assert_eq!(body.decertify(&own, &anac, at(4)), Err(Fault::AlreadyRevoked));
    assert_eq!(body.certify(&own, &anac, false, at(5)), Ok(()), "what was revoked may be given again");
}

#[test]
fn a1_sources_assign_and_take_away_as_often_as_they_like() {
    let (mut body, id) = (tenant(1), attribute(1, Kind::Certified, Some("IPA")).id);
    assert!(!body.unassign(id, at(1)));
    assert!(body.assign(id, at(2)) && !body.assign(id, at(3)));
    assert_eq!(body.updated_at, Some(at(2)), "what changes nothing leaves no trace");
    assert!(body.unassign(id, at(4)) && !body.unassign(id, at(5)));
}

#[test]
fn a2_a_body_declares_and_takes_back() {
    let (mut body, declared) = (tenant(1), attribute(1, Kind::Declared, None));
    assert_eq!(body.declare(&attribute(2, Kind::Verified, None), at(1)), Err(Fault::TenantAttributeNotFound));
    assert_eq!(body.withdraw(declared.id, at(1)), Err(Fault::NotHeld));
    assert_eq!(body.declare(&declared, at(1)), Ok(()));
    assert_eq!(body.declare(&declared, at(2)), Ok(()));
    assert!(body.holdings.has_declared(declared.id));
    assert_eq!(body.withdraw(declared.id, at(3)), Ok(()));
    assert_eq!(body.withdraw(declared.id, at(4)), Err(Fault::AlreadyRevoked));
    assert!(!body.holdings.has_declared(declared.id));
}

#[test]
fn a3_a_producer_verifies_what_a_running_agreement_requires() {
    let (mut body, producer, verified) = (tenant(1), tenant(2), attribute(1, Kind::Verified, None));
    let requirements = requires(&verified);
    let standing = Standing { producer: producer.id, consumer: body.id, counts: true, requirements: &requirements };
    let idle = Standing { counts: false, ..standing };
    let own = Standing { producer: body.id, ..standing };
    let none = Requirements::default();
    let unlisted = Standing { requirements: &none, ..standing };
    let elsewhere = Standing { consumer: producer.id, ..standing };
    for refused in [idle, unlisted, elsewhere] {
        assert_eq!(body.verify(verified.id, refused, None, at(1)), Err(Fault::VerificationNotAllowed));
    }
    assert_eq!(body.verify(verified.id, own, None, at(1)), Err(Fault::SelfVerification));
    assert_eq!(body.verify(verified.id, standing, Some(at(1)), at(1)), Err(Fault::ExpirationInThePast));
    assert_eq!(body.verify(verified.id, standing, Some(at(11)), at(1)), Ok(()));
    assert!(body.holdings.verified[&verified.id].holds_for(producer.id, true, at(10)));
    assert!(!body.holdings.verified[&verified.id].holds_for(producer.id, true, at(11)));
}

#[test]
fn a3_a_renewal_adds_the_first_span_to_the_old_end() {
    let (mut body, producer, verified) = (tenant(1), tenant(2), attribute(1, Kind::Verified, None));
    let requirements = requires(&verified);
    let standing = Standing { producer: producer.id, consumer: body.id, counts: true, requirements: &requirements };
    assert_eq!(body.extend(verified.id, producer.id, at(1)), Err(Fault::VerifiedAttributeNotFound));
    body.verify(verified.id, standing, None, at(1)).unwrap();
    assert_eq!(body.extend(verified.id, producer.id, at(2)), Err(Fault::ExpirationNotFound));
    assert_eq!(body.set_expiry(verified.id, producer.id, Some(at(2)), at(3)), Err(Fault::ExpirationInThePast));
    assert_eq!(body.set_expiry(verified.id, tenant(3).id, None, at(3)), Err(Fault::NotAmongVerifiers));
    assert_eq!(body.set_expiry(verified.id, producer.id, Some(at(101)), at(3)), Ok(()));
    let end = |body: &Tenant| body.holdings.verified[&verified.id].verified_by[0].ends_at().unwrap();
    body.extend(verified.id, producer.id, at(4)).unwrap();
    assert_eq!(end(&body), at(201));
    body.extend(verified.id, producer.id, at(5)).unwrap();
    assert_eq!(end(&body), at(101).plus(SignedDuration::from_secs(200)));
}

#[test]
fn a3_a_revocation_moves_the_word_and_a_new_verification_moves_it_back() {
    let (mut body, producer, verified) = (tenant(1), tenant(2), attribute(1, Kind::Verified, None));
    let requirements = requires(&verified);
    let standing = Standing { producer: producer.id, consumer: body.id, counts: true, requirements: &requirements };
    let stranger = Standing { producer: tenant(3).id, ..standing };
    assert_eq!(body.unverify(verified.id, standing, at(1)), Err(Fault::VerifiedAttributeNotFound));
    body.verify(verified.id, standing, None, at(1)).unwrap();
    assert_eq!(body.unverify(verified.id, stranger, at(2)), Err(Fault::NotAmongVerifiers));
    assert_eq!(body.unverify(verified.id, Standing { producer: body.id, ..standing }, at(2)), Err(Fault::SelfRevocation));
    assert_eq!(body.unverify(verified.id, Standing { counts: false, ..standing }, at(2)), Err(Fault::RevocationNotAllowed));
    assert_eq!(body.unverify(verified.id, standing, at(2)), Ok(()));
    let held = &body.holdings.verified[&verified.id];
    assert_eq!((held.verified_by.len(), held.revoked_by.len()), (0, 1));
    assert_eq!(body.unverify(verified.id, standing, at(3)), Err(Fault::AlreadyRevoked));
    body.verify(verified.id, standing, None, at(4)).unwrap();
    let held = &body.holdings.verified[&verified.id];
    assert_eq!((held.verified_by.len(), held.revoked_by.len()), (1, 0));
}
