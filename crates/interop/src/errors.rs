//! What the platform refuses: one table of code, status, title and advice. Codes are those of the public API, written so that every one
//! fits its schema (three digits of the service, four of the error). `ERRORS.md` explains them to whoever meets one.

use storage::Error as StorageError;

/// The services that the public codes name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// E-services.
    Catalog,
    /// Agreements.
    Agreement,
    /// The registry of attributes.
    Registry,
    /// Purposes.
    Purpose,
    /// Bodies and what they hold.
    Tenant,
    /// Clients and keys.
    Authorization,
    /// The back end of the web pages.
    Web,
    /// The API of machines.
    Gateway,
}

impl Service {
    /// The first three digits of its codes.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Catalog => "001",
            Self::Agreement => "002",
            Self::Registry => "003",
            Self::Purpose => "004",
            Self::Tenant => "005",
            Self::Authorization => "006",
            Self::Web => "008",
            Self::Gateway => "012",
        }
    }
}

macro_rules! faults {
    ($($name:ident $code:literal $status:literal $title:literal, $advice:literal;)*) => {
        /// Why a command is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $title] $name,)*
            /// The caller's role may not do this.
            Unauthorized(Service),
            /// The row belongs to another body.
            Forbidden(Service),
            /// The request does not fit its schema.
            Malformed(Service),
            /// Two commands met; the same one may succeed a moment later.
            Conflict(Service),
            /// No token, or one that is no token.
            TokenMissing(Service),
            /// A token that does not hold.
            TokenInvalid(Service),
            /// Too many requests.
            TooMany(Service),
        }

        impl Fault {
            /// Every fault that one code has.
            pub const NAMED: &'static [Self] = &[$(Self::$name,)*];

            /// Public code, HTTP status, title and advice.
            pub fn row(self) -> (String, u16, &'static str, &'static str) {
                let common = |service: Service, number: &str| format!("{}-{number}", service.prefix());
                match self {
                    $(Self::$name => ($code.to_owned(), $status, $title, $advice),)*
                    Self::Unauthorized(service) => (common(service, "9993"), 403, "Ruolo non autorizzato",
                        "Il ruolo di chi chiede non permette l'operazione: rivolgersi a un amministratore dell'ente."),
                    Self::Forbidden(service) => (common(service, "9989"), 403, "Operazione non permessa",
                        "L'operazione spetta a un altro ente."),
                    Self::Malformed(service) => (common(service, "9999"), 400, "Richiesta non valida",
                        "Correggere i campi indicati e inviare di nuovo."),
                    Self::Conflict(service) => (common(service, "9998"), 409, "Modifica contemporanea",
                        "Qualcuno ha modificato la stessa risorsa in questo istante: rileggerla e ripetere."),
                    Self::TokenMissing(service) => (common(service, "9994"), 400, "Token mancante o malformato",
                        "Inviare l'intestazione Authorization: Bearer seguita da un token con i campi previsti."),
                    Self::TokenInvalid(service) => (common(service, "9995"), 401, "Token non valido",
                        "Il token è scaduto, o non è stato emesso per questo indirizzo: chiederne uno nuovo."),
                    Self::TooMany(service) => (common(service, "9997"), 429, "Troppe richieste",
                        "Attendere il tempo indicato e ripetere."),
                }
            }
        }
    };
}

faults! {
    DescriptorNotFound "001-0001" 404 "Versione inesistente", "La versione dell'e-service non esiste o non è visibile: controllare l'identificativo.";
    WithoutInterface "001-0002" 400 "Interfaccia mancante", "Caricare il file dell'interfaccia (OpenAPI o WSDL) prima di pubblicare.";
    NotValidDescriptor "001-0003" 400 "Stato della versione non adatto", "L'operazione non è possibile nello stato in cui la versione si trova.";
    CatalogDocumentNotFound "001-0004" 404 "Documento inesistente", "Il documento non esiste in questa versione.";
    EServiceNotFound "001-0005" 404 "E-service inesistente", "L'e-service non esiste o non è visibile: controllare l'identificativo.";
    DraftAlreadyExists "001-0006" 400 "Bozza presente", "Una versione è già in bozza: completarla o eliminarla prima di crearne un'altra.";
    NameDuplicate "001-0007" 409 "Nome ripetuto", "L'ente ha già un e-service con questo nome: sceglierne un altro.";
    OriginNotCompliant "001-0008" 403 "Ente non ammesso", "Gli enti di questa provenienza non possono erogare e-service.";
    CatalogAttributeNotFound "001-0009" 404 "Attributo inesistente", "Un attributo richiesto non esiste, o è di un altro tipo.";
    InconsistentDailyCalls "001-0010" 400 "Soglie incoerenti", "La soglia per fruitore non può superare la soglia totale.";
    InterfaceAlreadyExists "001-0011" 409 "Interfaccia presente", "La versione ha già un'interfaccia: eliminarla prima di caricarne un'altra.";
    NotInDraftState "001-0012" 400 "E-service non in bozza", "Le informazioni generali si modificano solo finché ogni versione è in bozza.";
    NotInDraftStateToDelete "001-0012" 409 "E-service non in bozza", "Si elimina soltanto un e-service le cui versioni sono tutte in bozza.";
    NotInReceiveMode "001-0013" 400 "Modo di erogazione diverso", "L'analisi del rischio si allega soltanto a un e-service che riceve dati.";
    CatalogAnalysisNotValid "001-0016" 400 "Analisi del rischio non valida", "Correggere le risposte indicate.";
    AnalysisNotFound "001-0017" 404 "Analisi del rischio inesistente", "L'analisi del rischio non esiste in questo e-service.";
    AnalysisRequired "001-0018" 400 "Analisi del rischio mancante", "Un e-service che riceve dati deve avere almeno un'analisi del rischio prima di pubblicare.";
    AnalysisIncomplete "001-0019" 400 "Analisi del rischio incompleta", "Completare le analisi del rischio dell'e-service prima di pubblicare.";
    DocumentNameDuplicate "001-0020" 409 "Nome del documento ripetuto", "La versione ha già un documento con questo nome: sceglierne un altro.";
    AnalysisDuplicated "001-0021" 409 "Nome dell'analisi ripetuto", "L'e-service ha già un'analisi del rischio con questo nome.";
    AudienceEmpty "001-0023" 400 "Audience mancante", "Indicare l'audience dei voucher prima di pubblicare.";
    UnchangedAttributes "001-0028" 409 "Attributi invariati", "Gli attributi inviati sono quelli che la versione ha già.";
    GroupNotWidened "001-0027" 400 "Gruppi non ampliati", "In una versione pubblicata i gruppi di attributi si possono soltanto ampliare.";
    ChecksumDuplicate "001-0040" 409 "File ripetuto", "La versione ha già un file con lo stesso contenuto.";
    AttributeDuplicatedInGroup "001-0041" 400 "Attributo ripetuto", "Un attributo compare due volte nello stesso gruppo.";
    PersonalDataOnce "001-0042" 409 "Indicazione presente", "L'indicazione sui dati personali è già stata data e non si cambia.";
    PersonalDataMissing "001-0043" 400 "Indicazione mancante", "Indicare se l'e-service tratta dati personali prima di pubblicare.";
    SameDescription "001-0045" 409 "Descrizione invariata", "La descrizione inviata è quella attuale.";
    SameName "001-0046" 409 "Nome invariato", "Il nome inviato è quello attuale.";
    EServiceInDraft "001-0047" 409 "E-service in bozza", "L'e-service è in bozza: modificarlo con l'operazione per le bozze.";
    DescriptorAlreadyArchived "001-0061" 409 "Versione archiviata", "La versione è già archiviata.";
    NotArchivable "001-0062" 400 "Versione non archiviabile", "Si archivia una versione deprecata quando nessuna richiesta di fruizione la usa.";

    MissingCertifiedAttributes "002-0001" 400 "Attributi certificati mancanti", "L'ente non possiede gli attributi certificati che la versione richiede.";
    SubmissionFailed "002-0002" 400 "Richiesta non inoltrabile", "L'ente non possiede o non ha dichiarato gli attributi richiesti.";
    AgreementNotInExpectedState "002-0003" 400 "Stato della richiesta non adatto", "L'operazione non è possibile nello stato in cui la richiesta di fruizione si trova.";
    DescriptorNotInExpectedState "002-0004" 400 "Stato della versione non adatto", "La versione dell'e-service non è nello stato che l'operazione richiede.";
    AgreementEServiceNotFound "002-0005" 400 "E-service inesistente", "L'e-service della richiesta non esiste.";
    AgreementTenantNotAllowed "002-0007" 403 "Ente estraneo", "La richiesta di fruizione riguarda altri enti.";
    ActivationFailed "002-0008" 400 "Attivazione non riuscita", "Verificare tutti gli attributi verificati richiesti prima di approvare.";
    AgreementNotFound "002-0009" 404 "Richiesta inesistente", "La richiesta di fruizione non esiste o non è visibile.";
    AgreementAlreadyExists "002-0010" 409 "Richiesta presente", "L'ente ha già una richiesta di fruizione per questo e-service.";
    NoNewerDescriptor "002-0011" 400 "Nessuna versione nuova", "La richiesta di fruizione usa già la versione più recente.";
    PublishedDescriptorNotFound "002-0012" 400 "Nessuna versione pubblicata", "L'e-service non ha una versione pubblicata.";
    AgreementDocumentNotFound "002-0017" 404 "Documento inesistente", "La richiesta di fruizione non ha questo documento.";
    DocumentsChangeNotAllowed "002-0018" 403 "Documenti non modificabili", "I documenti si cambiano soltanto finché la richiesta è in bozza.";
    NotLatestDescriptor "002-0021" 400 "Versione non recente", "Ci si iscrive alla versione più recente dell'e-service.";
    ConsumerWithoutMail "002-0024" 400 "Indirizzo di posta mancante", "Indicare un indirizzo di posta dell'ente prima di inoltrare la richiesta.";
    AgreementDocumentExists "002-0025" 409 "Nome del documento ripetuto", "La richiesta ha già un documento con questo nome: sceglierne un altro.";
    NotTheConsumer "002-0027" 403 "Operazione del fruitore", "L'operazione spetta all'ente fruitore.";
    NotTheProducer "002-0029" 403 "Operazione dell'erogatore", "L'operazione spetta all'ente erogatore.";
    ContractNotFound "002-9101" 404 "Contratto mancante", "Il contratto si produce quando la richiesta diventa attiva: riprovare fra poco.";

    AttributeNotFound "003-0001" 404 "Attributo inesistente", "L'attributo non esiste: controllare l'identificativo.";
    AttributeDuplicate "003-0002" 409 "Attributo presente", "Esiste già un attributo con questo nome o con questo codice.";
    AttributeOriginNotCompliant "003-0003" 403 "Ente non ammesso", "Gli enti di questa provenienza non possono creare attributi.";
    NotACertifierOfAttributes "003-0005" 403 "Ente non certificatore", "Gli attributi certificati li crea un ente certificatore.";

    PurposeNotFound "004-0001" 404 "Finalita' inesistente", "La finalità non esiste: controllare l'identificativo.";
    PurposeEServiceNotFound "004-0002" 400 "E-service inesistente", "L'e-service della finalità non esiste.";
    PurposeVersionNotFound "004-0005" 404 "Versione inesistente", "La finalità non ha questa versione.";
    PurposeDocumentNotFound "004-0006" 404 "Documento mancante", "L'analisi del rischio si produce quando la versione diventa attiva: riprovare fra poco.";
    PurposeTenantNotAllowed "004-0007" 403 "Ente estraneo", "La finalità riguarda altri enti.";
    PurposeNotTheConsumer "004-0008" 403 "Operazione del fruitore", "L'operazione spetta all'ente fruitore.";
    VersionCannotBeDeleted "004-0009" 409 "Versione non eliminabile", "Si ritira soltanto una versione in attesa, e non l'unica.";
    PurposeNotTheProducer "004-0010" 403 "Operazione dell'erogatore", "L'operazione spetta all'ente erogatore.";
    NotValidVersionState "004-0011" 400 "Stato della versione non adatto", "L'operazione non è possibile nello stato in cui la versione si trova.";
    ModeNotAllowed "004-0012" 400 "Modo di erogazione diverso", "Per un e-service che riceve dati si usa l'operazione per le finalità inverse.";
    MissingFreeOfChargeReason "004-0013" 400 "Motivazione mancante", "Indicare perché l'accesso è gratuito.";
    PurposeAnalysisNotValid "004-0014" 400 "Analisi del rischio non valida", "Correggere le risposte indicate.";
    PurposeNotInDraft "004-0015" 400 "Finalita' non in bozza", "La finalità si modifica soltanto finché è in bozza.";
    DuplicatedTitle "004-0016" 409 "Titolo ripetuto", "L'ente ha già una finalità con questo titolo per l'e-service: sceglierne un altro.";
    PurposeCannotBeDeleted "004-0017" 409 "Finalita' non eliminabile", "Si elimina soltanto una finalità mai attivata; altrimenti archiviarla.";
    NoActiveAgreement "004-0018" 400 "Richiesta di fruizione mancante", "Serve una richiesta di fruizione attiva per questo e-service.";
    EServiceAnalysisNotFound "004-0019" 400 "Analisi del rischio inesistente", "L'e-service non ha questa analisi del rischio.";
    PurposeCannotBeCloned "004-0020" 409 "Finalita' non clonabile", "Si clona soltanto una finalità pubblicata e non archiviata.";
    RiskAnalysisVersionNotFound "004-0021" 404 "Versione inesistente", "L'analisi del rischio non ha questa versione per questo tipo di ente.";
    UnchangedDailyCalls "004-0023" 400 "Stima invariata", "La stima di carico inviata è quella attuale.";
    MissingAnalysis "004-0024" 400 "Analisi del rischio mancante", "Compilare l'analisi del rischio prima di pubblicare la finalità.";
    VersionConflict "004-0025" 409 "Versione in sospeso", "C'è già una versione in bozza o in attesa: completarla o ritirarla.";
    PurposeCannotBeUpdated "004-0030" 400 "Stima non modificabile", "La stima di carico si cambia in una finalità pubblicata con una richiesta di fruizione attiva.";
    InvalidFreeOfChargeReason "004-0041" 400 "Motivazione non prevista", "La motivazione si indica soltanto se l'accesso è gratuito.";

    TenantAttributeNotFound "005-0001" 404 "Attributo inesistente", "L'attributo non esiste o è di un altro tipo.";
    TenantNotFound "005-0004" 404 "Ente inesistente", "L'ente non esiste: controllare l'identificativo.";
    VerifiedAttributeNotFound "005-0008" 404 "Verifica inesistente", "L'ente non ha questo attributo verificato.";
    ExpirationInThePast "005-0009" 400 "Scadenza passata", "La scadenza deve essere futura.";
    NotAmongVerifiers "005-0010" 403 "Verifica di altri", "L'attributo non è stato verificato da questo ente.";
    ExpirationNotFound "005-0011" 400 "Scadenza mancante", "La verifica non ha una scadenza da prorogare.";
    NotACertifier "005-0012" 403 "Ente non certificatore", "Gli attributi certificati li assegna un ente certificatore.";
    NotOfCertifier "005-0013" 403 "Attributo di altri", "L'attributo appartiene a un altro certificatore.";
    CertifiedAlreadyAssigned "005-0014" 400 "Attributo posseduto", "L'ente possiede già l'attributo.";
    CertifiedAlreadyAssignedToMachine "005-0014" 409 "Attributo posseduto", "L'ente possiede già l'attributo.";
    VerificationNotAllowed "005-0015" 403 "Verifica non ammessa", "Si verifica un attributo richiesto da una richiesta di fruizione in corso verso questo ente.";
    SelfVerification "005-0016" 403 "Verifica di se stessi", "Un ente non verifica i propri attributi.";
    MailNotFound "005-0017" 404 "Indirizzo inesistente", "L'ente non ha questo indirizzo di posta.";
    MailExists "005-0018" 409 "Indirizzo presente", "L'indirizzo inviato è quello attuale.";
    AlreadyRevoked "005-0019" 409 "Attributo revocato", "L'attributo è già revocato.";
    RevocationNotAllowed "005-0020" 403 "Revoca non ammessa", "Si revoca un attributo richiesto da una richiesta di fruizione in corso verso questo ente.";
    SelfRevocation "005-0021" 403 "Revoca a se stessi", "Un ente non revoca i propri attributi verificati.";
    NotHeld "005-0024" 400 "Attributo non posseduto", "L'ente non possiede l'attributo.";

    ClientNotFound "006-0001" 404 "Client inesistente", "Il client non esiste, o la finalità non gli è associata.";
    NotAllowedOnClient "006-0002" 403 "Client di altri", "Il client appartiene a un altro ente.";
    ClientUserNotFound "006-0003" 404 "Operatore inesistente", "L'operatore non fa parte del client.";
    ClientKeyNotFound "006-0004" 404 "Chiave inesistente", "Il client non ha questa chiave.";
    UserNotAllowedOnClient "006-0005" 403 "Operatore estraneo", "Chi chiede non fa parte del client.";
    ClientPurposeNotFound "006-0006" 404 "Finalita' inesistente", "La finalità da associare non esiste.";
    UserWithoutPrivileges "006-0007" 403 "Ruolo mancante", "L'operatore deve avere il ruolo di sicurezza o di amministratore.";
    UserAlreadyAssigned "006-0008" 400 "Operatore presente", "L'operatore fa già parte del client.";
    NoUsablePurposeVersion "006-0010" 400 "Finalita' non pubblicata", "La finalità deve essere attiva o sospesa.";
    NoUsableAgreement "006-0012" 400 "Richiesta di fruizione mancante", "Serve una richiesta di fruizione attiva o sospesa per l'e-service della finalità.";
    AlreadyLinked "006-0013" 409 "Finalita' associata", "Il client è già associato alla finalità.";
    NotAllowedOnPurpose "006-0014" 403 "Finalita' di altri", "La finalità appartiene a un altro ente.";
    TooManyKeys "006-0015" 400 "Troppe chiavi", "Il client ha già cento chiavi: eliminarne una.";
    UserNotFound "006-0016" 403 "Operatore inesistente", "Chi chiede non è tra gli utenti dell'ente.";
    KeyAlreadyExists "006-0017" 409 "Chiave presente", "La chiave è già depositata: generarne un'altra.";
    KeychainNotFound "006-0018" 404 "Portachiavi inesistente", "Il portachiavi non esiste: controllare l'identificativo.";
    NotAllowedOnKeychain "006-0019" 403 "Portachiavi di altri", "Il portachiavi appartiene a un altro ente.";
    EServiceAlreadyLinked "006-0024" 409 "E-service associato", "Il portachiavi è già associato all'e-service.";
    NotAllowedOnEService "006-0025" 403 "E-service di altri", "Si associano soltanto e-service dell'ente.";
    KeychainEServiceNotFound "006-0026" 404 "E-service inesistente", "L'e-service da associare non esiste.";
    NotAllowedToDeleteKey "006-0027" 403 "Chiave di altri", "La chiave è stata caricata da un altro operatore.";
    ClientKindNotAllowed "006-0031" 403 "Tipo di client diverso", "L'operazione non è prevista per questo tipo di client.";
    SecurityUserNotMember "006-0032" 403 "Operatore estraneo", "Un operatore di sicurezza vede soltanto i client di cui fa parte.";
    AdminNotFound "006-0033" 404 "Amministratore mancante", "Il client non ha questo amministratore.";
    AlreadyAdmin "006-0034" 409 "Amministratore presente", "L'utente è già l'amministratore del client.";
    DuplicatedMembers "006-0039" 400 "Operatori ripetuti", "Un operatore compare due volte.";
    InvalidPublicKey "006-9101" 400 "Chiave non leggibile", "Inviare in base64 il testo PEM di una chiave pubblica RSA, con esponente 65537.";
    NotAnRsaKey "006-9102" 400 "Chiave non RSA", "Sono ammesse soltanto chiavi RSA.";
    InvalidKeyLength "006-9103" 400 "Chiave troppo corta", "La chiave deve avere almeno 2048 bit.";
    PrivateKeyNotAllowed "006-9104" 400 "Chiave privata", "È stata inviata una chiave privata: generarne un'altra, perché questa non è più segreta, e inviare solo la pubblica.";
    CertificateNotAllowed "006-9105" 400 "Certificato", "Inviare la chiave pubblica, non un certificato.";
    MultipleKeysNotAllowed "006-9106" 400 "Chiavi multiple", "Inviare una chiave alla volta.";
    JwkDecodingError "006-9107" 400 "Chiave non decodificabile", "Il contenuto non è base64.";

    TenantLoginNotAllowed "008-0011" 403 "Ente sconosciuto", "L'ente non aderisce alla piattaforma: controllare con quale ente si entra.";
    InvalidArchive "008-0021" 400 "Archivio non valido", "Inviare un archivio zip esportato dalla piattaforma, con configuration.json e i file che nomina.";
    NotExportable "008-0024" 400 "Versione non esportabile", "Si esporta una versione pubblicata, deprecata o sospesa che ha un'interfaccia.";
    ConsentNotFound "008-0026" 404 "Informativa inesistente", "I consensi sono PP e TOS.";
    ConsentOutdated "008-0027" 409 "Versione non attuale", "Accettare la versione attuale dell'informativa.";

    BothCodes "012-0011" 400 "Codici alternativi", "Cercare per codice IPA oppure per codice fiscale.";
    NoVersionInState "012-0015" 400 "Versione mancante", "La finalità non ha una versione nello stato che l'operazione richiede.";
    OthersDeclarations "012-0026" 403 "Dichiarazioni di altri", "Un ente dichiara soltanto i propri attributi.";
    LastDescriptor "012-0029" 409 "Unica versione", "L'e-service ha soltanto questa versione: eliminare l'e-service.";
    GroupAttributeNotFound "012-0034" 404 "Attributo inesistente", "Il gruppo non contiene questo attributo.";
    GroupNotFound "012-0036" 404 "Gruppo inesistente", "La versione non ha questo gruppo di attributi.";
}

/// A fault, with what is to be told this time besides the advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is refused.
    pub fault: Fault,
    /// What was wrong this time.
    pub told: Option<String>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { fault, told: None }
    }
}

impl Fault {
    /// The fault with what was wrong this time.
    pub fn told(self, told: impl Into<String>) -> Refusal {
        Refusal { fault: self, told: Some(told.into()) }
    }
}

/// A refused or failed operation.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A rule forbids it.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A defect of ours, or of the installation.
    #[error("{0}")]
    Defect(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_and_title_fits_the_published_schema() {
        let common = [Service::Catalog, Service::Web, Service::Gateway].into_iter().flat_map(|service| {
            [
                Fault::Unauthorized(service),
                Fault::Forbidden(service),
                Fault::Malformed(service),
                Fault::Conflict(service),
                Fault::TokenMissing(service),
                Fault::TokenInvalid(service),
                Fault::TooMany(service),
            ]
        });
        for fault in Fault::NAMED.iter().copied().chain(common) {
            let (code, status, title, advice) = fault.row();
            let (service, number) = code.split_once('-').unwrap();
            let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
            assert!(digits(service, 3) && digits(number, 4), "{code}");
            assert!((400..500).contains(&status), "{code}");
            assert!((1..=64).contains(&title.len()) && title.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{title}");
            assert!(advice.chars().count() <= 1024 && !advice.contains('\n'), "{advice}");
        }
    }

    #[test]
    fn every_code_is_explained() {
        let page = include_str!("../ERRORS.md");
        for fault in Fault::NAMED {
            let (code, status, title, advice) = fault.row();
            let row = format!("| {code} | {status} | {title} | {advice} |");
            assert!(page.contains(&row), "ERRORS.md lacks: {row}");
        }
        for fault in crate::vouchers::fault::Fault::ALL {
            let row = format!("| {} | {} | {} |", fault.code(), fault.name(), fault.text());
            assert!(page.contains(&row), "ERRORS.md lacks: {row}");
        }
    }
}
