//! One document of each kind, all about the same citizen. The example `samples` prints them, the tests check them.

use kernel::jiff::civil::date;
use kernel::{Money, RomeTime};
use pdf::{
    ApplicationDocument, Attachment, Fact, Issuer, Item, Language, Logo, MessageDocument, MessageKind, NoticeDocument,
    OutcomeDocument, Payable, Person, PostalAccount, Protocol, ReceiptDocument, RecordDocument, RecordSection, Section,
    Signature,
};

/// A coat of arms of our own invention: a tower over waves.
const COAT_OF_ARMS: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 100">
<path d="M4 4h72v48c0 26-18 38-36 44C22 90 4 78 4 52z" fill="#0059b3" stroke="#17324d" stroke-width="4"/>
<path d="M26 68V34h-4V22h8v6h6v-6h8v6h6v-6h8v12h-4v34z" fill="#fff"/><path d="M36 68V54a4 4 0 0 1 8 0v14z" fill="#17324d"/>
<path d="M12 72q7-6 14 0t14 0 14 0 14 0M20 82q5-5 10 0t10 0 10 0 10 0" fill="none" stroke="#fff" stroke-width="3"/></svg>"##;

pub fn instant(text: &str) -> RomeTime {
    text.parse().expect("an ISO 8601 date-time")
}

pub fn issuer() -> Issuer {
    Issuer {
        name: "Comune di Bugliano".into(),
        contacts: vec![
            "Piazza del Municipio 1 – 56010 Bugliano (PI)".into(),
            "Codice fiscale 12345678903 – protocollo@pec.comune.bugliano.pi.it".into(),
        ],
        logo: Some(Logo::new(COAT_OF_ARMS.as_bytes()).expect("shapes only")),
    }
}

pub fn citizen() -> Person {
    Person {
        name: "Maria Niccolò D’Angelo".into(),
        tax_id: Some("DNGMNC80A41G702Z".into()),
        address: vec!["Via dell’Università 12".into(), "56010 Bugliano (PI)".into()],
    }
}

fn field(label: &str, value: &str) -> Item {
    Item::Field { label: label.into(), value: value.into() }
}

fn section(title: &str, items: Vec<Item>) -> Section {
    Section { title: title.into(), items }
}

/// Two pages, as most forms.
pub fn application() -> ApplicationDocument {
    let child = |name: &str, born: &str, school: &str, code: &str| vec![name.into(), born.into(), school.into(), code.into()];
    ApplicationDocument {
        language: Language::It,
        issuer: issuer(),
        service: "Iscrizione al servizio di mensa scolastica".into(),
        application_id: "0190a6c1-7f3e-7d52-9c1b-5b0a3c2d1e4f".parse().expect("a UUID"),
        submitted_at: instant("2025-03-12T10:05:00+01:00"),
        applicant: citizen(),
        authentication: Some("SPID, livello 2".into()),
        subject: Some("Iscrizione di due alunni per l’anno scolastico 2025/2026".into()),
        sections: vec![
            section(
                "Richiedente",
                vec![
                    field("Nome", "Maria Niccolò"),
                    field("Cognome", "D’Angelo"),
                    field("Codice fiscale", "DNGMNC80A41G702Z"),
                    field("Data di nascita", "1 gennaio 1980"),
                    field("Luogo di nascita", "Pisa (PI)"),
                    field("Residenza", "Via dell’Università 12, 56010 Bugliano (PI)"),
                    field("E-mail", "maria.dangelo@example.it"),
                    field("Telefono", "+39 050 1234567"),
                    field("In qualità di", "Genitore o esercente la responsabilità genitoriale"),
                ],
            ),
            section(
                "Alunni da iscrivere",
                vec![
                    Item::Table {
                        title: String::new(),
                        columns: ["Nome e cognome", "Data di nascita", "Scuola e classe", "Codice fiscale"].map(String::from).to_vec(),
                        rows: vec![
                            child("Giulia D’Angelo", "14/05/2015", "Primaria «Gianni Rodari», 4ª B", "DNGGLI15E54G702X"),
                            child("Niccolò D’Angelo", "02/11/2018", "Primaria «Gianni Rodari», 1ª A", "DNGNCL18S02G702P"),
                        ],
                    },
                    field("Giorni della settimana", "Lunedì, martedì, giovedì"),
                    field("Diete speciali", "Sì"),
                    Item::Heading { text: "Dieta speciale".into() },
                    field("Alunno", "Giulia D’Angelo"),
                    field("Motivo", "Celiachia"),
                    field("Note per la cucina", "Evitare anche le contaminazioni.\nIl certificato del pediatra è allegato."),
                ],
            ),
            section(
                "Situazione economica",
                vec![
                    field("Dispone di un’attestazione ISEE valida", "Sì"),
                    field("Protocollo della dichiarazione", "INPS-ISEE-2025-01234567X-00"),
                    field("Valore ISEE", "€ 14.250,00"),
                    field("Agevolazione richiesta", "Riduzione del 30 % della tariffa"),
                ],
            ),
            section(
                "Pagamento",
                vec![
                    field("Modalità", "Avviso pagoPA mensile"),
                    field("Intestatario degli avvisi", "Maria Niccolò D’Angelo"),
                    field("Recapito diverso dalla residenza", ""),
                ],
            ),
            section(
                "Dichiarazioni",
                vec![
                    Item::Text {
                        text: "Il richiedente dichiara, ai sensi degli articoli 46 e 47 del d.P.R. 28 dicembre 2000, n. 445, e \
                               consapevole delle sanzioni penali previste dall’articolo 76 per le dichiarazioni mendaci, che quanto \
                               indicato corrisponde al vero.\n\nIl richiedente si impegna a comunicare ogni variazione entro trenta giorni."
                            .into(),
                    },
                    field("Ho letto l’informativa sul trattamento dei dati personali", "Sì"),
                    field("Acconsento a ricevere comunicazioni sull’app IO", "No"),
                ],
            ),
        ],
        attachments: vec![
            Attachment {
                name: "certificato-pediatra.pdf".into(),
                description: "Certificato medico".into(),
                sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            },
            Attachment {
                name: "attestazione-isee-2025.pdf".into(),
                description: String::new(),
                sha256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752".into(),
            },
        ],
    }
}

pub fn outcome() -> OutcomeDocument {
    OutcomeDocument {
        language: Language::It,
        issuer: issuer(),
        protocol: Some(Protocol { number: "4821/2025".into(), on: date(2025, 4, 3) }),
        addressee: citizen(),
        service: "Iscrizione al servizio di mensa scolastica".into(),
        application_id: application().application_id,
        submitted_at: application().submitted_at,
        subject: "Mensa scolastica, anno 2025/2026: accoglimento della richiesta di iscrizione".into(),
        accepted: true,
        motivation: "L’istruttoria ha accertato che gli alunni Giulia e Niccolò D’Angelo frequentano la scuola primaria «Gianni \
                     Rodari» e che l’attestazione ISEE presentata dà diritto alla riduzione del 30 % della tariffa.\n\nIl servizio \
                     comincia il 15 settembre 2025. La dieta priva di glutine richiesta per Giulia è attiva dal primo giorno; eventuali \
                     variazioni si comunicano all’ufficio con almeno cinque giorni di anticipo.\n\nGli avvisi di pagamento saranno emessi \
                     ogni mese e inviati all’indirizzo di posta elettronica indicato nell’istanza."
            .into(),
        remedies: "Contro questo provvedimento è possibile presentare ricorso al Tribunale amministrativo regionale della Toscana entro \
                   sessanta giorni, oppure ricorso straordinario al Presidente della Repubblica entro centoventi giorni, dalla data in \
                   cui è stato ricevuto."
            .into(),
        attachments: vec!["Calendario del servizio 2025-2026.pdf".into(), "Carta dei servizi della mensa.pdf".into()],
        signature: Signature {
            place: "Bugliano".into(),
            office: "Ufficio Servizi scolastici".into(),
            role: "Il responsabile del procedimento".into(),
            name: "Dott.ssa Lucia Bianchi".into(),
            note: "Documento firmato digitalmente ai sensi dell’articolo 24 del d.lgs. 7 marzo 2005, n. 82.".into(),
        },
        issued_at: instant("2025-04-03T09:30:00+02:00"),
    }
}

/// The office asks for more.
pub fn message() -> MessageDocument {
    MessageDocument {
        language: Language::It,
        issuer: issuer(),
        kind: MessageKind::Request,
        service: "Iscrizione al servizio di mensa scolastica".into(),
        application_id: application().application_id,
        applicant: citizen(),
        operator: "Dott.ssa Lucia Bianchi".into(),
        text: "Per completare l’istruttoria serve il certificato del pediatra di Niccolò.\n\nSi prega di rispondere entro dieci giorni."
            .into(),
        attachments: vec![Attachment {
            name: "modello-certificato.pdf".into(),
            description: "Modello da compilare".into(),
            sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        }],
        written_at: instant("2025-03-20T11:40:00+01:00"),
    }
}

pub fn notice() -> NoticeDocument {
    NoticeDocument {
        language: Language::It,
        creditor: issuer(),
        creditor_tax_code: "12345678903".parse().expect("a tax code"),
        sector: "Servizi scolastici".into(),
        information: "Informazioni: 050 7654321, lunedì–venerdì 9–13, scuola@comune.bugliano.pi.it".into(),
        cbill: Some("AB12C".into()),
        postal: None,
        subject: "Mensa scolastica 2025/2026, quota annuale".into(),
        debtor: citizen(),
        single: payable("302872234000000343", 38_250, 9),
        instalments: Vec::new(),
        issued_at: instant("2025-08-20T08:00:00+02:00"),
    }
}

/// The same notice with a choice of instalments.
pub fn notice_in_instalments() -> NoticeDocument {
    NoticeDocument {
        instalments: vec![
            payable("302872234000000444", 12_750, 9),
            payable("302872234000000545", 12_750, 11),
            payable("302872234000000646", 12_750, 12),
        ],
        ..notice()
    }
}

/// The same for a body with a postal account.
pub fn notice_with_slips() -> NoticeDocument {
    let postal = PostalAccount {
        number: "1234567".into(),
        holder: "Comune di Bugliano – Servizio Tesoreria".into(),
        authorisation: Some("Aut. DB/SSIC/E 12345 del 01/03/2024".into()),
    };
    NoticeDocument { postal: Some(postal), ..notice_in_instalments() }
}

fn payable(notice: &str, cents: i64, month: i8) -> Payable {
    Payable {
        notice: notice.parse().expect("a notice number"),
        amount: Money::from_cents(cents).expect("an amount"),
        due_on: Some(date(2025, month, 30)),
    }
}

pub fn receipt() -> ReceiptDocument {
    ReceiptDocument {
        language: Language::It,
        creditor: issuer(),
        creditor_tax_code: "12345678903".parse().expect("a tax code"),
        payer: citizen(),
        debtor: None,
        reason: "Mensa scolastica 2025/2026, quota annuale".into(),
        amount: Money::from_cents(38_250).expect("an amount"),
        paid_at: instant("2025-09-02T18:41:00+02:00"),
        iuv: "02872234000000343".parse().expect("an IUV"),
        notice: Some("302872234000000343".parse().expect("a notice number")),
        transaction_id: "6d1f2e3c4b5a69788796a5b4c3d2e1f0".into(),
        provider: Some("Banca di Bugliano S.p.A.".into()),
        issued_at: instant("2025-09-02T18:42:00+02:00"),
    }
}

/// An agreement of the interoperability platform.
pub fn record() -> RecordDocument {
    let fact = |label: &str, value: &str| Fact::new(label, value);
    RecordDocument {
        language: Language::It,
        issuer: Issuer {
            name: "Piattaforma di interoperabilità".into(),
            contacts: vec!["interop.example.it".into()],
            logo: None,
        },
        kind: "Richiesta di fruizione".into(),
        title: "ANPR – Residenza".into(),
        id: "0190a6c1-7f3e-7d52-9c1b-5b0a3c2d1e50".parse().expect("a UUID"),
        facts: vec![
            fact("E-service", "ANPR – Residenza, versione 2"),
            fact("Erogatore", "Ministero dell’Interno (IPA m_it)"),
            fact("Fruitore", "Comune di Bugliano (IPA c_bugl)"),
            fact("Inoltrata", "12 marzo 2025, ore 10:05, da Ada Bianchi per Comune di Bugliano"),
            fact("Approvata", "13 marzo 2025, ore 09:30, da Ugo Neri per Ministero dell’Interno"),
        ],
        sections: vec![
            RecordSection {
                title: "Attributi certificati".into(),
                facts: vec![fact("Comuni e loro consorzi", "posseduto dal 3 gennaio 2024 (IPA L6)")],
                long_labels: false,
                none: "Nessuno richiesto.".into(),
            },
            RecordSection {
                title: "Attributi verificati".into(),
                facts: vec![],
                long_labels: false,
                none: "Nessuno richiesto.".into(),
            },
            RecordSection {
                title: "Risposte".into(),
                facts: vec![fact(
                    "Per quale finalità sono richiesti i dati? Indicare la norma, se c’è.",
                    "Istituzionale\nLegge 7 agosto 1990, n. 241",
                )],
                long_labels: true,
                none: String::new(),
            },
        ],
        note: "Documento prodotto dalla piattaforma quando la richiesta è diventata attiva.".into(),
        at: instant("2025-03-13T09:30:00+01:00"),
    }
}
