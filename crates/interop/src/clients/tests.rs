//! Rules C1 to C9.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{RomeTime, UserId, Uuid};

use super::client::{Client, Kind, Operator, Seed};
use super::key::{self, Key, PublicKey, Use};
use crate::attributes::tenant::Person;
use crate::attributes::tenant::tests::tenant;
use crate::errors::{Fault, Refusal, Service};
use crate::ids::{ClientId, PurposeId};
use crate::roles::Role;
use crate::rules::{Profile, Rules};
use crate::vouchers::testing::{KeyPair, pem};

fn at(second: i64) -> RomeTime {
    RomeTime::from_microsecond((1_772_000_000 + second) * 1_000_000).unwrap()
}

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn person(roles: &[Role]) -> Person {
    Person { name: "Ada".into(), family_name: "Bianchi".into(), roles: roles.to_vec() }
}

fn seed(members: &[u128]) -> Seed {
    Seed { name: "Client di prova".into(), description: None, members: members.iter().map(|number| user(*number)).collect() }
}

fn client(kind: Kind, members: &[u128]) -> Client {
    Client::create(seed(members), kind, tenant(2).id, (ClientId(Uuid::from_u128(1)), at(0))).unwrap()
}

fn operator(number: u128, roles: &[Role]) -> Operator<'_> {
    Operator { id: Some(user(number)), roles }
}

/// A key that is like no other, though nobody could sign with it.
fn key(number: u128, by: u128) -> Key {
    let public = PublicKey { n: format!("n{number}"), e: "AQAB".into() };
    let (kid, name) = (public.thumbprint(), format!("Chiave {number}"));
    Key {
        kid,
        name,
        usage: Use::Sig,
        alg: "RS256".into(),
        public,
        encoded_pem: String::new(),
        user_id: user(by),
        created_at: at(0),
    }
}

fn fault<T>(result: Result<T, Refusal>) -> Option<Fault> {
    result.err().map(|refusal| refusal.fault)
}

#[test]
fn c1_a_client_begins_without_purposes_and_keys() {
    let created = client(Kind::Consumer, &[1, 2]);
    assert_eq!((created.users.len(), created.purposes.len(), created.keys.len()), (2, 0, 0));
    let create = |seed| fault(Client::create(seed, Kind::Api, tenant(2).id, (ClientId(Uuid::from_u128(1)), at(0))));
    assert_eq!(create(seed(&[1, 1])), Some(Fault::DuplicatedMembers));
    assert_eq!(create(Seed { name: "Uno".into(), ..seed(&[]) }), Some(Fault::Malformed(Service::Authorization)));
}

#[test]
fn c2_a_client_is_its_owners() {
    assert_eq!(client(Kind::Consumer, &[]).of(tenant(2).id), Ok(()));
    assert_eq!(client(Kind::Consumer, &[]).of(tenant(3).id), Err(Fault::NotAllowedOnClient));
}

#[test]
fn c3_operators_have_the_role_and_their_keys_outlive_them() {
    let mut client = client(Kind::Consumer, &[]);
    assert_eq!(client.add_user(user(1), None), Err(Fault::UserWithoutPrivileges));
    assert_eq!(client.add_user(user(1), Some(&person(&[Role::Api]))), Err(Fault::UserWithoutPrivileges));
    assert_eq!(client.add_user(user(1), Some(&person(&[Role::Security]))), Ok(()));
    assert_eq!(client.add_user(user(1), Some(&person(&[Role::Security]))), Err(Fault::UserAlreadyAssigned));
    client.add_key(key(1, 1), operator(1, &[Role::Security])).unwrap();
    let keys = client.keys.clone();
    assert_eq!(client.remove_user(user(1)), Ok(()));
    assert_eq!(client.remove_user(user(1)), Err(Fault::ClientUserNotFound));
    assert_eq!(client.keys, keys, "removing an operator never changes the keys");
}

#[test]
fn c4_operators_of_the_client_deposit_keys_up_to_a_hundred() {
    let mut client = client(Kind::Consumer, &[1]);
    assert_eq!(client.add_key(key(1, 2), operator(2, &[Role::Admin])), Err(Fault::UserNotAllowedOnClient));
    for number in 0..100 {
        client.add_key(key(number, 1), operator(1, &[Role::Security])).unwrap();
    }
    assert_eq!(client.add_key(key(100, 1), operator(1, &[Role::Security])), Err(Fault::TooManyKeys));
    client.delete_key(&key(7, 1).kid, operator(1, &[Role::Security]), &Rules::of(Profile::Guide)).unwrap();
    assert_eq!(client.add_key(key(8, 1), operator(1, &[Role::Security])), Err(Fault::KeyAlreadyExists));
}

#[test]
fn c4_a_deposited_key_is_named_by_its_thumbprint() {
    let pair = KeyPair::draw();
    let deposit = |encoded: String, name: &str| {
        Key::deposit(key::Seed { name: name.into(), usage: Use::Sig, alg: "RS256".into(), key: encoded }, user(1), at(0))
    };
    let deposited = deposit(STANDARD.encode(pair.pem()), "Chiave 1").unwrap();
    assert_eq!(deposited.kid.len(), 43);
    assert_eq!(deposited.kid, pair.public().thumbprint());
    assert_eq!(deposited.public, pair.public());
    assert_eq!(fault(deposit("***".into(), "Chiave 1")), Some(Fault::JwkDecodingError));
    assert_eq!(fault(deposit(STANDARD.encode(pair.pem()), "K")), Some(Fault::Malformed(Service::Authorization)));
}

#[test]
fn c4_only_one_public_rsa_key_of_2048_bits_is_taken() {
    let pair = KeyPair::draw();
    let (good, der) = (pair.pem(), pair.der());
    assert_eq!(PublicKey::from_pem(&good), Ok(pair.public()));
    assert_eq!(PublicKey::from_pem(good.trim_end()), Ok(pair.public()), "the last line feed does not matter");
    let pkcs1 = &der[24..];
    assert_eq!(PublicKey::from_pem(&pem("RSA PUBLIC KEY", pkcs1)), Ok(pair.public()), "PKCS#1");
    // The same modulus with other exponents: 3, and 65535 in as many bytes as 65537.
    let modulus = &pkcs1[4..pkcs1.len() - 5];
    let three = [&[0x30, 0x82, 0x01, 0x08][..], modulus, &[0x02, 0x01, 0x03]].concat();
    let less = [&pkcs1[..4], modulus, &[0x02, 0x03, 0x00, 0xff, 0xff]].concat();
    for (text, expected) in [
        (pem("PRIVATE KEY", b"x"), Fault::PrivateKeyNotAllowed),
        (pem("RSA PRIVATE KEY", b"x"), Fault::PrivateKeyNotAllowed),
        (format!("{good}{}", pem("ENCRYPTED PRIVATE KEY", b"x")), Fault::PrivateKeyNotAllowed),
        (pem("CERTIFICATE", b"x"), Fault::CertificateNotAllowed),
        (format!("{good}{good}"), Fault::MultipleKeysNotAllowed),
        (pem("PUBLIC KEY", b"x"), Fault::InvalidPublicKey),
        (pem("PUBLIC KEY", &der[..der.len() - 1]), Fault::InvalidPublicKey),
        (pem("PUBLIC KEY", &[&der[..], &[0]].concat()), Fault::InvalidPublicKey),
        ("no key at all".into(), Fault::InvalidPublicKey),
        (pem("RSA PUBLIC KEY", &three), Fault::InvalidPublicKey),
        (pem("RSA PUBLIC KEY", &less), Fault::InvalidPublicKey),
        (crate::vouchers::testing::EC_PEM.into(), Fault::NotAnRsaKey),
        (crate::vouchers::testing::RSA_1024_PEM.into(), Fault::InvalidKeyLength),
    ] {
        assert_eq!(PublicKey::from_pem(&text), Err(expected), "{text}");
    }
}

#[test]
fn c5_any_operator_deletes_keys_in_the_guide_and_only_his_own_as_built() {
    let (guide, built) = (Rules::of(Profile::Guide), Rules::of(Profile::AsBuilt));
    let mut client = client(Kind::Consumer, &[1, 2]);
    client.add_key(key(1, 1), operator(1, &[Role::Security])).unwrap();
    let kid = key(1, 1).kid;
    let delete = |by: u128, roles: &[Role], rules: &Rules| client.clone().delete_key(&kid, operator(by, roles), rules).err();
    assert_eq!(delete(3, &[Role::Security], &guide), Some(Fault::UserNotAllowedOnClient));
    assert_eq!(delete(2, &[Role::Security], &guide), None);
    assert_eq!(delete(2, &[Role::Security], &built), Some(Fault::NotAllowedToDeleteKey));
    assert_eq!(delete(1, &[Role::Security], &built), None);
    assert_eq!(delete(3, &[Role::Admin], &built), None, "an administrator any");
    assert_eq!(client.delete_key("unknown", operator(1, &[Role::Security]), &guide), Err(Fault::ClientKeyNotFound));
}

#[test]
fn c7_unlinking_affects_that_purpose_only() {
    let mut client = client(Kind::Consumer, &[]);
    let [one, two] = [1, 2].map(|number| PurposeId(Uuid::from_u128(number)));
    client.purposes = BTreeSet::from([one, two]);
    assert!(client.unlink(one) && !client.unlink(one));
    assert_eq!(client.purposes, BTreeSet::from([two]));
}

#[test]
fn c8_whoever_only_keeps_keys_sees_his_own_clients() {
    let client = client(Kind::Consumer, &[1]);
    assert_eq!(client.visible_to(operator(1, &[Role::Security])), Ok(()));
    assert_eq!(client.visible_to(operator(2, &[Role::Security])), Err(Fault::SecurityUserNotMember));
    assert_eq!(client.visible_to(operator(2, &[Role::Admin])), Ok(()));
    assert_eq!(client.visible_to(Operator { id: None, roles: &[Role::M2m] }), Ok(()));
}

#[test]
fn c9_an_api_client_has_one_administrator() {
    let admin = person(&[Role::Admin]);
    assert_eq!(client(Kind::Consumer, &[]).set_admin(user(1), Some(&admin)), Err(Fault::ClientKindNotAllowed));
    let mut client = client(Kind::Api, &[]);
    assert_eq!(client.set_admin(user(1), Some(&person(&[Role::Security]))), Err(Fault::UserWithoutPrivileges));
    assert_eq!(client.set_admin(user(1), Some(&admin)), Ok(()));
    assert_eq!(client.set_admin(user(1), Some(&admin)), Err(Fault::AlreadyAdmin));
    assert_eq!(client.set_admin(user(2), Some(&admin)), Ok(()));
    assert_eq!(client.remove_admin(user(1)), Err(Fault::AdminNotFound));
    assert_eq!(client.remove_admin(user(2)), Ok(()));
}

mod links {
    use super::*;
    use crate::agreements::state::State as AgreementState;
    use crate::agreements::tests::Case;
    use crate::purposes::purpose::State as VersionState;
    use crate::purposes::tests::purpose_of;

    #[test]
    fn c6_a_purpose_is_linked_once_and_could_work() {
        let case = Case::new(1, Profile::Guide);
        let agreement = |state| case.in_state(state, 1);
        let purpose = |state| purpose_of(tenant(2).id, state);
        let active = agreement(AgreementState::Active);
        let link = |client: &mut Client, version, agreement| client.link(&purpose(version), agreement);
        let mut own = client(Kind::Consumer, &[]);
        assert_eq!(link(&mut client(Kind::Api, &[]), VersionState::Active, Some(&active)), Err(Fault::ClientKindNotAllowed));
        let stranger = purpose_of(tenant(3).id, VersionState::Active);
        assert_eq!(own.link(&stranger, Some(&active)), Err(Fault::NotAllowedOnPurpose));
        assert_eq!(link(&mut own, VersionState::Active, None), Err(Fault::NoUsableAgreement));
        let pending = agreement(AgreementState::Pending);
        assert_eq!(link(&mut own, VersionState::Active, Some(&pending)), Err(Fault::NoUsableAgreement));
        for state in [VersionState::Draft, VersionState::WaitingForApproval, VersionState::Archived, VersionState::Rejected] {
            assert_eq!(link(&mut own, state, Some(&active)), Err(Fault::NoUsablePurposeVersion), "{state:?}");
        }
        let suspended = agreement(AgreementState::Suspended);
        assert_eq!(link(&mut own, VersionState::Suspended, Some(&suspended)), Ok(()));
        assert_eq!(link(&mut own, VersionState::Active, Some(&active)), Err(Fault::AlreadyLinked));
    }
}
