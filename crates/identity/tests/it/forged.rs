//! Tokens that nobody but an attacker makes, shown to the verifier that every role uses (RFC 8725; OWASP, JSON Web Token cheat sheet).

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header::AUTHORIZATION;
use kernel::TenantId;
use runtime::ServiceToken;
use serde_json::{Value, json};

use crate::platform::{bugliano, vallelaghi};
use crate::world::World;

/// An installation in which we hold the private key of Bugliano, and one that nobody knows.
struct Forge {
    world: World,
    key: RsaKeyPair,
    stray: RsaKeyPair,
}

const KID: &str = "key-of-bugliano";
const OTHER_KID: &str = "key-of-vallelaghi";

fn b64(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn signature(key: &RsaKeyPair, padding: &'static dyn RsaEncoding, message: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    signature
}

/// A token of these two texts, signed by RS256 whatever they say.
fn signed(key: &RsaKeyPair, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", b64(header), b64(claims));
    format!("{message}.{}", b64(signature(key, &RSA_PKCS1_SHA256, &message)))
}

fn header() -> Value {
    json!({ "typ": "JWT", "alg": "RS256", "kid": KID })
}

fn with(mut object: Value, name: &str, value: Value) -> String {
    object[name] = value;
    object.to_string()
}

impl Forge {
    async fn new() -> Self {
        let world = World::on_sqlite().await;
        let [key, stray] = [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
        for (kid, tenant, pair) in [(KID, bugliano().id, &key), (OTHER_KID, vallelaghi().id, &stray)] {
            insert_key(&world, kid, tenant, pair).await;
        }
        Self { world, key, stray }
    }

    fn claims(&self) -> Value {
        let now = self.world.clock.now().as_second();
        json!({
            "iat": now,
            "exp": now + 3600,
            "roles": ["ROLE_ADMIN"],
            "username": "admin",
            "id": "5b00796e-ef10-4c98-b9f5-b0f7ffd7a17d",
            "tenant_id": bugliano().id,
        })
    }

    /// A token of Bugliano's key with these claims.
    fn claiming(&self, claims: &str) -> String {
        signed(&self.key, &header().to_string(), claims)
    }

    /// A token of Bugliano's key with this header.
    fn headed(&self, header: &str) -> String {
        signed(&self.key, header, &self.claims().to_string())
    }

    fn good(&self) -> String {
        self.claiming(&self.claims().to_string())
    }

    async fn accepts(&self, token: &str) -> bool {
        let answer = self.world.probe("comune-di-bugliano", token).await;
        match answer.status.as_u16() {
            200 => true,
            401 => false,
            _ => panic!("{token}: {answer:?}"),
        }
    }

    /// Every one of these is refused, and the sound token still accepted.
    async fn refuses(&self, tokens: impl IntoIterator<Item = (impl AsRef<str>, String)>) {
        for (what, token) in tokens {
            assert!(!self.accepts(&token).await, "{}: {token}", what.as_ref());
        }
        assert!(self.accepts(&self.good()).await);
    }
}

async fn insert_key(world: &World, kid: &'static str, tenant: TenantId, pair: &RsaKeyPair) {
    let n = b64(pair.public_key().modulus().big_endian_without_leading_zero());
    let (e, now) = (b64(pair.public_key().exponent().big_endian_without_leading_zero()), world.clock.now());
    let sql = "INSERT INTO signing_keys (kid, tenant_id, n, e, private_key, not_before) VALUES ($1, $2, $3, $4, $5, $6)";
    let private: Vec<u8> = Vec::new();
    let inserted = world.app.db().write(move |tx| tx.execute(sql, storage::params![kid, tenant, n, e, private, now]));
    inserted.await.map_err(|error: storage::Error| error).unwrap();
}

#[tokio::test]
async fn algorithms_other_than_ours_are_refused() {
    let forge = Forge::new().await;
    let claims = b64(forge.claims().to_string());
    let message = |alg: &str| format!("{}.{claims}", b64(with(header(), "alg", alg.into())));
    let mut tokens = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", "", "RS256 ", "rs256", "Rs256"] {
        let sound = b64(signature(&forge.key, &RSA_PKCS1_SHA256, &message(alg)));
        for end in [String::new(), ".".into(), format!(".{sound}")] {
            tokens.push((format!("alg {alg:?}"), format!("{}{end}", message(alg))));
        }
    }
    let spki: PublicKeyX509Der<'_> = forge.key.public_key().as_der().unwrap();
    let lines: Vec<_> =
        STANDARD.encode(spki.as_ref()).as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
    let modulus = forge.key.public_key().modulus().big_endian_without_leading_zero().to_vec();
    for secret in [pem.as_bytes(), pem.trim_end().as_bytes(), spki.as_ref(), &modulus, b64(&modulus).as_bytes(), b""] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        for alg in ["HS256", "RS256"] {
            let tag = aws_lc_rs::hmac::sign(&key, message(alg).as_bytes());
            tokens.push((format!("{alg} by HMAC with the public key"), format!("{}.{}", message(alg), b64(tag))));
        }
    }
    let other: [(&str, &'static dyn RsaEncoding); 2] = [("RS512", &RSA_PKCS1_SHA512), ("PS256", &RSA_PSS_SHA256)];
    for (alg, padding) in other {
        for said in [alg, "RS256"] {
            let token = format!("{}.{}", message(said), b64(signature(&forge.key, padding, &message(said))));
            tokens.push((format!("{alg} called {said}"), token));
        }
    }
    let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let by_curve = curve.sign(&SystemRandom::new(), message("ES256").as_bytes()).unwrap();
    tokens.push(("ES256".into(), format!("{}.{}", message("ES256"), b64(by_curve))));
    let mut without = header();
    without.as_object_mut().unwrap().remove("alg");
    tokens.push(("alg absent".into(), forge.headed(&without.to_string())));
    forge.refuses(tokens).await;
}

#[tokio::test]
async fn headers_that_bring_their_own_key_or_rules_are_refused() {
    let forge = Forge::new().await;
    let public = forge.stray.public_key();
    let jwk = json!({ "kty": "RSA", "kid": KID, "n": b64(public.modulus().big_endian_without_leading_zero()), "e": "AQAB" });
    let extras = [
        ("jwk", jwk),
        ("jku", "https://evil.example.org/jwks.json".into()),
        ("x5u", "https://evil.example.org/cert.pem".into()),
        ("x5c", json!(["MIIB"])),
        ("x5t", "AAAA".into()),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("b64", false.into()),
        ("zip", "DEF".into()),
        ("enc", "A256GCM".into()),
        ("typ", "at+jwt".into()),
        ("typ", "JOSE".into()),
        ("typ", 1.into()),
    ];
    let mut tokens = Vec::new();
    for (name, value) in extras {
        let header = with(header(), name, value);
        tokens.push((name, signed(&forge.stray, &header, &forge.claims().to_string())));
        tokens.push((name, forge.headed(&header)));
    }
    tokens.push(("signed by somebody else", signed(&forge.stray, &header().to_string(), &forge.claims().to_string())));
    for header in [
        format!(r#"{{"alg":"none","alg":"RS256","kid":"{KID}"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{OTHER_KID}","kid":"{KID}"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{KID}"}} "x""#),
        format!(r#"["RS256","{KID}"]"#),
        "null".into(),
        "{}".into(),
        String::new(),
        "\u{feff}{}".into(),
    ] {
        tokens.push(("header", forge.headed(&header)));
    }
    forge.refuses(tokens).await;
    assert!(forge.accepts(&forge.headed(&json!({ "alg": "RS256", "kid": KID }).to_string())).await, "typ may be absent");
}

#[tokio::test]
async fn key_names_lead_nowhere_else() {
    let forge = Forge::new().await;
    let long = "k".repeat(10_000);
    let kids = [
        json!(""),
        json!("unknown"),
        json!(format!("../keys/{KID}")),
        json!(format!("{KID}/")),
        json!(format!("{KID}?x=1")),
        json!(format!("{KID}#")),
        json!(format!("%6bey-of-bugliano")),
        json!(format!("{KID}\0")),
        json!(format!(" {KID}")),
        json!("' OR '1'='1"),
        json!("../../../../dev/null"),
        json!("http://127.0.0.1/key"),
        json!(long),
        json!(null),
        json!(1),
        json!([KID]),
        json!({ "kid": KID }),
    ];
    forge.refuses(kids.map(|kid| (kid.to_string(), forge.headed(&with(header(), "kid", kid))))).await;
    let mut without = header();
    without.as_object_mut().unwrap().remove("kid");
    forge.refuses([("kid absent", forge.headed(&without.to_string()))]).await;
}

#[tokio::test]
async fn a_tenants_key_signs_for_that_tenant_only() {
    let forge = Forge::new().await;
    let foreign = with(header(), "kid", OTHER_KID.into());
    forge
        .refuses([
            ("Vallelaghi's key on Bugliano's claims", signed(&forge.stray, &foreign, &forge.claims().to_string())),
            ("Bugliano's signature under Vallelaghi's key", forge.headed(&foreign)),
            ("Bugliano's key on Vallelaghi's claims", forge.claiming(&with(forge.claims(), "tenant_id", json!(vallelaghi().id)))),
        ])
        .await;
    let own = signed(&forge.stray, &foreign, &with(forge.claims(), "tenant_id", json!(vallelaghi().id)));
    assert_eq!(forge.world.probe("comune-di-bugliano", &own).await.status, 404);
    assert_eq!(forge.world.probe("comune-di-vallelaghi", &own).await.status, 200);
}

#[tokio::test]
async fn times_that_are_none_or_have_passed_are_refused() {
    let forge = Forge::new().await;
    let now = forge.world.clock.now().as_second();
    let far = now + 11 * 24 * 3600;
    let mut tokens: Vec<(String, String)> = Vec::new();
    for (name, value) in [
        ("exp", "\"9999999999\"".to_owned()),
        ("exp", format!("{now}3600.5")),
        ("exp", format!("{}.0", now + 60)),
        ("exp", "1e300".into()),
        ("exp", "-1".into()),
        ("exp", "0".into()),
        ("exp", "null".into()),
        ("exp", "true".into()),
        ("exp", "[9999999999]".into()),
        ("exp", "9223372036854775807".into()),
        ("exp", "18446744073709551615".into()),
        ("exp", "-9223372036854775808".into()),
        ("exp", "NaN".into()),
        ("exp", (now - 31).to_string()),
        ("exp", far.to_string()),
        ("iat", (now + 31).to_string()),
        ("iat", "\"1\"".into()),
        ("iat", "1e300".into()),
        ("iat", "-9223372036854775808".into()),
        ("iat", "null".into()),
    ] {
        let sound = forge.claims()[name].to_string();
        let claims = forge.claims().to_string().replace(&format!("\"{name}\":{sound}"), &format!("\"{name}\":{value}"));
        assert!(claims.contains(&value));
        tokens.push((format!("{name} {value}"), forge.claiming(&claims)));
    }
    forge.refuses(tokens).await;
    let token = forge.good();
    assert!(forge.accepts(&token).await);
    forge.world.clock.advance(jiff::SignedDuration::from_secs(3600 + 30));
    assert!(forge.accepts(&token).await, "clocks may be half a minute apart");
    forge.world.clock.advance(jiff::SignedDuration::from_secs(1));
    assert!(!forge.accepts(&token).await, "a remembered token expires too");
}

#[tokio::test]
async fn claims_that_do_not_read_or_read_two_ways_are_refused() {
    let forge = Forge::new().await;
    let sound = forge.claims();
    let text = sound.to_string();
    let mut claims: Vec<String> = sound
        .as_object()
        .unwrap()
        .keys()
        .map(|name| {
            let mut without = sound.clone();
            without.as_object_mut().unwrap().remove(name);
            without.to_string()
        })
        .collect();
    for (name, value) in [
        ("roles", json!("ROLE_ADMIN")),
        ("roles", json!([1])),
        ("roles", json!(null)),
        ("username", json!(1)),
        ("id", json!("1")),
        ("tenant_id", json!("comune-di-bugliano")),
        ("tenant_id", json!([bugliano().id])),
    ] {
        claims.push(with(sound.clone(), name, value));
    }
    claims.extend([
        text.replace("\"roles\":", "\"roles\":[\"ROLE_CPS_USER\"],\"roles\":"),
        text.replace("\"exp\":", "\"exp\":1,\"exp\":"),
        text.replace("\"tenant_id\":", &format!("\"tenant_id\":\"{}\",\"tenant_id\":", vallelaghi().id)),
        format!("{text}{text}"),
        format!("[{text}]"),
        "null".into(),
        String::new(),
        "[".repeat(2_000),
    ]);
    forge.refuses(claims.into_iter().map(|claims| (claims.clone(), forge.claiming(&claims)))).await;
    let mut bytes = sound.to_string().into_bytes();
    let place = bytes.windows(5).position(|window| window == b"admin").unwrap();
    bytes[place] = 0xff;
    let message = format!("{}.{}", b64(header().to_string()), b64(bytes));
    forge.refuses([("not UTF-8", format!("{message}.{}", b64(signature(&forge.key, &RSA_PKCS1_SHA256, &message))))]).await;
}

#[tokio::test]
async fn one_token_is_written_in_one_way() {
    let forge = Forge::new().await;
    let good = forge.good();
    let parts: Vec<&str> = good.split('.').collect();
    let [head, claims, tail] = parts[..] else { panic!("three parts") };
    // 256 bytes leave two unused bits in the last character.
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.iter().position(|byte| *byte == *tail.as_bytes().last().unwrap()).unwrap();
    let trailing = |bits: usize| format!("{head}.{claims}.{}{}", &tail[..tail.len() - 1], alphabet[last | bits] as char);
    let standard = |part: &str| STANDARD.encode(URL_SAFE_NO_PAD.decode(part).unwrap());
    let raw = URL_SAFE_NO_PAD.decode(tail).unwrap();
    let message = format!("{head}.{claims}");
    let resigned = |raw: &[u8]| format!("{message}.{}", b64(raw));
    let modulus = forge.key.public_key().modulus().big_endian_without_leading_zero().to_vec();
    let mut tokens = vec![
        ("trailing bits 1", trailing(1)),
        ("trailing bits 2", trailing(2)),
        ("trailing bits 3", trailing(3)),
        ("padding", format!("{good}==")),
        ("standard alphabet", format!("{head}.{claims}.{}", standard(tail))),
        ("space inside", format!("{head}. {claims}.{tail}")),
        ("tab inside", format!("{head}.{claims}\t.{tail}")),
        ("a fourth part", format!("{good}.")),
        ("a fifth part", format!("{head}..{claims}.{tail}.{tail}")),
        ("a part before", format!(".{good}")),
        ("signature stripped", format!("{head}.{claims}.")),
        ("two parts", message.clone()),
        ("one part", head.to_owned()),
        ("nothing", String::new()),
        ("dots", "..".into()),
        (
            "JSON serialisation",
            json!({ "payload": claims, "signatures": [{ "protected": head, "signature": tail }] }).to_string(),
        ),
        ("flattened serialisation", json!({ "payload": claims, "protected": head, "signature": tail }).to_string()),
        ("swapped parts", format!("{claims}.{head}.{tail}")),
        ("signature of zeros", resigned(&[0; 256])),
        ("signature one", resigned(&[&[0; 255][..], &[1]].concat())),
        ("signature with a zero before", resigned(&[&[0], &raw[..]].concat())),
        ("signature cut", resigned(&raw[..255])),
        ("signature as long as the modulus", resigned(&modulus)),
        ("signature plus modulus", resigned(&sum(&raw, &modulus))),
        ("too long", forge.claiming(&with(forge.claims(), "username", "a".repeat(4_000).into()))),
    ];
    for index in [0, 1, 127, 254, 255] {
        let mut altered = raw.clone();
        altered[index] ^= 0x10;
        tokens.push(("a bit of the signature", resigned(&altered)));
    }
    forge.refuses(tokens).await;
}

/// The sum of two big-endian numbers of equal length: congruent to the first when the second is the modulus.
fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0_u16;
    let mut out: Vec<u8> = a
        .iter()
        .zip(b)
        .rev()
        .map(|(a, b)| {
            carry += u16::from(*a) + u16::from(*b);
            let byte = (carry & 0xff) as u8;
            carry >>= 8;
            byte
        })
        .collect();
    if carry > 0 {
        out.push(1);
    }
    out.reverse();
    out
}

#[tokio::test]
async fn service_tokens_cannot_be_made_up() {
    let forge = Forge::new().await;
    let (now, tenant) = (forge.world.clock.now(), bugliano().id);
    let good = forge.world.service(tenant);
    let (claims, mac) = good.rsplit_once('.').unwrap();
    let old = ServiceToken::issue(forge.world.app.secret(), tenant, now.plus(jiff::SignedDuration::from_secs(-121)));
    forge
        .refuses([
            ("another secret", ServiceToken::issue(b"another secret", tenant, now)),
            ("expired", old),
            ("another tenant", good.replace(&tenant.to_string(), &vallelaghi().id.to_string())),
            ("a longer life", claims.replace(".1", ".2") + "." + mac),
            ("no code", format!("{claims}.")),
            ("a dot more", format!("{good}.")),
            ("padding", format!("{good}=")),
            ("the name alone", "sportello-service.".into()),
        ])
        .await;
    assert_eq!(forge.world.probe("comune-di-bugliano", &good).await.body["kind"], "Service");
    assert_eq!(forge.world.probe("comune-di-vallelaghi", &good).await.status, 404);
}

#[tokio::test]
async fn only_one_bearer_token_makes_a_caller() {
    let forge = Forge::new().await;
    let good = forge.good();
    for (header, status) in [
        (format!("Bearer {good}"), 200),
        (format!("bearer {good}"), 200),
        (format!("Basic {good}"), 401),
        (good.clone(), 401),
        (format!("Bearer {good}, Bearer {good}"), 401),
        (format!("Bearer {good} {good}"), 401),
        ("Bearer".into(), 401),
        ("Bearer ".into(), 401),
    ] {
        let answer = forge.world.call("GET", "/comune-di-bugliano/api/probe").header(AUTHORIZATION, &header).send().await;
        assert_eq!(answer.status.as_u16(), status, "{header}");
    }
    let nobody = forge.world.call("GET", "/comune-di-bugliano/api/probe").send().await;
    assert_eq!((nobody.status.as_u16(), nobody.header("www-authenticate")), (401, Some("Bearer")));
    let cookie_alone = forge.world.call("GET", "/comune-di-bugliano/api/probe").session(&good).send().await;
    assert_eq!(cookie_alone.status, 401, "cookies are for pages, never for the API");
}
