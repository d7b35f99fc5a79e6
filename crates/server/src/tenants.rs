//! `sportello tenants` and `sportello users`: how an installation gets its first tenant, and an administrator a way in. Nothing is written
//! here: the roles are asked, in this process or where the settings say they run, so their rules hold.

use std::io::BufRead;

use clap::Args;
use kernel::{FieldError, Rng, TenantId, Uuid};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::{App, Peer, PeerError, PeerRequest, Settings};
use serde::Deserialize;
use serde_json::{Value, json};
use web::TenantInfo;

use crate::tools::{Failure, assemble, plan, say};

/// Letters and digits that nobody takes for each other.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Role of an administrator in tokens.
const ADMIN: &str = "ROLE_ADMIN";

/// A tenant to be, and who administers it.
#[derive(Debug, Args)]
pub struct NewTenant {
    /// Primo segmento dei suoi indirizzi, per esempio comune-di-bugliano
    #[arg(long)]
    slug: String,
    /// Nome, come lo conoscono i cittadini
    #[arg(long, value_name = "NOME")]
    name: String,
    /// Codice IPA
    #[arg(long, alias = "ipa", value_name = "CODICE")]
    ipa_code: String,
    /// Codice fiscale dell'ente, 11 cifre
    #[arg(long, value_name = "CODICE")]
    tax_code: String,
    /// Identificativo, se l'ente ne ha già uno; altrimenti è generato
    #[arg(long, value_name = "UUID")]
    id: Option<Uuid>,
    /// Nome utente del primo amministratore
    #[arg(long, value_name = "NOME")]
    administrator_username: String,
    /// Nome di battesimo del primo amministratore
    #[arg(long, value_name = "NOME")]
    administrator_given_name: String,
    /// Cognome del primo amministratore
    #[arg(long, value_name = "COGNOME")]
    administrator_family_name: String,
    #[command(flatten)]
    password: PasswordSource,
}

/// Whose password is to be replaced.
#[derive(Debug, Args)]
pub struct Reset {
    /// Slug dell'ente
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Nome utente
    #[arg(long, value_name = "NOME")]
    username: String,
    #[command(flatten)]
    password: PasswordSource,
}

/// Where a password comes from: never from an argument, which other users of the machine can read.
#[derive(Debug, Args)]
struct PasswordSource {
    /// Legge la password dalla prima riga di standard input, invece di generarne una e mostrarla
    #[arg(long)]
    password_stdin: bool,
}

/// A password, and whether its owner has still to be told.
struct Password {
    text: String,
    drawn: bool,
}

impl PasswordSource {
    /// The password for `username`, checked before anything is stored.
    fn read(&self, username: &str, rng: &Rng) -> Result<Password, Failure> {
        if !self.password_stdin {
            return Ok(Password { text: draw(rng), drawn: true });
        }
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        let text = line.trim_end_matches(['\n', '\r']).to_owned();
        match identity::password_weakness(username, &text) {
            Some(reason) => Err(Failure::Said(format!("La password letta da standard input non va bene. {reason}"))),
            None => Ok(Password { text, drawn: false }),
        }
    }
}

/// A password of 20 characters, 99 bits, that can be read out on the telephone.
fn draw(rng: &Rng) -> String {
    let letters = u64::try_from(ALPHABET.len()).unwrap_or(u64::MAX);
    let letter = || usize::try_from(rng.below(letters)).map_or('a', |index| char::from(ALPHABET[index]));
    let group = || (0..5).map(|_| letter()).collect::<String>();
    [group(), group(), group(), group()].join("-")
}

/// A user, as the platform tells the other roles.
#[derive(Deserialize)]
struct Known {
    id: Uuid,
    roles: Vec<String>,
}

/// `tenants list`.
pub async fn list(settings: Settings) -> Result<(), Failure> {
    let assembled = assemble(plan(settings)?).await?;
    for Listed { id, slug, name } in all_tenants(&assembled.app).await? {
        say(&format!("{id}  {slug:<40}  {name}"))?;
    }
    Ok(())
}

/// `tenants create`. What is there already is left as it is, so the command may be given again.
pub async fn create(settings: Settings, new: NewTenant) -> Result<(), Failure> {
    let assembled = assemble(plan(settings)?).await?;
    let app = &assembled.app;
    // Everything that can be told is told before the tenant is stored.
    let password = new.password.read(&new.administrator_username, app.rng())?;
    let mistakes = platform::administrator_mistakes(
        &new.administrator_username,
        &new.administrator_given_name,
        &new.administrator_family_name,
    );
    if !mistakes.is_empty() {
        let mistakes = options(&mistakes, "administrator-");
        return Err(Failure::Said(format!("I dati dell'amministratore non vanno bene: non è stato creato nulla.{mistakes}")));
    }
    let tenant = settle_tenant(app, &new).await?;
    let username = &new.administrator_username;
    match find_user(app, tenant, username).await? {
        Some(known) if known.roles.iter().any(|role| role == ADMIN) => say(&format!(
            "L'amministratore {username} esiste già: la password non è stata cambiata.\n\
             Per impostarne un'altra: sportello users reset-password --tenant {} --username {username}",
            new.slug
        ))?,
        Some(_) => {
            let reason = "esiste già nell'ente, ma non è amministratore: scegliere un altro nome utente";
            return Err(Failure::Said(format!("L'utente {username} {reason}.")));
        }
        None => {
            let id = app.rng().uuid_at(app.clock().now());
            let user = json!({ "role": "admin", "username": username,
                "given_name": new.administrator_given_name, "family_name": new.administrator_family_name });
            let path = format!("/{}/api/users/{id}?version=2", new.slug);
            put(app, Peer::Platform, path, tenant, &user)
                .await
                .map_err(|error| refusal("L'amministratore non è stato creato", &error, "administrator-"))?;
            set_password(app, tenant, &new.slug, id, username, &password.text).await?;
            say(&format!("Amministratore creato: {username}."))?;
            show(&password)?;
        }
    }
    say(&format!("Accesso: {}/{}/it/login", app.public_url(), new.slug))
}

/// `users reset-password`.
pub async fn reset_password(settings: Settings, reset: Reset) -> Result<(), Failure> {
    let assembled = assemble(plan(settings)?).await?;
    let app = &assembled.app;
    let Reset { tenant: slug, username, password } = reset;
    let password = password.read(&username, app.rng())?;
    let Some(tenant) = find_tenant(app, &slug).await? else {
        return Err(Failure::Said(format!("L'ente {slug} non esiste; l'elenco è in: sportello tenants list")));
    };
    let Some(user) = find_user(app, tenant.id, &username).await? else {
        return Err(Failure::Said(format!("L'ente {slug} non ha un utente {username}.")));
    };
    set_password(app, tenant.id, &slug, user.id, &username, &password.text).await?;
    say(&format!("Password di {username} cambiata; le sue sessioni sono chiuse."))?;
    show(&password)
}

/// The tenant, made unless it is there.
async fn settle_tenant(app: &App, new: &NewTenant) -> Result<TenantId, Failure> {
    if let Some(tenant) = find_tenant(app, &new.slug).await? {
        let differs = [
            ("--name", new.name == tenant.name),
            ("--ipa-code", new.ipa_code == tenant.ipa_code),
            ("--tax-code", new.tax_code == tenant.tax_code),
            ("--id", new.id.is_none_or(|id| TenantId(id) == tenant.id)),
        ];
        let differs: Vec<_> = differs.iter().filter(|(_, same)| !same).map(|(option, _)| *option).collect();
        if !differs.is_empty() {
            let options = differs.join(", ");
            return Err(Failure::Said(format!(
                "L'ente {} esiste già con altri dati ({options}): non è stato cambiato nulla.",
                new.slug
            )));
        }
        say(&format!("L'ente {} esiste già ({}): non è stato cambiato.", new.slug, tenant.id))?;
        return Ok(tenant.id);
    }
    let id = TenantId(new.id.unwrap_or_else(|| app.rng().uuid()));
    let tenant = json!({ "slug": new.slug, "name": new.name, "ipa_code": new.ipa_code, "tax_code": new.tax_code });
    put(app, Peer::Platform, format!("/internal/tenants/{id}"), id, &tenant)
        .await
        .map_err(|error| refusal("L'ente non è stato creato", &error, ""))?;
    say(&format!("Ente creato: {} ({}, {id}).", new.name, new.slug))?;
    Ok(id)
}

/// A tenant, as the platform lists it.
#[derive(Deserialize)]
struct Listed {
    id: Uuid,
    slug: String,
    name: String,
}

async fn all_tenants(app: &App) -> Result<Vec<Listed>, Failure> {
    let answer = app.peer(Peer::Platform).get("/internal/tenants/all").send().await;
    answer.and_then(|answer| answer.json()).map_err(|error| refusal("Gli enti non si possono elencare", &error, ""))
}

async fn find_tenant(app: &App, slug: &str) -> Result<Option<TenantInfo>, Failure> {
    let path = format!("/internal/tenants?slug={}", utf8_percent_encode(slug, NON_ALPHANUMERIC));
    found(app.peer(Peer::Platform).get(path)).await
}

async fn find_user(app: &App, tenant: TenantId, username: &str) -> Result<Option<Known>, Failure> {
    let path = format!("/internal/users?username={}", utf8_percent_encode(username, NON_ALPHANUMERIC));
    found(app.peer(Peer::Platform).get(path).service(tenant)).await
}

/// What is asked for; `None` when there is none.
async fn found<T: serde::de::DeserializeOwned>(request: PeerRequest) -> Result<Option<T>, Failure> {
    match request.send().await.and_then(|answer| answer.json()) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(refusal("La ricerca non è riuscita", &error, "")),
    }
}

async fn set_password(
    app: &App,
    tenant: TenantId,
    slug: &str,
    user: Uuid,
    username: &str,
    password: &str,
) -> Result<(), Failure> {
    let path = format!("/{slug}/api/users/{user}/password");
    let credential = json!({ "username": username, "password": password });
    put(app, Peer::Identity, path, tenant, &credential).await.map_err(|error| {
        let again = format!("sportello users reset-password --tenant {slug} --username {username}");
        let Failure::Said(reason) = refusal("La password non è stata impostata", &error, "") else { unreachable!() };
        Failure::Said(format!("{reason}\nPer riprovare: {again}"))
    })
}

async fn put(app: &App, peer: Peer, path: String, tenant: TenantId, body: &Value) -> Result<(), PeerError> {
    app.peer(peer).put(path).service(tenant).json(body).send().await.map(drop)
}

/// Why a role did not do what it was asked, with the options to be corrected; `prefix` is what those of this request begin with.
fn refusal(what: &str, error: &PeerError, prefix: &str) -> Failure {
    let PeerError::Refused(_, problem) = error else {
        return Failure::Said(format!(
            "{what}: {error}. I ruoli platform e identity devono essere avviati qui o agli indirizzi indicati."
        ));
    };
    let detail = problem.detail.as_deref().unwrap_or("vedere sportello doctor.");
    Failure::Said(format!("{what}. {}: {detail}{}", problem.title, options(&problem.errors, prefix)))
}

/// A line for each wrong field, under the name of its option.
fn options(mistakes: &[FieldError], prefix: &str) -> String {
    let line = |wrong: &FieldError| {
        let option = wrong.field.trim_start_matches('/').replace('_', "-");
        format!("\n  --{prefix}{option}: {}", wrong.message)
    };
    mistakes.iter().map(line).collect()
}

/// Shows a password that nobody knows yet, this once.
fn show(password: &Password) -> Result<(), Failure> {
    if password.drawn { say(&format!("Password, che non sarà mostrata di nuovo: {}", password.text)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_drawn_from_the_whole_alphabet_and_may_be_chosen() {
        let rng = Rng::seeded(1);
        let drawn: Vec<_> = (0..200).map(|_| draw(&rng)).collect();
        assert!(
            drawn.iter().all(|password| password.len() == 23 && identity::password_weakness("ada.mininni", password).is_none())
        );
        let used = drawn.concat();
        assert!(ALPHABET.iter().all(|letter| used.contains(char::from(*letter))), "{used}");
    }
}
