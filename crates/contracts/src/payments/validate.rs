//! The rules of the payment event 2.0 (developers' documentation, payment event "Versione 2.0", "Validazione campi").

use kernel::{FieldError, Iban, Money};

use super::{Link, Method, Payment, PaymentType, PaymentV2, Person, Receiver};
use crate::checks::{Checks, is_app_id, is_code};

/// What the parts of a split sum up to when they are shares of the amount instead of parts of it.
const WHOLE: i64 = 100;

impl PaymentV2 {
    /// Every member that breaks a rule of the event; empty when the event may be published or acted on. Fields are JSON Pointers.
    ///
    /// Whether the kind of payment is one that a proxy implements, and whether the status may follow the one before, is not told by the
    /// event alone and is not checked here.
    pub fn validate(&self) -> Vec<FieldError> {
        let mut checks = Checks::default();
        checks.required("/type", self.kind.as_str());
        checks.max_length("/type", Some(self.kind.as_str()), 50);
        checks.max_length("/reason", self.reason.as_deref(), 140);
        self.payment.check(&mut checks);
        check_links(self, &mut checks);
        self.payer.check("/payer", &mut checks);
        if let Some(debtor) = &self.debtor {
            debtor.check("/debtor", &mut checks);
        }
        checks.max_length("/app_id", Some(&self.app_id), 100);
        checks.expect(
            is_app_id(&self.app_id),
            "/app_id",
            "pattern",
            "Usare la forma nome:versione, per esempio iris-payment-proxy:1.3.0.",
        );
        checks.finish()
    }
}

impl Payment {
    fn check(&self, checks: &mut Checks) {
        let known = !matches!(self.kind, Some(PaymentType::Other(_)));
        checks.expect(known, "/payment/type", "enum", "Usare PAGOPA per un dovuto o STAMP per una marca da bollo digitale.");
        checks.max_length("/payment/transaction_id", self.transaction_id.as_deref(), 255);
        checks.max_length("/payment/reason", self.reason.as_deref(), 140);
        checks.expect(
            is_code(&self.currency, 3),
            "/payment/currency",
            "pattern",
            "Usare il codice ISO 4217 della valuta, per esempio EUR.",
        );
        checks.max_length("/payment/notice_code", self.notice_code.as_deref(), 50);
        checks.max_length("/payment/iud", self.iud.as_deref(), 50);
        checks.max_length("/payment/iuv", self.iuv.as_deref(), 50);
        checks.max_length("/payment/due_type", self.due_type.as_deref(), 256);
        checks.max_length("/payment/pagopa_category", self.pagopa_category.as_deref(), 12);
        if let Some(receiver) = &self.receiver {
            receiver.check(checks);
        }
        if let Some(document) = &self.document {
            checks.required("/payment/document/hash", document.hash.as_deref().unwrap_or_default());
            checks.web_address("/payment/document/ref", document.reference.as_deref());
        }
        self.check_split(checks);
    }

    /// Parts sum up to the amount, shares to 1.00. Items that the payer is exempt from do not count. Without an amount there is nothing
    /// to compare with.
    fn check_split(&self, checks: &mut Checks) {
        for (index, part) in self.split.iter().enumerate() {
            checks.required(format_args!("/payment/split/{index}/code"), &part.code);
            checks.max_length(format_args!("/payment/split/{index}/code"), Some(&part.code), 50);
        }
        let Some(amount) = self.amount else { return };
        let sum: Money = self.split.iter().filter_map(|part| part.amount).sum();
        let balances = self.split.is_empty() || sum == amount || sum.cents() == WHOLE;
        checks.expect(
            balances,
            "/payment/split",
            "sum",
            "La somma delle voci deve essere uguale all'importo, o a 1.00 se sono quote.",
        );
    }
}

impl Receiver {
    fn check(&self, checks: &mut Checks) {
        checks.required("/payment/receiver/tax_identification_number", &self.tax_identification_number);
        checks.required("/payment/receiver/name", &self.name);
        checks.pattern(
            "/payment/receiver/iban",
            self.iban.as_deref(),
            |iban| iban.parse::<Iban>().is_ok(),
            "Usare un IBAN valido, per esempio IT60X0542811101000000123456.",
        );
        let texts = [
            ("tax_identification_number", Some(self.tax_identification_number.as_str())),
            ("name", Some(self.name.as_str())),
            ("address", self.address.as_deref()),
            ("street_name", self.street_name.as_deref()),
            ("building_number", self.building_number.as_deref()),
            ("postal_code", self.postal_code.as_deref()),
            ("town_name", self.town_name.as_deref()),
        ];
        check_texts("/payment/receiver", &texts, checks);
        check_place("/payment/receiver", self.country_subdivision.as_deref(), self.country.as_deref(), checks);
    }
}

impl Person {
    fn check(&self, at: &str, checks: &mut Checks) {
        checks.required(format_args!("{at}/tax_identification_number"), &self.tax_identification_number);
        checks.required(format_args!("{at}/name"), self.name.as_deref().unwrap_or_default());
        let texts = [
            ("tax_identification_number", Some(self.tax_identification_number.as_str())),
            ("name", self.name.as_deref()),
            ("family_name", self.family_name.as_deref()),
            ("street_name", self.street_name.as_deref()),
            ("building_number", self.building_number.as_deref()),
            ("postal_code", self.postal_code.as_deref()),
            ("town_name", self.town_name.as_deref()),
            ("email", self.email.as_deref()),
        ];
        check_texts(at, &texts, checks);
        check_place(at, self.country_subdivision.as_deref(), self.country.as_deref(), checks);
    }
}

/// Every text has at most 255 characters.
fn check_texts(at: &str, texts: &[(&str, Option<&str>)], checks: &mut Checks) {
    for (name, text) in texts {
        checks.max_length(format_args!("{at}/{name}"), *text, 255);
    }
}

/// Province and country are codes of two characters.
fn check_place(at: &str, subdivision: Option<&str>, country: Option<&str>, checks: &mut Checks) {
    checks.pattern(
        format_args!("{at}/country_subdivision"),
        subdivision,
        |text| is_code(text, 2),
        "Usare la sigla della provincia, per esempio PI.",
    );
    checks.pattern(
        format_args!("{at}/country"),
        country,
        |text| is_code(text, 2),
        "Usare il codice ISO 3166-1 del Paese, per esempio IT.",
    );
}

/// Addresses are absolute; who is told and who checks is called by GET or POST.
fn check_links(event: &PaymentV2, checks: &mut Checks) {
    let links = &event.links;
    let named: [(&str, &Link); 6] = [
        ("online_payment_begin", &links.online_payment_begin),
        ("online_payment_landing", &links.online_payment_landing),
        ("offline_payment", &links.offline_payment),
        ("receipt", &links.receipt),
        ("confirm", &links.confirm),
        ("cancel", &links.cancel),
    ];
    for (name, link) in named {
        checks.web_address(format_args!("/links/{name}/url"), link.url.as_deref());
    }
    let is_plain = |method: Option<Method>| matches!(method, None | Some(Method::Get | Method::Post));
    for (index, notify) in links.notify.iter().enumerate() {
        checks.required(format_args!("/links/notify/{index}/url"), &notify.url);
        checks.web_address(format_args!("/links/notify/{index}/url"), Some(&notify.url));
        checks.expect(is_plain(Some(notify.method)), format_args!("/links/notify/{index}/method"), "enum", "Usare GET o POST.");
    }
    checks.web_address("/links/update/url", links.update.url.as_deref());
    checks.expect(is_plain(links.update.method), "/links/update/method", "enum", "Usare GET o POST.");
}
