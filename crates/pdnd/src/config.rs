//! Settings of the connector.

use std::time::Duration;

use jiff::SignedDuration;
use runtime::Settings;

/// Settings of the connector.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where vouchers of the platform in production are asked for.
    pub token_url: String,
    /// The same in the environment for tests.
    pub test_token_url: String,
    /// The same of this installation's own platform; `{url}` is the public address.
    pub own_token_url: String,
    /// How sure it is who asks, as providers are told (`LoA`).
    pub level_of_assurance: String,
    /// How long a provider or the platform may take to answer.
    pub timeout: Duration,
    /// How long an answer is given again without asking; zero: never.
    pub remembered: SignedDuration,
    /// How long the signature of an answer holds.
    pub holds: SignedDuration,
    /// How long vouchers and validations are kept, in months.
    pub kept_months: i32,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let about = "indirizzo da cui si ottengono i voucher in produzione";
        let token_url = settings.text("SPORTELLO_PDND_TOKEN_URL", "https://auth.interop.pagopa.it/token.oauth2", about);
        let about = "indirizzo da cui si ottengono i voucher in collaudo";
        let test_url = "https://auth.uat.interop.pagopa.it/token.oauth2";
        let test_token_url = settings.text("SPORTELLO_PDND_TEST_TOKEN_URL", test_url, about);
        let about = "indirizzo dei voucher della piattaforma di questa installazione; {url} è l'indirizzo pubblico";
        let own_url = "{url}/authorization-server/token.oauth2";
        let own_token_url = settings.text("SPORTELLO_PDND_OWN_TOKEN_URL", own_url, about);
        let about = "livello di autenticazione dichiarato agli erogatori (LoA)";
        let level_of_assurance = settings.text("SPORTELLO_PDND_LOA", "LOA3", about);
        let mut number = |name: &str, default: i64, least: i64, most: i64, about: &str| {
            let value = settings.parse(name, default, about);
            if !(least..=most).contains(&value) {
                settings.reject(name, format!("usare un numero da {least} a {most}"));
            }
            value.clamp(least, most)
        };
        let timeout = number("SPORTELLO_PDND_TIMEOUT_S", 10, 1, 14, "secondi concessi a un erogatore per rispondere");
        let remembered =
            number("SPORTELLO_PDND_CACHE_MINUTES", 60, 0, 24 * 60, "minuti per cui una risposta vale senza richiederla; 0: mai");
        let holds = number("SPORTELLO_PDND_SIGNATURE_DAYS", 90, 1, 3650, "giorni per cui vale la firma di una risposta");
        let kept = number("SPORTELLO_PDND_KEEP_MONTHS", 24, 24, 240, "mesi per cui si conservano voucher e validazioni");
        Self {
            token_url,
            test_token_url,
            own_token_url,
            level_of_assurance,
            timeout: Duration::from_secs(timeout.unsigned_abs()),
            remembered: SignedDuration::from_mins(remembered),
            holds: SignedDuration::from_hours(24 * holds),
            kept_months: i32::try_from(kept).unwrap_or(24),
        }
    }
}
