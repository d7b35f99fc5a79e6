//! Who somebody is: passwords and other ways to sign in, sessions, and the signed tokens by which every other role knows its callers
//! (developers' documentation, "API ReST", "SSO mediante JWT", "SSO mediante oAuth2").

mod api;
mod clients;
mod context;
mod cors;
mod errors;
mod jobs;
mod keys;
mod oauth;
mod opaque;
mod password;
mod providers;
mod session;
mod sign_in;
mod store;
mod throttle;

use context::Context;
use jiff::SignedDuration;
use oauth::LoginProvider;
pub use password::weakness as password_weakness;
use runtime::{App, Role, Settings};
use session::Lifetimes;

/// The tables of this context.
pub const MIGRATIONS: storage::Migrations = storage::migrations!("identity", "V1__init", "V2__sign_ins_elsewhere");

/// Settings of the identity role.
#[derive(Clone, Debug)]
pub struct Config {
    token: SignedDuration,
    sessions: Lifetimes,
    key_age: SignedDuration,
    login: Option<LoginProvider>,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let mut seconds = |name: &str, default: i64, longest: i64, about: &str| {
            let value = settings.parse(name, default, about);
            if !(60..=longest).contains(&value) {
                settings.reject(name, format!("usare un numero di secondi da 60 a {longest}"));
            }
            SignedDuration::from_secs(value.clamp(60, longest))
        };
        const DAY: i64 = 24 * 3600;
        let token = seconds("SPORTELLO_TOKEN_LIFETIME_S", 3600, 10 * DAY, "secondi di validità di un token");
        let idle = seconds("SPORTELLO_SESSION_IDLE_S", 1800, DAY, "secondi di inattività dopo i quali una sessione scade");
        let longest =
            seconds("SPORTELLO_SESSION_LIFETIME_S", 12 * 3600, 30 * DAY, "secondi dopo i quali una sessione scade comunque");
        let days =
            settings.parse("SPORTELLO_SIGNING_KEY_DAYS", 180_u16, "giorni dopo i quali la chiave che firma i token è sostituita");
        let key_age = SignedDuration::from_hours(24 * i64::from(days));
        Self { token, sessions: Lifetimes { idle, longest }, key_age, login: LoginProvider::read(settings) }
    }
}

/// The roles of this context: one, `identity`.
pub fn roles(app: &App, config: Config) -> Vec<Role> {
    let context = Context::new(app.clone(), config);
    let mut role = web::role("identity", "Accesso, sessioni e token", api::routes().with_state(context.clone()));
    role.jobs = jobs::all(&context);
    vec![role]
}
