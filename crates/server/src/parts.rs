//! The table of roles: every context with its roles, tables and settings. A new context is one entry of [`PARTS`].

use runtime::{App, Config, Role, Settings};
use storage::Migrations;

/// A context, as the program needs to know it.
pub struct Part {
    /// Name of the context and of its crate.
    pub context: &'static str,
    /// Its roles: name, and what the role does.
    pub roles: &'static [(&'static str, &'static str)],
    /// Its tables.
    pub migrations: &'static [Migrations],
    /// Whether it runs only in a demonstration.
    pub demo: bool,
    read: fn(&mut Settings) -> Ready,
}

/// A context whose settings have been read: gives its roles.
pub type Ready = Box<dyn FnOnce(&App) -> Vec<Role> + Send>;

fn ready<C: Send + 'static>(config: C, roles: fn(&App, C) -> Vec<Role>) -> Ready {
    Box::new(move |app| roles(app, config))
}

/// Every context.
pub const PARTS: &[Part] = &[
    Part {
        context: "platform",
        roles: &[("platform", "enti, utenti, servizi, moduli, pratiche, messaggi e documenti")],
        migrations: &[platform::MIGRATIONS],
        demo: false,
        read: |settings| ready(platform::Config::read(settings), platform::roles),
    },
    Part {
        context: "identity",
        roles: &[("identity", "accesso, sessioni, token e chiavi pubbliche")],
        migrations: &[identity::MIGRATIONS],
        demo: false,
        read: |settings| ready(identity::Config::read(settings), identity::roles),
    },
    Part {
        context: "payments",
        roles: &[
            ("payment-dispatcher", "crea un pagamento per ogni pratica da pagare"),
            ("payment-proxy-sandbox", "parla con l'intermediario di prova"),
            ("payment-proxy-pagopa", "parla con pagoPA"),
            ("payment-proxy-mypay", "parla con MyPay"),
            ("payment-proxy-efil", "parla con E-Fil"),
            ("payment-proxy-iris", "parla con IRIS"),
            ("payment-poller", "fa controllare i pagamenti aperti"),
            ("payment-updater", "comunica alle pratiche lo stato dei pagamenti"),
            ("payment-read-model", "i pagamenti da consultare"),
            ("payment-importer", "importa i dovuti da un file"),
        ],
        migrations: &[payments::MIGRATIONS],
        demo: false,
        read: |settings| ready(payments::Config::read(settings), payments::roles),
    },
    Part {
        context: "registry",
        roles: &[
            ("document-dispatcher", "crea i documenti da protocollare"),
            ("registry-proxy-sandbox", "parla con il protocollo di prova"),
            ("registry-proxy-docarea", "parla con i protocolli DocArea"),
            ("registry-proxy-iride", "parla con i protocolli IRIDE"),
            ("registry-proxy-pitre", "parla con i protocolli PiTre"),
            ("retry-orchestrator", "ripropone gli eventi non riusciti"),
        ],
        migrations: &[registry::MIGRATIONS],
        demo: false,
        read: |settings| ready(registry::Config::read(settings), registry::roles),
    },
    Part {
        context: "messaging",
        roles: &[
            ("messaging", "messaggi ai cittadini e servizi, con l'interfaccia dell'app IO"),
            ("messaging-processor", "consegna i messaggi, avvisa i mittenti, ricorda le scadenze"),
            ("ioservice", "intermediario regionale: lotti di messaggi di enti e fornitori"),
        ],
        migrations: &[messaging::MIGRATIONS],
        demo: false,
        read: |settings| ready(messaging::Config::read(settings), messaging::roles),
    },
    Part {
        context: "interop",
        roles: &[
            ("interop-voucher", "voucher di interoperabilità: asserzioni, firme, chiavi pubbliche"),
            ("interop-m2m", "catalogo, richieste, finalità e client di interoperabilità per i programmi degli enti"),
            ("interop-bff", "catalogo, richieste, finalità e client di interoperabilità per le pagine"),
        ],
        migrations: &[::interop::MIGRATIONS],
        demo: false,
        read: |settings| ready(::interop::Config::read(settings), ::interop::roles),
    },
    Part {
        context: "pdnd",
        roles: &[("pdnd-connector", "dati certificati di altri enti, chiesti con i voucher di interoperabilità")],
        migrations: &[pdnd::MIGRATIONS],
        demo: false,
        read: |settings| ready(pdnd::Config::read(settings), pdnd::roles),
    },
    Part {
        context: "ui",
        roles: &[("pages", "le pagine per cittadini, operatori e amministratori")],
        migrations: &[],
        demo: false,
        read: |settings| {
            ready(ui::Config::read(settings), |app, config| {
                vec![Role { routes: ui::routes(app.clone(), config), ..Role::new("pages") }]
            })
        },
    },
    Part {
        context: "demo",
        roles: &[
            ("demo-psp", "controparte dimostrativa dei pagamenti"),
            ("demo-guide", "pagina che presenta la dimostrazione"),
            ("demo-notices", "controparte dimostrativa delle informazioni sugli avvisi"),
            ("demo-mail", "casella di posta dimostrativa"),
            ("demo-remote", "mittente dimostrativo di contenuti remoti"),
            ("demo-registry", "controparte dimostrativa del protocollo"),
            ("demo-anpr", "controparti dimostrative di ANPR e INPS"),
        ],
        migrations: demo::MIGRATIONS,
        demo: true,
        read: |_| ready((), |app, ()| demo::roles(app)),
    },
];

/// What a process is to run, and with which settings.
pub struct Plan {
    /// Settings that every role shares.
    pub config: Config,
    ready: Vec<Ready>,
    migrations: Vec<Migrations>,
}

impl Plan {
    /// Reads the settings of the chosen roles; mistakes are left in `settings`.
    pub fn read(settings: &mut Settings) -> Self {
        let config = Config::read(settings);
        let known = || PARTS.iter().flat_map(|part| part.roles).map(|(name, _)| *name);
        for unknown in config.roles.iter().filter(|name| !known().any(|known| known == name.as_str())) {
            let list = known().collect::<Vec<_>>().join(", ");
            settings.reject("SPORTELLO_ROLES", format!("il ruolo {unknown} non esiste; i ruoli sono: {list}"));
        }
        for part in PARTS.iter().filter(|part| part.demo && !config.demo && is_chosen(part, &config)) {
            let roles = part.roles.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let problem =
                format!("{roles}: solo con --demo (SPORTELLO_DEMO=true), perché creano utenti con una password nota a tutti");
            settings.reject("SPORTELLO_ROLES", problem);
        }
        if config.secret.is_none() && is_split(&config) {
            let problem =
                "variabile obbligatoria mancante: con i ruoli in più processi deve essere uguale in tutti (openssl rand -hex 32)";
            settings.reject("SPORTELLO_SECRET", problem);
        }
        let (chosen, others): (Vec<_>, Vec<_>) = PARTS.iter().partition(|part| is_chosen(part, &config));
        let ready = chosen.iter().map(|part| (part.read)(settings)).collect();
        settings.elsewhere(|settings| others.iter().for_each(|part| drop((part.read)(settings))));
        let migrations = chosen.iter().flat_map(|part| part.migrations).copied().collect();
        Self { config, ready, migrations }
    }

    /// The tables of the chosen contexts.
    pub fn migrations(&self) -> &[Migrations] {
        &self.migrations
    }

    /// The chosen roles over `app`. Gives something once.
    pub fn take_roles(&mut self, app: &App) -> Vec<Role> {
        let wanted = |role: &Role| self.config.roles.is_empty() || self.config.roles.iter().any(|name| name == role.name);
        self.ready.drain(..).flat_map(|ready| ready(app)).filter(wanted).collect()
    }
}

fn is_chosen(part: &Part, config: &Config) -> bool {
    if config.roles.is_empty() {
        return !part.demo || config.demo;
    }
    part.roles.iter().any(|(name, _)| config.roles.iter().any(|wanted| wanted == name))
}

/// Whether some roles are left to other processes.
fn is_split(config: &Config) -> bool {
    let ordinary = PARTS.iter().filter(|part| !part.demo).flat_map(|part| part.roles);
    !config.roles.is_empty() && ordinary.into_iter().any(|(name, _)| !config.roles.iter().any(|wanted| wanted == name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scratch::Scratch;

    fn settings(roles: &str) -> Settings {
        let mut settings = Settings::from_pairs([]);
        settings.set("SPORTELLO_ROLES", roles);
        settings.set("SPORTELLO_DEMO", "true");
        settings.set("SPORTELLO_SECRET", "0123456789abcdef0123456789abcdef");
        settings
    }

    /// The names of the settings that are wrong.
    fn mistakes(pairs: &[(&str, &str)]) -> Vec<String> {
        let mut settings = Settings::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Plan::read(&mut settings);
        settings.errors().into_iter().map(|error| error.name).collect()
    }

    #[test]
    fn roles_of_several_processes_need_a_secret_in_common() {
        let all: Vec<_> = PARTS.iter().filter(|part| !part.demo).flat_map(|part| part.roles).map(|(name, _)| *name).collect();
        assert_eq!(mistakes(&[("SPORTELLO_ROLES", "identity")]), ["SPORTELLO_SECRET"]);
        assert_eq!(
            mistakes(&[("SPORTELLO_ROLES", "identity"), ("SPORTELLO_SECRET", "0123456789abcdef0123456789abcdef")]),
            [""; 0]
        );
        assert_eq!(mistakes(&[("SPORTELLO_SECRET", "short")]), ["SPORTELLO_SECRET"]);
        assert_eq!(mistakes(&[("SPORTELLO_ROLES", &all.join(","))]), [""; 0], "one process with everything draws its own");
        assert_eq!(mistakes(&[]), [""; 0]);
    }

    #[test]
    fn the_demonstration_runs_only_where_it_is_asked_for() {
        let secret = ("SPORTELLO_SECRET", "0123456789abcdef0123456789abcdef");
        assert_eq!(mistakes(&[("SPORTELLO_ROLES", "demo-psp"), secret]), ["SPORTELLO_ROLES"]);
        assert_eq!(mistakes(&[("SPORTELLO_ROLES", "demo-registry,identity"), secret]), ["SPORTELLO_ROLES"]);
        assert_eq!(mistakes(&[("SPORTELLO_ROLES", "demo-psp"), ("SPORTELLO_DEMO", "true"), secret]), [""; 0]);
    }

    #[tokio::test]
    async fn the_table_names_exactly_the_roles_that_there_are() {
        let scratch = Scratch::open().await.unwrap();
        for part in PARTS {
            let roles = (part.read)(&mut settings(""))(&scratch.app);
            let there: BTreeSet<_> = roles.iter().map(|role| role.name).collect();
            let named: BTreeSet<_> = part.roles.iter().map(|(name, _)| *name).collect();
            assert_eq!(there, named, "{}", part.context);
        }
    }

    #[tokio::test]
    async fn names_are_given_once() {
        let scratch = Scratch::open().await.unwrap();
        let roles = scratch.roles();
        let mut names = BTreeSet::new();
        for role in &roles {
            assert!(names.insert(format!("role {}", role.name)), "{}", role.name);
            for consumer in &role.consumers {
                assert!(names.insert(format!("consumer {} {}", consumer.name, consumer.topic)), "{}", consumer.name);
            }
            for worker in &role.workers {
                assert!(names.insert(format!("queue {}", worker.queue)), "{}", worker.queue);
            }
            for job in &role.jobs {
                assert!(names.insert(format!("job {}", job.name)), "{}", job.name);
            }
        }
        for job in runtime::foundation_jobs(&scratch.app) {
            assert!(names.insert(format!("job {}", job.name)), "{}", job.name);
        }
        for part in PARTS {
            for migrations in part.migrations {
                assert!(names.insert(format!("tables {}", migrations.context)), "{}", migrations.context);
            }
        }
    }

    #[test]
    fn a_role_that_does_not_exist_is_refused_with_the_list() {
        let mut settings = settings("identity,identiti");
        Plan::read(&mut settings);
        let errors = settings.errors();
        assert_eq!(errors.len(), 1);
        assert!(errors[0].problem.contains("identiti") && errors[0].problem.contains("identity"), "{errors:?}");
    }
}
