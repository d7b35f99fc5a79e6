//! Users: the citizens, operators and administrators of a tenant (platform rules, "Users" and "Permissions").

pub mod api;
pub mod internal;
pub mod store;
mod wire;

use kernel::jiff::civil::Date;
use kernel::{FieldError, FiscalCode, OfficeId, RomeTime, ServiceId, UserId, Uuid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a user is to the tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A citizen; the user name is the fiscal code.
    #[default]
    User,
    /// A visitor who applied without signing in.
    Anonymous,
    /// Works on the applications of some services.
    Operator,
    /// Sets the tenant up, and may do what operators may.
    Admin,
}

impl Role {
    /// The name that the API and the database have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Anonymous => "anonymous",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::User, Self::Anonymous, Self::Operator, Self::Admin].into_iter().find(|role| role.as_str() == name)
    }

    /// What its tokens carry in `roles`.
    pub fn token_roles(self) -> &'static [&'static str] {
        match self {
            Self::User => &["ROLE_USER", "ROLE_CPS_USER"],
            Self::Anonymous => &["ROLE_USER"],
            Self::Operator => &["ROLE_USER", "ROLE_OPERATORE"],
            Self::Admin => &["ROLE_USER", "ROLE_ADMIN", "ROLE_OPERATORE_ADMIN"],
        }
    }

    /// Whether it works for the tenant.
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Operator | Self::Admin)
    }
}

/// A user, as version 2 of the API shows it and the database keeps it.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct User {
    /// Identifier.
    #[schema(value_type = Uuid)]
    pub id: UserId,
    /// What the user is to the tenant.
    pub role: Role,
    /// Name for signing in; of a citizen the fiscal code.
    pub username: String,
    /// First name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Fiscal code.
    #[schema(value_type = Option<String>)]
    pub fiscal_code: Option<FiscalCode>,
    /// Address for messages.
    pub email: Option<String>,
    /// Mobile telephone.
    pub mobile_phone: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Sex, as documents have it.
    pub sex: Option<Sex>,
    /// Birth.
    pub birth: Birth,
    /// Where mail finds the citizen.
    pub domicile: Address,
    /// Where the citizen is registered as a resident.
    pub residence: Address,
    /// Services whose applications an operator works on.
    #[schema(value_type = Vec<Uuid>)]
    pub enabled_services_ids: Vec<ServiceId>,
    /// Offices in which an operator works.
    #[schema(value_type = Vec<Uuid>)]
    pub user_groups_ids: Vec<OfficeId>,
    /// A program that works on the applications of every service.
    pub system_user: bool,
    /// When it was created.
    #[schema(value_type = Option<String>)]
    pub created_at: Option<RomeTime>,
    /// When it was last changed.
    #[schema(value_type = Option<String>)]
    pub updated_at: Option<RomeTime>,
}

/// Sex, as documents have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Sex {
    /// Femmina.
    #[serde(rename = "F")]
    Female,
    /// Maschio.
    #[serde(rename = "M")]
    Male,
}

/// When and where somebody was born.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Birth {
    /// Date, `YYYY-MM-DD`.
    #[schema(value_type = Option<String>)]
    pub date: Option<Date>,
    /// Municipality or foreign state.
    pub place: Option<String>,
    /// Its cadastral code.
    pub place_code: Option<String>,
    /// Province.
    pub county: Option<String>,
    /// State.
    pub country: Option<String>,
}

/// A postal address.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Address {
    /// Street and number.
    pub address: Option<String>,
    /// Postal code (CAP).
    pub postal_code: Option<String>,
    /// Municipality.
    pub municipality: Option<String>,
    /// Province.
    pub county: Option<String>,
    /// State.
    pub country: Option<String>,
}

/// What is wrong with the data of an administrator to be; for whoever makes something else before, which would then stand alone.
pub fn administrator_mistakes(username: &str, given_name: &str, family_name: &str) -> Vec<FieldError> {
    let [username, given_name, family_name] = [username, given_name, family_name].map(str::to_owned);
    User { username, given_name, family_name, ..User::new(UserId(Uuid::nil()), Role::Admin) }.mistakes()
}

/// Longest text of a user, in characters.
const MAX_TEXT: usize = 255;
/// Most services or offices of an operator.
const MAX_LIST: usize = 1_000;

impl User {
    /// A user of whom nothing but the identifier and the role is known.
    pub fn new(id: UserId, role: Role) -> Self {
        Self {
            id,
            role,
            username: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            fiscal_code: None,
            email: None,
            mobile_phone: None,
            phone: None,
            sex: None,
            birth: Birth::default(),
            domicile: Address::default(),
            residence: Address::default(),
            enabled_services_ids: Vec::new(),
            user_groups_ids: Vec::new(),
            system_user: false,
            created_at: None,
            updated_at: None,
        }
    }

    /// First and family name; the user name when there is none.
    pub fn full_name(&self) -> String {
        match format!("{} {}", self.given_name, self.family_name).trim() {
            "" => self.username.clone(),
            name => name.to_owned(),
        }
    }

    /// Whether this user may work on an application of `service` that is in charge of `operator` and `office`.
    pub fn may_handle(&self, service: ServiceId, operator: Option<UserId>, office: Option<OfficeId>) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Operator => {
                self.system_user
                    || operator == Some(self.id)
                    || self.enabled_services_ids.contains(&service)
                    || office.is_some_and(|office| self.user_groups_ids.contains(&office))
            }
            Role::User | Role::Anonymous => false,
        }
    }

    /// What lists are searched in and ordered by, in small letters: both orders of the names are found, the family name decides.
    pub fn search_name(&self) -> String {
        format!("{family} {} {family} {}", self.given_name, self.username, family = self.family_name).trim().to_lowercase()
    }

    /// Makes members that follow from others agree with them: the user name of a citizen, what only staff has.
    fn settle(&mut self) {
        if let (Role::User, Some(code)) = (self.role, self.fiscal_code) {
            self.username = code.to_string();
        }
        if self.role != Role::Operator {
            self.system_user = false;
        }
        if !self.role.is_staff() {
            self.enabled_services_ids.clear();
            self.user_groups_ids.clear();
        }
        self.enabled_services_ids.sort_unstable();
        self.enabled_services_ids.dedup();
        self.user_groups_ids.sort_unstable();
        self.user_groups_ids.dedup();
    }

    /// What is wrong with the user. Fields are JSON Pointers into version 2.
    fn mistakes(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, code: &str, message: &str| errors.push(FieldError::new(field, code, message));
        for (field, text) in [("/given_name", &self.given_name), ("/family_name", &self.family_name)] {
            if text.trim().is_empty() {
                wrong(field, "required", "Questo campo è obbligatorio.");
            }
        }
        match self.role {
            Role::User if self.fiscal_code.is_none() => {
                wrong("/fiscal_code", "required", "Indicare il codice fiscale del cittadino.")
            }
            // Whoever signs in with that fiscal code would be taken for this operator.
            Role::Operator | Role::Admin if self.username.parse::<FiscalCode>().is_ok() => {
                wrong("/username", "pattern", "Il nome utente di un operatore non può essere un codice fiscale.");
            }
            Role::Operator | Role::Admin if !is_username(&self.username) => {
                wrong("/username", "pattern", "Usare da 3 a 64 lettere, cifre, punti, trattini o chioccioline.");
            }
            Role::Anonymous => wrong("/role", "enum", "Usare user, operator o admin."),
            _ => {}
        }
        if self.email.as_deref().is_some_and(|email| !is_email(email)) {
            wrong("/email", "email", "Indicare un indirizzo di posta elettronica, per esempio nome@example.it.");
        }
        for (field, number) in [("/mobile_phone", &self.mobile_phone), ("/phone", &self.phone)] {
            if number.as_deref().is_some_and(|number| !is_phone(number)) {
                wrong(field, "pattern", "Usare cifre, spazi e il segno + iniziale, al massimo 32 caratteri.");
            }
        }
        for (field, text) in self.texts() {
            if text.chars().count() > MAX_TEXT || text.contains(char::is_control) {
                wrong(field, "max_length", "Usare una sola riga di al massimo 255 caratteri.");
            }
        }
        if self.enabled_services_ids.len().max(self.user_groups_ids.len()) > MAX_LIST {
            wrong("/enabled_services_ids", "max_items", "Indicare al massimo 1000 servizi e 1000 uffici.");
        }
        errors
    }

    /// The free texts, with where they stand.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let (birth, domicile, residence) = (&self.birth, &self.domicile, &self.residence);
        let optional = [
            ("/birth/place", &birth.place),
            ("/birth/place_code", &birth.place_code),
            ("/birth/county", &birth.county),
            ("/birth/country", &birth.country),
            ("/domicile/address", &domicile.address),
            ("/domicile/postal_code", &domicile.postal_code),
            ("/domicile/municipality", &domicile.municipality),
            ("/domicile/county", &domicile.county),
            ("/domicile/country", &domicile.country),
            ("/residence/address", &residence.address),
            ("/residence/postal_code", &residence.postal_code),
            ("/residence/municipality", &residence.municipality),
            ("/residence/county", &residence.county),
            ("/residence/country", &residence.country),
        ];
        let names = [("/given_name", &self.given_name), ("/family_name", &self.family_name)];
        names.into_iter().chain(optional.into_iter().filter_map(|(field, text)| Some((field, text.as_ref()?))))
    }
}

impl Default for User {
    fn default() -> Self {
        Self::new(UserId(Uuid::nil()), Role::default())
    }
}

/// Names, codes and addresses are personal data and never end in logs.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

fn is_username(text: &str) -> bool {
    (3..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte))
}

/// Whether a text can be an address of electronic mail: one `@`, a domain with a dot, nothing that could break a header. Whether somebody
/// reads there only a message tells.
pub fn is_email(text: &str) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>()[],;:\\\"@".contains(&byte));
    let Some((local, domain)) = text.split_once('@') else { return false };
    let labels = || domain.split('.');
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && plain(local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && labels().count() > 1
        && labels().all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 5 && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_digit() || b"+ -./()".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator() -> User {
        User {
            username: "anna".into(),
            given_name: "Anna".into(),
            family_name: "Ferri".into(),
            ..User::new(UserId(Uuid::from_u128(1)), Role::Operator)
        }
    }

    #[test]
    fn who_may_work_on_an_application() {
        let (service, other) = (ServiceId(Uuid::from_u128(2)), ServiceId(Uuid::from_u128(3)));
        let office = OfficeId(Uuid::from_u128(4));
        let enabled = User { enabled_services_ids: vec![service], ..operator() };
        let member = User { user_groups_ids: vec![office], ..operator() };
        let program = User { system_user: true, ..operator() };
        let admin = User { role: Role::Admin, ..operator() };
        let citizen = User { role: Role::User, enabled_services_ids: vec![service], ..operator() };
        assert!(enabled.may_handle(service, None, None) && !enabled.may_handle(other, None, None));
        assert!(member.may_handle(service, None, Some(office)) && !member.may_handle(service, None, None));
        assert!(
            operator().may_handle(service, Some(operator().id), None)
                && !operator().may_handle(service, Some(UserId(Uuid::nil())), None)
        );
        assert!(program.may_handle(service, None, None) && admin.may_handle(service, None, None));
        assert!(!citizen.may_handle(service, Some(citizen.id), None));
    }

    #[test]
    fn names_are_found_in_both_orders_and_sorted_by_family_name() {
        let name = operator().search_name();
        assert!(name.starts_with("ferri") && name.contains("anna ferri") && name.contains("ferri anna"));
    }

    #[test]
    fn nobody_who_is_no_citizen_takes_a_fiscal_code_as_user_name() {
        let impostor = User { username: "RSSMRA80A01H501U".into(), ..operator() };
        assert_eq!(impostor.mistakes()[0].field, "/username");
        assert!(operator().mistakes().is_empty());
    }

    #[test]
    fn sane_addresses_pass_and_headers_do_not() {
        for good in ["a@b.it", "mario.rossi+pratiche@posta.example.org", "o'neil@xn--caff-dpa.it"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "a@@b.it",
            "a@b..it",
            ".a@b.it",
            "a b@c.it",
            "a@b.it\r\nBcc: c@d.it",
            "<a@b.it>",
            "a@b.it,c@d.it",
            "à@b.it",
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_only_staff_has_is_taken_from_citizens() {
        let mut user = User { role: Role::User, fiscal_code: "RSSMRA80A01H501U".parse().ok(), system_user: true, ..operator() };
        user.enabled_services_ids = vec![ServiceId(Uuid::nil())];
        user.settle();
        assert_eq!((user.username.as_str(), user.system_user, user.enabled_services_ids.len()), ("RSSMRA80A01H501U", false, 0));
    }

    #[test]
    fn debug_shows_no_names() {
        assert!(!format!("{:?}", operator()).contains("Ferri"));
    }
}
