//! Settings of the interoperability platform.

use std::time::Duration;

use jiff::SignedDuration;
use kernel::Uuid;
use runtime::Settings;

use crate::rules::{Profile, Rules};
use crate::vouchers::assertion::Claims;
use crate::vouchers::limits::Limit;

/// Settings of the platform.
#[derive(Clone, Debug)]
pub struct Config {
    /// Every choice between the guide and the system in production.
    pub rules: Rules,
    /// Settings of the voucher server.
    pub vouchers: VoucherConfig,
    /// Requests of one body to the API of machines, and of one person to the back end of the pages.
    pub per_asker: Limit,
    /// Settings of the back end of the pages.
    pub bff: BffConfig,
}

/// Settings of the back end of the pages.
#[derive(Clone, Debug)]
pub struct BffConfig {
    /// Base of its addresses.
    pub path: String,
    /// Address of the keys that sign sessions; empty: nobody has one.
    pub session_keys: String,
    /// Who issues sessions (`iss`).
    pub session_issuer: String,
    /// Whom sessions are for (`aud`).
    pub session_audience: String,
    /// Whom identity tokens are for (`aud`), for which sessions are given.
    pub identity_audience: String,
    /// The version of the terms that people accept; another one asks them again.
    pub terms_version: Uuid,
    /// The version of the privacy notice that people accept.
    pub privacy_version: Uuid,
}

/// Settings of the voucher server.
#[derive(Clone, Debug)]
pub struct VoucherConfig {
    /// Who issues vouchers (`iss`).
    pub issuer: String,
    /// Audiences that an assertion may name.
    pub audiences: Vec<String>,
    /// Audience of vouchers for the API of the platform.
    pub api_audience: String,
    /// How long vouchers for the API live.
    pub api_lifespan: SignedDuration,
    /// Whether members that are not expected are refused.
    pub claims: Claims,
    /// Whether `iss` must be the client.
    pub issuer_is_client: bool,
    /// How far in the future an assertion may end.
    pub longest_assertion: SignedDuration,
    /// How much earlier than it is issued a voucher begins to count, for clocks that are late.
    pub early: SignedDuration,
    /// The exact address that a proof of possession names (`htu`).
    pub token_url: String,
    /// Requests of one client.
    pub per_client: Limit,
    /// Requests from one address.
    pub per_source: Limit,
    /// After how long the signing key is replaced.
    pub key_age: SignedDuration,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        Self { rules: rules(settings), vouchers: vouchers(settings), per_asker: per_asker(settings), bff: bff(settings) }
    }

    /// The same at a public address: what the settings write as `{url}` and `{host}`.
    #[must_use]
    pub fn at(mut self, public_url: &str) -> Self {
        let host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
        let place = |text: &mut String| *text = text.replace("{url}", public_url).replace("{host}", host);
        let Self { vouchers, bff, .. } = &mut self;
        let single = [
            &mut bff.session_audience,
            &mut bff.identity_audience,
            &mut vouchers.issuer,
            &mut vouchers.api_audience,
            &mut vouchers.token_url,
        ];
        single.into_iter().chain(&mut vouchers.audiences).for_each(place);
        self
    }
}

fn rules(settings: &mut Settings) -> Rules {
    let about = "insieme di regole: guide (la guida pubblicata) oppure as-built (il sistema in esercizio)";
    let own = Rules::of(settings.parse("SPORTELLO_INTEROP_PROFILE", Profile::Guide, about));
    let mut choose =
        |name: &str, default: bool, about: &str| settings.parse(&format!("SPORTELLO_INTEROP_{name}"), default, about);
    let verified_reuse = choose("VERIFIED_REUSE", own.verified_reuse, "vale anche la verifica fatta da un altro erogatore");
    let implicit_declaration = choose("IMPLICIT_DECLARATION", own.implicit_declaration, "chi si iscrive dichiara gli attributi");
    let auto_archive = choose("AUTO_ARCHIVE", own.auto_archive, "le versioni che nessuno usa più si archiviano da sole");
    let archive_agreements = choose("ARCHIVE_AGREEMENTS", own.archive_agreements, "il fruitore archivia le proprie richieste");
    let clone_any_state = choose("CLONE_ANY_STATE", own.clone_any_state, "si clonano versioni in qualsiasi stato");
    let attributes_frozen = choose("ATTRIBUTES_FROZEN", own.attributes_frozen, "gli attributi si fissano con la versione 1");
    let delete_keys_of_others =
        choose("DELETE_KEYS_OF_OTHERS", own.delete_keys_of_others, "un operatore elimina anche le chiavi dei colleghi");
    let personal_data_rule =
        choose("PERSONAL_DATA_RULE", own.personal_data_rule, "prima di pubblicare si dice se ci sono dati personali");
    let about = "approva la piattaforma le richieste complete, dove la versione non dice altro (altrimenti l'erogatore)";
    let automatic = choose("AUTOMATIC_APPROVAL", false, about);
    let about = "ultimo giorno di versioni dell'analisi del rischio, per esempio PA 3.0=2026-12-31";
    let risk_analysis_ends = settings.parse("SPORTELLO_INTEROP_RISK_ANALYSIS_ENDS", own.risk_analysis_ends.clone(), about);
    let origins = own.producer_origins.join(",");
    let origins = settings.text("SPORTELLO_INTEROP_PRODUCER_ORIGINS", &origins, "provenienze degli enti che possono erogare");
    Rules {
        verified_reuse,
        implicit_declaration,
        auto_archive,
        archive_agreements,
        clone_any_state,
        attributes_frozen,
        delete_keys_of_others,
        personal_data_rule,
        risk_analysis_ends,
        producer_origins: list(&origins),
        approval_policy: if automatic { crate::rules::ApprovalPolicy::Automatic } else { own.approval_policy },
    }
}

fn bff(settings: &mut Settings) -> BffConfig {
    let about = "indirizzo di base del back end delle pagine di interoperabilità";
    let path = settings.text("SPORTELLO_INTEROP_BFF_PATH", "/0.0/backend-for-frontend", about);
    if !path.starts_with('/') || path.ends_with('/') || path.contains(['{', '}', '?', '#']) {
        settings.reject("SPORTELLO_INTEROP_BFF_PATH", "usare un percorso come /0.0/backend-for-frontend");
    }
    let about = "indirizzo delle chiavi (JWKS) che firmano le sessioni del portale; vuoto: nessuna sessione è ammessa";
    let session_keys = settings.text("SPORTELLO_INTEROP_SESSION_JWKS", "", about);
    let session_issuer = settings.text("SPORTELLO_INTEROP_SESSION_ISSUER", "", "chi emette le sessioni del portale (iss)");
    let about = "aud delle sessioni del portale; {host} è il nome pubblico";
    let session_audience = settings.text("SPORTELLO_INTEROP_SESSION_AUDIENCE", "{host}/ui", about);
    let about = "aud dei token d'identità del portale, con cui si apre una sessione; {host} è il nome pubblico";
    let identity_audience = settings.text("SPORTELLO_INTEROP_IDENTITY_AUDIENCE", "{host}", about);
    let about = "versione (UUID) delle condizioni d'uso delle pagine; cambiandola si chiede di nuovo di accettarle";
    let terms_version = settings.parse("SPORTELLO_INTEROP_TERMS_VERSION", Uuid::from_u128(1), about);
    let about = "versione (UUID) dell'informativa sulla riservatezza delle pagine";
    let privacy_version = settings.parse("SPORTELLO_INTEROP_PRIVACY_VERSION", Uuid::from_u128(1), about);
    BffConfig { path, session_keys, session_issuer, session_audience, identity_audience, terms_version, privacy_version }
}

fn per_asker(settings: &mut Settings) -> Limit {
    let about = "richieste al secondo di un ente all'API M2M, e di una persona al back end delle pagine";
    let requests: u32 = settings.parse("SPORTELLO_INTEROP_LIMIT_PER_TENANT", 50, about);
    if requests == 0 {
        settings.reject("SPORTELLO_INTEROP_LIMIT_PER_TENANT", "usare un numero maggiore di zero".to_owned());
    }
    Limit { requests: requests.max(1), interval: Duration::from_secs(1) }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn vouchers(settings: &mut Settings) -> VoucherConfig {
    let issuer = settings.text("SPORTELLO_INTEROP_ISSUER", "{host}", "chi emette i voucher (iss); {host} è il nome pubblico");
    let about = "aud ammessi in un'asserzione, separati da virgole";
    let audiences = list(&settings.text("SPORTELLO_INTEROP_AUDIENCES", "{host}/client-assertion", about));
    let api_audience = settings.text("SPORTELLO_INTEROP_API_AUDIENCE", "{host}/m2m", "aud dei voucher per l'API M2M");
    let lenient = settings.parse("SPORTELLO_INTEROP_LENIENT_CLAIMS", false, "accetta asserzioni con campi non previsti");
    let issuer_is_client =
        settings.parse("SPORTELLO_INTEROP_ISSUER_IS_CLIENT", false, "rifiuta asserzioni con iss diverso da sub");
    let about = "indirizzo che una prova DPoP indica (htu); {url} è l'indirizzo pubblico";
    let token_url = settings.text("SPORTELLO_INTEROP_TOKEN_URL", "{url}/authorization-server/token.oauth2", about);
    let mut number = |name: &str, default: i64, least: i64, most: i64, about: &str| {
        let name = format!("SPORTELLO_INTEROP_{name}");
        let value = settings.parse(&name, default, about);
        if !(least..=most).contains(&value) {
            settings.reject(&name, format!("usare un numero da {least} a {most}"));
        }
        value.clamp(least, most)
    };
    const DAY: i64 = 86_400;
    let api_lifespan = number("API_VOUCHER_S", 600, 60, DAY, "secondi di validità dei voucher per l'API M2M");
    let longest = number("LONGEST_ASSERTION_S", 30 * DAY, 60, 400 * DAY, "secondi entro i quali un'asserzione deve scadere");
    let early = number("VOUCHER_EARLY_S", 0, 0, 300, "secondi di anticipo di nbf");
    let days = number("SIGNING_KEY_DAYS", 180, 0, 3650, "giorni dopo i quali la chiave che firma i voucher è sostituita");
    let interval = number("LIMIT_INTERVAL_MS", 1000, 10, 3_600_000, "millisecondi su cui si contano le richieste di voucher");
    let mut limit = |name: &str, default: i64, about: &str| Limit {
        requests: u32::try_from(number(name, default, 1, 1_000_000, about)).unwrap_or(u32::MAX),
        interval: Duration::from_millis(interval.unsigned_abs()),
    };
    let per_client = limit("LIMIT_PER_CLIENT", 10, "richieste di voucher di un client nell'intervallo");
    let per_source = limit("LIMIT_PER_SOURCE", 200, "richieste di voucher da un indirizzo nell'intervallo");
    VoucherConfig {
        issuer,
        audiences,
        api_audience,
        api_lifespan: SignedDuration::from_secs(api_lifespan),
        claims: if lenient { Claims::Lenient } else { Claims::Strict },
        issuer_is_client,
        longest_assertion: SignedDuration::from_secs(longest),
        early: SignedDuration::from_secs(early),
        token_url,
        per_client,
        per_source,
        key_age: SignedDuration::from_hours(24 * days),
    }
}
