//! Settings of payments.

use std::time::Duration;

use runtime::Settings;
use storage::{FileKeys, FilesUrl};

use crate::providers::{efil, iris, mypay, pagopa, sandbox};
use crate::tree::Place;

/// Stands for the provider's name in addresses and paths.
const PROVIDER: &str = "{provider}";

/// Settings of payments, by the names of the documentation where it has them.
#[derive(Clone, Debug)]
pub struct Config {
    external_api_url: Option<String>,
    internal_api_url: Option<String>,
    /// Base address of the sandbox provider; the stand-in of `--demo` when absent.
    pub sandbox_url: Option<String>,
    /// Address of MyPay's service for bodies; the stand-in of `--demo` when absent.
    pub mypay_url: Option<String>,
    /// Addresses of pagoPA.
    pub pagopa: pagopa::Addresses,
    /// Addresses of E-Fil.
    pub efil: efil::Addresses,
    /// Addresses of IRIS.
    pub iris: iris::Addresses,
    /// Longest time of a call to a provider.
    pub provider_timeout: Duration,
    /// How many payments the poller has checked at the same time.
    pub poll_concurrency: usize,
    /// How often the poller looks for payments to be checked.
    pub poll_every: Duration,
    /// Name of the cluster, a label of the metrics.
    pub cluster: String,
    /// The storage trees of the proxies; none unless `STORAGE_TYPE` is set.
    pub tree: Option<Place>,
}

impl Config {
    /// Reads the settings; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let external = "indirizzo pubblico del proxy di pagamento, con il suo percorso; {provider} sta per il suo nome";
        let internal = "indirizzo del proxy per gli altri ruoli, con il suo percorso; {provider} sta per il suo nome";
        Self {
            external_api_url: url(settings, "EXTERNAL_API_URL", external),
            internal_api_url: url(settings, "INTERNAL_API_URL", internal),
            sandbox_url: url(
                settings,
                "SANDBOX_URL",
                "indirizzo dell'intermediario di prova; vuoto: la controparte dimostrativa",
            ),
            mypay_url: url(settings, "MYPAY_URL", "MyPay: servizio per gli enti (pa-per-ente)"),
            pagopa: pagopa::Addresses {
                positions: url(settings, "PAGOPA_POSITIONS_URL", "pagoPA: servizio delle posizioni debitorie"),
                checkout: url(settings, "PAGOPA_CHECKOUT_URL", "pagoPA: servizio Checkout"),
                receipts: url(settings, "PAGOPA_RECEIPTS_URL", "pagoPA: servizio delle ricevute"),
                notices: url(settings, "PAGOPA_NOTICES_URL", "pagoPA: servizio di stampa degli avvisi"),
            },
            efil: efil::Addresses {
                feed: url(settings, "EFIL_FEED_URL", "E-Fil: servizio che riceve le posizioni (DigitBusFeed)"),
                deliver: url(settings, "EFIL_DELIVER_URL", "E-Fil: servizio che ne dice lo stato (DigitBusDeliver)"),
                online: url(settings, "EFIL_ONLINE", "E-Fil: servizio dei pagamenti in linea (DigitBusPayment)"),
                pdf: url(settings, "EFIL_PDF_URL", "E-Fil: servizio degli avvisi e delle ricevute (GeneratorPdf)"),
            },
            iris: iris::Addresses {
                dues: url(settings, "IRIS_OTF_PAYMENT_URL", "IRIS: comunicazione delle posizioni debitorie e pagamento in linea"),
                numbers: url(settings, "IRIS_IUV_URL", "IRIS: generazione degli IUV"),
                verify: url(settings, "IRIS_VERIFY_URL", "IRIS: verifica dello stato dei pagamenti"),
                outcome: url(settings, "IRIS_OUTCOME_URL", "IRIS: esito delle notifiche di pagamento ricevute"),
                notices: url(settings, "IRIS_NOTICE_URL", "IRIS: generazione degli avvisi"),
            },
            provider_timeout: Duration::from_millis(
                settings
                    .parse(
                        "SPORTELLO_PAYMENTS_PROVIDER_TIMEOUT_MS",
                        10_000_u64,
                        "attesa massima di una risposta dell'intermediario",
                    )
                    .max(1),
            ),
            poll_concurrency: settings
                .parse("SPORTELLO_PAYMENTS_POLL_CONCURRENCY", 8_usize, "pagamenti controllati insieme")
                .max(1),
            poll_every: Duration::from_millis(
                settings
                    .parse("SPORTELLO_PAYMENTS_POLL_EVERY_MS", 2_000_u64, "ogni quanto si cercano i pagamenti da controllare")
                    .max(10),
            ),
            cluster: settings.text("SPORTELLO_CLUSTER", "local", "nome del cluster nelle metriche"),
            tree: place(settings),
        }
    }

    /// Where citizens and operators reach the proxy of `provider`, without a trailing slash.
    pub fn external_api_url(&self, provider: &str) -> Option<String> {
        address(self.external_api_url.as_deref()?, provider)
    }

    /// Where the other roles reach it.
    pub fn internal_api_url(&self, provider: &str) -> Option<String> {
        address(self.internal_api_url.as_deref()?, provider)
    }
}

/// The address of `provider` by a setting that a process has once: for all its proxies where it names `{provider}`, otherwise for the one
/// whose name it ends with, otherwise for the one that the process runs.
fn address(setting: &str, provider: &str) -> Option<String> {
    let others = [sandbox::ABOUT.name, pagopa::ABOUT.name, mypay::ABOUT.name, efil::ABOUT.name, iris::ABOUT.name];
    match setting.rsplit('/').next() {
        Some(last) if last != provider && others.contains(&last) => None,
        _ => Some(setting.replace(PROVIDER, provider)),
    }
}

/// An address of the web, without a trailing slash.
fn url(settings: &mut Settings, name: &str, about: &str) -> Option<String> {
    let url = settings.optional(name, about)?;
    if url::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Some(url.trim_end_matches('/').to_owned());
    }
    settings.reject(name, "usare un indirizzo completo, che comincia con https:// o http://");
    None
}

/// The storage trees. The documentation names most variables twice, in two of its parts: both are read.
fn place(settings: &mut Settings) -> Option<Place> {
    let mut either = |names: [&str; 2], about: &str| {
        let [first, second] = names.map(|name| settings.optional(name, about));
        first.or(second)
    };
    let bucket = either(["STORAGE_BUCKET", "STORAGE_BUCKET_NAME"], "bucket o contenitore dell'alberatura dei proxy");
    let mut secret = |names: [&str; 2], about: &str| {
        let [first, second] = names.map(|name| settings.secret(name, about));
        first.or(second)
    };
    let key = secret(["STORAGE_ACCESS_S3_KEY", "STORAGE_KEY"], "chiave di accesso S3 dell'alberatura");
    let secret_key = secret(["STORAGE_KEY_S3_ACCESS_SECRET", "STORAGE_SECRET"], "chiave segreta S3 dell'alberatura");
    let azure_key = settings.secret("STORAGE_AZURE_KEY", "chiave dell'account Azure dell'alberatura");
    let account = settings.optional("STORAGE_AZURE_ACCOUNT", "account Azure dell'alberatura");
    let region = settings.optional("STORAGE_S3_REGION", "regione S3 dell'alberatura");
    let endpoint = settings.optional("STORAGE_ENDPOINT", "indirizzo dello storage dell'alberatura").map(|endpoint| {
        // The documentation's example has a host and a port.
        if endpoint.contains("://") { endpoint } else { format!("http://{endpoint}") }
    });
    let folder = settings.text("STORAGE_LOCAL_PATH", "/data/", "cartella dell'alberatura, se STORAGE_TYPE è local");
    let configs = settings.text(
        "BASE_PATH_CONFIG",
        "sdc-payments/{provider}/tenants/",
        "percorso delle configurazioni nell'alberatura; {provider} sta per il nome del proxy",
    );
    let payments = settings.text(
        "BASE_PATH_EVENT",
        "sdc-payments/{provider}/payments/",
        "percorso dei pagamenti nell'alberatura; {provider} sta per il nome del proxy",
    );
    let kind =
        settings.optional("STORAGE_TYPE", "alberatura dei proxy condivisa con altri programmi: local, s3, minio o azure")?;
    let kind = kind.to_lowercase();
    if kind != "local" && bucket.is_none() {
        settings.reject("STORAGE_BUCKET", "variabile obbligatoria con questo STORAGE_TYPE");
    }
    let bucket = bucket.unwrap_or_default();
    let (url, keys) = match kind.as_str() {
        "local" => (FilesUrl::Dir(folder.into()), FileKeys::default()),
        "s3" | "minio" => (FilesUrl::S3(bucket, String::new()), FileKeys { key, secret: secret_key, endpoint, region }),
        "azure" => {
            let keys = FileKeys { key: account, secret: azure_key, endpoint, region: None };
            (FilesUrl::Azure(bucket, String::new()), keys)
        }
        _ => {
            settings.reject("STORAGE_TYPE", "usare local, s3, minio oppure azure");
            return None;
        }
    };
    Some(Place { url, keys, configs, payments })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (Config, Vec<String>) {
        let mut settings = Settings::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let config = Config::read(&mut settings);
        (config, settings.errors().into_iter().map(|error| error.name).collect())
    }

    #[test]
    fn one_setting_serves_the_proxies_that_it_means() {
        for (setting, sandbox, pagopa) in [
            (
                "https://a/payment-proxy/{provider}/",
                Some("https://a/payment-proxy/sandbox"),
                Some("https://a/payment-proxy/pagopa"),
            ),
            ("https://a/payment-proxy/pagopa", None, Some("https://a/payment-proxy/pagopa")),
            ("https://proxy.example.it", Some("https://proxy.example.it"), Some("https://proxy.example.it")),
        ] {
            let (config, errors) = read(&[("EXTERNAL_API_URL", setting)]);
            assert_eq!(errors, Vec::<String>::new());
            assert_eq!(config.external_api_url("sandbox").as_deref(), sandbox, "{setting}");
            assert_eq!(config.external_api_url("pagopa").as_deref(), pagopa, "{setting}");
            assert_eq!(config.internal_api_url("pagopa"), None);
        }
        assert_eq!(read(&[("INTERNAL_API_URL", "proxy:80")]).1, ["INTERNAL_API_URL"]);
    }

    #[test]
    fn the_variables_of_the_documentation_name_a_tree() {
        assert_eq!(read(&[]).0.tree, None);
        let (config, errors) = read(&[
            ("STORAGE_TYPE", "MINIO"),
            ("STORAGE_KEY", "k"),
            ("STORAGE_SECRET", "s"),
            ("STORAGE_BUCKET_NAME", "payments"),
            ("STORAGE_ENDPOINT", "minio:9000"),
            ("BASE_PATH_CONFIG", "sdc-payments/iris/tenants/"),
        ]);
        let tree = config.tree.unwrap();
        assert_eq!((errors.len(), tree.url.to_string().as_str()), (0, "s3://payments/"));
        assert_eq!((tree.keys.key.as_deref(), tree.keys.endpoint.as_deref()), (Some("k"), Some("http://minio:9000")));
        assert!(!format!("{tree:?}").contains("\"k\""), "keys are not shown");
        assert_eq!(tree.payments, "sdc-payments/{provider}/payments/");
        let (config, errors) = read(&[("STORAGE_TYPE", "local"), ("STORAGE_LOCAL_PATH", "/srv/tree")]);
        assert_eq!((config.tree.unwrap().url, errors.len()), (FilesUrl::Dir("/srv/tree".into()), 0));
        assert_eq!(read(&[("STORAGE_TYPE", "azure")]).1, ["STORAGE_BUCKET"]);
        assert_eq!(read(&[("STORAGE_TYPE", "ftp"), ("STORAGE_BUCKET", "x")]).1, ["STORAGE_TYPE"]);
    }
}
