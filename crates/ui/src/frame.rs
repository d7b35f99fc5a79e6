//! What surrounds every page: header, navigation, language menu, footer.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::assets;
use crate::i18n::{Locale, Messages};
use crate::markup::Html;
use crate::session::{Role, Viewer};
use crate::tenant::Tenant;

/// The data of `base.html`; every page's template has it as `f`.
pub struct Frame {
    /// The texts of the page's language.
    pub t: &'static Messages,
    /// The language.
    pub locale: Locale,
    /// The public body.
    pub tenant: Arc<Tenant>,
    /// Who looks.
    pub viewer: Option<Arc<Viewer>>,
    /// Address below the tenant and language.
    pub here: String,
    /// The value of every form's hidden field.
    pub csrf: String,
    /// What has just been done, said once at the top.
    pub notice: Option<&'static str>,
}

/// An entry of the navigation.
pub struct NavItem {
    /// Address.
    pub href: String,
    /// Text.
    pub label: &'static str,
    /// The visitor is in this part.
    pub current: bool,
}

impl Frame {
    /// `/{tenant}/{locale}`.
    pub fn root(&self) -> String {
        format!("/{}/{}", self.tenant.prefix, self.locale.code())
    }

    /// The address of an asset.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// An icon of the sprite, invisible to screen readers: the text beside it says the same.
    pub fn icon(&self, name: &str, classes: &str) -> Html {
        Html(format!(
            r#"<svg class="icon {classes}" aria-hidden="true"><use href="{}#{name}"></use></svg>"#,
            assets::address("sprites.svg")
        ))
    }

    /// The hidden field that proves that a form is ours.
    pub fn csrf_field(&self) -> Html {
        Html(format!(r#"<input type="hidden" name="csrf" value="{}">"#, self.csrf))
    }

    /// The entries that this visitor may use.
    pub fn nav(&self) -> Vec<NavItem> {
        let t = self.t;
        let mut items = vec![("/servizi", t.nav_services)];
        match self.viewer.as_ref().map(|viewer| viewer.role) {
            Some(Role::Citizen) => items.extend([
                ("/pratiche", t.nav_applications),
                ("/documenti", t.nav_documents),
                ("/pagamenti", t.payments_title),
                ("/messaggi", t.io_title),
            ]),
            Some(Role::Operator) => items.extend([("/operatori", t.nav_inbox), ("/operatori/pagamenti", t.payments_title)]),
            Some(Role::Admin) => {
                items.extend([("/operatori", t.nav_inbox), ("/operatori/pagamenti", t.payments_title), ("/admin", t.nav_admin)]);
            }
            None => {}
        }
        if self.viewer.as_ref().is_some_and(|viewer| viewer.duty.is_some()) {
            items.push(("/ioservice", t.lots_nav));
        }
        if self.viewer.as_ref().is_some_and(|viewer| viewer.interop.is_some()) {
            items.push(("/interop", t.interop_title));
        }
        let root = self.root();
        let here = self.here.split('?').next().unwrap_or_default();
        // The most precise entry is the current one: what is below `/operatori/pagamenti` is below `/operatori` too.
        let holds = |path: &str| here == path || here.starts_with(&format!("{path}/"));
        let current = items.iter().map(|(path, _)| *path).filter(|path| holds(path)).max_by_key(|path| path.len());
        items
            .into_iter()
            .map(|(path, label)| NavItem { href: format!("{root}{path}"), label, current: current == Some(path) })
            .collect()
    }

    /// The same page in every language: address, language, whether it is this one.
    pub fn languages(&self) -> Vec<(String, Locale, bool)> {
        let here = &self.here;
        Locale::ALL
            .into_iter()
            .map(|locale| (format!("/{}/{}{here}", self.tenant.prefix, locale.code()), locale, locale == self.locale))
            .collect()
    }

    /// The sign-in page, which brings back here.
    pub fn login_url(&self) -> String {
        if self.here.starts_with("/login") || self.here == "/" {
            return format!("{}/login", self.root());
        }
        let here = format!("{}{}", self.root(), self.here);
        format!(
            "{}/login?return-url={}",
            self.root(),
            percent_encoding::utf8_percent_encode(&here, percent_encoding::NON_ALPHANUMERIC)
        )
    }

    /// The initials in the user's button.
    pub fn initials(&self) -> String {
        let name = self.viewer.as_ref().map(|viewer| viewer.name.as_str()).unwrap_or_default();
        name.split_whitespace().filter_map(|word| word.chars().next()).take(2).fold(String::new(), |mut text, letter| {
            let _ = write!(text, "{}", letter.to_uppercase()); // writing to memory does not fail
            text
        })
    }

    /// Whether this visitor is a citizen (or nobody yet).
    pub fn is_staff(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.role != Role::Citizen)
    }
}
