//! Settings of payments.

use std::time::Duration;

use runtime::Settings;

/// Settings of payments, by the names of the documentation where it has them.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where citizens and operators reach the proxy, without a trailing slash; `<public address>/payment-proxy/sandbox` when absent.
    pub external_api_url: Option<String>,
    /// Where the other roles reach the proxy, without a trailing slash; as the external one when absent.
    pub internal_api_url: Option<String>,
    /// Base address of the sandbox provider; the stand-in of `--demo` when absent.
    pub sandbox_url: Option<String>,
    /// Longest time of a call to a provider.
    pub provider_timeout: Duration,
    /// How many payments the poller has checked at the same time.
    pub poll_concurrency: usize,
    /// How often the poller looks for payments to be checked.
    pub poll_every: Duration,
    /// Name of the cluster, a label of the metrics.
    pub cluster: String,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let url = |settings: &mut Settings, name: &str, about: &str| {
            let url = settings.optional(name, about)?;
            if url::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                return Some(url.trim_end_matches('/').to_owned());
            }
            settings.reject(name, "usare un indirizzo completo, che comincia con https:// o http://");
            None
        };
        let external = url(settings, "EXTERNAL_API_URL", "indirizzo pubblico del proxy di pagamento, con il suo percorso");
        let internal =
            url(settings, "INTERNAL_API_URL", "indirizzo del proxy di pagamento per gli altri ruoli, con il suo percorso");
        let sandbox = url(settings, "SANDBOX_URL", "indirizzo dell'intermediario di prova; vuoto: la controparte dimostrativa");
        let timeout = settings.parse(
            "SPORTELLO_PAYMENTS_PROVIDER_TIMEOUT_MS",
            10_000_u64,
            "attesa massima di una risposta dell'intermediario",
        );
        let concurrency = settings.parse("SPORTELLO_PAYMENTS_POLL_CONCURRENCY", 8_usize, "pagamenti controllati insieme");
        let every =
            settings.parse("SPORTELLO_PAYMENTS_POLL_EVERY_MS", 2_000_u64, "ogni quanto si cercano i pagamenti da controllare");
        Self {
            external_api_url: external,
            internal_api_url: internal,
            sandbox_url: sandbox,
            provider_timeout: Duration::from_millis(timeout.max(1)),
            poll_concurrency: concurrency.max(1),
            poll_every: Duration::from_millis(every.max(10)),
            cluster: settings.text("SPORTELLO_CLUSTER", "local", "nome del cluster nelle metriche"),
        }
    }
}
