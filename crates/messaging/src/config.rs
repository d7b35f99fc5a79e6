//! Settings of messaging.

use std::path::PathBuf;

use runtime::{Network, Settings};

/// Settings of messaging.
#[derive(Clone, Debug)]
pub struct Config {
    /// Gateways that have already found out who calls: their headers are believed instead of a key. None unless set.
    pub gateways: Vec<Network>,
    /// Where pagoPA is asked whether a notice was paid, without a trailing slash; nobody is asked when absent.
    pub payment_info_url: Option<String>,
    /// The app's interface that the intermediary calls, without a trailing slash; this platform's own when absent.
    pub upstream_url: Option<String>,
    /// Whether that interface gives the same message for the same `Idempotency-Key`.
    pub upstream_idempotent: bool,
    /// The folder in which lots come as files; none come so when absent.
    pub inbox: Option<PathBuf>,
    /// Most files of a message that a sender keeps.
    pub most_attachments: usize,
    /// Largest of those files that is passed on, in bytes.
    pub largest_attachment: usize,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        const GATEWAYS: &str = "SPORTELLO_MESSAGING_GATEWAYS";
        const PAYMENT_INFO: &str = "SPORTELLO_MESSAGING_PAYMENT_INFO_URL";
        let about =
            "reti (CIDR) dei gateway che dicono chi chiama nelle intestazioni x-user-*, separate da virgole; vuoto: nessuno";
        let text = settings.text(GATEWAYS, "", about);
        let networks: Result<Vec<Network>, String> =
            text.split(',').map(str::trim).filter(|network| !network.is_empty()).map(str::parse).collect();
        let gateways = networks.unwrap_or_else(|problem| {
            settings.reject(GATEWAYS, problem);
            Vec::new()
        });
        let about =
            "indirizzo a cui chiedere lo stato degli avvisi pagoPA; vuoto: si conoscono solo i pagamenti della piattaforma";
        let payment_info_url = settings.optional(PAYMENT_INFO, about).map(|url| url.trim_end_matches('/').to_owned());
        if payment_info_url.as_ref().is_some_and(|url| url::Url::parse(url).is_err()) {
            settings.reject(PAYMENT_INFO, "usare un indirizzo completo, che comincia con https://");
        }
        const UPSTREAM: &str = "SPORTELLO_IOSERVICE_UPSTREAM_URL";
        let about = "interfaccia dell'app IO a cui l'intermediario invia, per esempio https://api.io.pagopa.it/api/v1; vuoto: quella della piattaforma";
        let upstream_url = settings.optional(UPSTREAM, about).map(|url| url.trim_end_matches('/').to_owned());
        if upstream_url.as_ref().is_some_and(|url| url::Url::parse(url).is_err()) {
            settings.reject(UPSTREAM, "usare un indirizzo completo, che comincia con https://");
        }
        let about = "se quell'interfaccia riconosce Idempotency-Key (un altro Sportello); l'app IO vera no";
        let upstream_idempotent = settings.parse("SPORTELLO_IOSERVICE_UPSTREAM_IDEMPOTENT", false, about);
        let about = "cartella in cui arrivano i lotti come file; vuoto: nessuno";
        let inbox = settings.optional("SPORTELLO_IOSERVICE_INBOX", about).map(PathBuf::from);
        const FILES: &str = "SPORTELLO_MESSAGING_MOST_ATTACHMENTS";
        let most_attachments = settings.parse(FILES, 20, "allegati di un messaggio remoto, al massimo");
        const LARGEST: &str = "SPORTELLO_MESSAGING_LARGEST_ATTACHMENT_BYTES";
        let largest_attachment =
            settings.parse(LARGEST, 20 * 1024 * 1024, "dimensione massima di un allegato di un messaggio remoto, in byte");
        for (name, limit) in [(FILES, most_attachments), (LARGEST, largest_attachment)] {
            if limit == 0 {
                settings.reject(name, "usare un numero da 1");
            }
        }
        Self { gateways, payment_info_url, upstream_url, upstream_idempotent, inbox, most_attachments, largest_attachment }
    }
}
