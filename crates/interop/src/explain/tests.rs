//! The verdicts, in the shapes that administrators' scripts expect.

use serde_json::{Value, json};

use super::*;
use crate::rules::Profile;
use crate::vouchers::testing::{KeyPair, RSA_1024_PEM};

fn at(text: &str) -> RomeTime {
    serde_json::from_value(text.into()).unwrap()
}

fn verdict(subject: Subject, case: &Value, profile: Profile) -> Value {
    line(subject, &case.to_string(), &Rules::of(profile), at("2026-03-02T09:00:00Z")).unwrap()
}

fn case(state: &str, verifier: &str, suspended_by_consumer: bool) -> Value {
    json!({
        "agreement": { "state": state, "producerId": "erogatore", "consumerId": "fruitore" },
        "descriptor": {
            "attributes": { "certified": [[{ "id": "c1" }, { "id": "c2" }]], "declared": [[{ "id": "d" }]], "verified": [[{ "id": "v" }]] },
            "agreementApprovalPolicy": "Manual",
        },
        "tenant": { "attributes": [
            { "id": "c2", "type": "PersistentCertifiedAttribute" },
            { "id": "d", "type": "PersistentDeclaredAttribute" },
            { "id": "v", "type": "PersistentVerifiedAttribute", "revokedBy": [],
              "verifiedBy": [{ "id": verifier, "verificationDate": "2026-01-01T00:00:00.000Z", "expirationDate": "2026-03-02T09:00:01Z" }] },
        ] },
        "suspendedByConsumer": suspended_by_consumer,
    })
}

#[test]
fn an_agreement_is_explained_by_attributes_and_with_suspensions() {
    let explain = |case: Value, profile| verdict(Subject::Agreement, &case, profile);
    let active = json!({ "byAttributes": "Active", "final": "Active" });
    assert_eq!(explain(case("Suspended", "erogatore", false), Profile::AsBuilt), active);
    assert_eq!(
        explain(case("Active", "erogatore", true), Profile::AsBuilt),
        json!({ "byAttributes": "Active", "final": "Suspended" })
    );
    let suspended = json!({ "byAttributes": "Suspended", "final": "Suspended" });
    assert_eq!(explain(case("Active", "altro", false), Profile::AsBuilt), suspended);
    assert_eq!(explain(case("Active", "altro", false), Profile::Guide), active, "another's word counts in the guide");
    let mut lost = case("PENDING", "erogatore", false);
    lost["tenant"]["attributes"][0]["revocationTimestamp"] = "2026-01-01T00:00:00Z".into();
    let missing = json!({ "byAttributes": "MissingCertifiedAttributes", "final": "MissingCertifiedAttributes" });
    assert_eq!(explain(lost, Profile::Guide), missing);
}

#[test]
fn an_analysis_is_explained_by_the_names_of_its_issues() {
    let mut case = json!({ "kind": "PA", "version": "3.1", "schemaOnly": false, "personalData": false, "answers": {
        "purpose": ["INSTITUTIONAL"], "institutionalPurpose": ["Prova"], "usesPersonalData": ["NO"],
        "usesThirdPartyPersonalData": ["NO"], "isRequestOnBehalfOfThirdParties": ["NO"] } });
    assert_eq!(verdict(Subject::RiskAnalysis, &case, Profile::Guide), json!({ "type": "valid", "issues": [] }));
    case["answers"]["whim"] = json!(["YES"]);
    assert_eq!(
        verdict(Subject::RiskAnalysis, &case, Profile::Guide),
        json!({ "type": "invalid", "issues": ["unexpectedFieldError"] })
    );
}

#[test]
fn an_assertion_is_explained_three_ways() {
    let pair = KeyPair::draw();
    let client = "6f0f8f0e-6a1c-4a43-9d5f-1f6f9a3b1c01";
    let now = at("2026-03-02T09:00:00Z").as_second();
    let header = json!({ "alg": "RS256", "kid": pair.public().thumbprint() });
    let payload = json!({ "iss": client, "sub": client, "aud": "aud", "jti": "1", "iat": now, "exp": now - 1, "nbf": now });
    let mut case =
        json!({ "jws": pair.sign(&header, &payload), "client_id": client, "audience": "aud", "public_key_pem": pair.pem() });
    let expected = json!({ "strict": ["clientAssertionInvalidClaims"], "lenient": [], "signature": ["tokenExpiredError"] });
    assert_eq!(verdict(Subject::Assertion, &case, Profile::Guide), expected);
    case["public_key_pem"] = RSA_1024_PEM.into();
    let verdict_of = |case: &Value| verdict(Subject::Assertion, case, Profile::Guide);
    assert_eq!(verdict_of(&case)["signature"], json!(["unexpectedClientAssertionSignatureVerificationError"]));
    case["jws"] = "a.b".into();
    assert_eq!(verdict_of(&case)["lenient"], json!(["invalidClientAssertionFormat"]));
}

#[test]
fn a_line_that_cannot_be_read_is_an_error() {
    assert!(line(Subject::Agreement, "{}", &Rules::of(Profile::Guide), at("2026-03-02T09:00:00Z")).is_err());
}
