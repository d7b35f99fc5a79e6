//! The Segnatura: what a registry is told about a document whose number it is to give. The order of the elements is the schema's.

use contracts::documents::{Author, DocumentV1, File, TransmissionType};
use contracts::payments::PersonKind;
use serde::Serialize;

use super::Dialect;
use crate::document::transmission_type;
use crate::soap::clean;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Segnatura {
    intestazione: Intestazione,
    descrizione: Descrizione,
    applicativo_protocollo: ApplicativoProtocollo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Intestazione {
    oggetto: String,
    identificatore: Identificatore,
    mittente: Vec<Parte>,
    destinatario: Vec<Parte>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classifica: Option<Classifica>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fascicolo: Option<Fascicolo>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Identificatore {
    codice_amministrazione: String,
    #[serde(rename = "CodiceAOO")]
    codice_aoo: String,
    numero_registrazione: &'static str,
    data_registrazione: &'static str,
    flusso: &'static str,
}

/// A sender or receiver.
#[derive(Clone, Serialize)]
struct Parte {
    #[serde(rename = "$value")]
    who: Who,
}

#[derive(Clone, Serialize)]
enum Who {
    Persona(Persona),
    Amministrazione(Amministrazione),
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Persona {
    #[serde(rename = "@id")]
    id: String,
    nome: String,
    cognome: String,
    codice_fiscale: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    indirizzo_telematico: Option<IndirizzoTelematico>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Amministrazione {
    denominazione: String,
    codice_amministrazione: String,
    indirizzo_telematico: IndirizzoTelematico,
    unita_organizzativa: Unita,
}

#[derive(Clone, Serialize)]
struct IndirizzoTelematico {
    #[serde(rename = "@tipo")]
    tipo: &'static str,
    #[serde(rename = "$text")]
    address: String,
}

#[derive(Clone, Serialize)]
struct Unita {
    #[serde(rename = "@id")]
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Classifica {
    codice_amministrazione: String,
    #[serde(rename = "CodiceAOO")]
    codice_aoo: String,
    codice_titolario: String,
}

#[derive(Serialize)]
struct Fascicolo {
    #[serde(rename = "@anno")]
    year: String,
    #[serde(rename = "@numero")]
    number: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Descrizione {
    documento: Documento,
    #[serde(skip_serializing_if = "Option::is_none")]
    allegati: Option<Allegati>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Allegati {
    documento: Vec<Documento>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Documento {
    #[serde(rename = "@id")]
    id: String,
    #[serde(rename = "@nome")]
    name: String,
    descrizione_documento: String,
    tipo_documento: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ApplicativoProtocollo {
    #[serde(rename = "@nome")]
    name: String,
    parametro: Vec<Parametro>,
}

#[derive(Serialize)]
struct Parametro {
    #[serde(rename = "@nome")]
    name: &'static str,
    #[serde(rename = "@valore")]
    value: String,
}

/// The Segnatura of `document`, whose files the registry has under the identifiers `files`: the main one first, then the attachments.
pub fn write<'a>(document: &DocumentV1, files: &[String], setting: impl Fn(&str) -> &'a str, dialect: Dialect) -> String {
    let text = |name: &str| clean(setting(name));
    let there = |name: &str| !setting(name).is_empty();
    let office = Who::Amministrazione(Amministrazione {
        denominazione: text("denominazione"),
        codice_amministrazione: text("codice_amministrazione"),
        indirizzo_telematico: IndirizzoTelematico { tipo: "smtp", address: text("email") },
        unita_organizzativa: Unita { id: text("id_unit_org") },
    });
    let office = Parte { who: office };
    let people: Vec<_> = document.author.iter().map(person).collect();
    let (flusso, mittente, destinatario) = match transmission_type(document) {
        TransmissionType::Inbound => ("E", people, vec![office]),
        TransmissionType::Outbound => ("U", vec![office], people),
        TransmissionType::Internal => ("I", vec![office.clone()], vec![office]),
    };
    let kind = if there("tipo_documento") { text("tipo_documento") } else { "Documento".to_owned() };
    let file = |id: &String, file: &File| Documento {
        id: id.clone(),
        name: clean(&file.filename),
        descrizione_documento: clean(file.description.as_deref().unwrap_or(&file.name)),
        tipo_documento: kind.clone(),
    };
    let attachments: Vec<_> = files.iter().skip(1).zip(&document.attachments).map(|(id, sent)| file(id, sent)).collect();
    let segnatura = Segnatura {
        intestazione: Intestazione {
            oggetto: clean(&document.title),
            identificatore: Identificatore {
                codice_amministrazione: text("codice_amministrazione"),
                codice_aoo: text("codice_aoo"),
                numero_registrazione: "0",
                data_registrazione: "0",
                flusso,
            },
            mittente,
            destinatario,
            classifica: there("class_cod").then(|| Classifica {
                codice_amministrazione: text("codice_amministrazione"),
                codice_aoo: text("codice_aoo"),
                codice_titolario: text("class_cod"),
            }),
            fascicolo: there("folder_number").then(|| Fascicolo { year: text("folder_year"), number: text("folder_number") }),
        },
        descrizione: Descrizione {
            documento: file(files.first().unwrap_or(&String::new()), &document.main_document),
            allegati: (!attachments.is_empty()).then_some(Allegati { documento: attachments }),
        },
        applicativo_protocollo: ApplicativoProtocollo {
            name: if there("application") { text("application") } else { "Sportello".to_owned() },
            parametro: parameters(setting, dialect),
        },
    };
    let xml = quick_xml::se::to_string(&segnatura).expect("texts and lists have an XML form");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}")
}

/// Who wrote a document, or whom it is for.
fn person(author: &Author) -> Parte {
    let tax_code = clean(&author.tax_identification_number);
    let is_human = author.kind == PersonKind::Human;
    let who = Who::Persona(Persona {
        id: tax_code.clone(),
        nome: if is_human { clean(&author.name) } else { String::new() },
        // A company has one name.
        cognome: clean(if is_human { author.family_name.as_deref().unwrap_or_default() } else { &author.name }),
        codice_fiscale: tax_code,
        indirizzo_telematico: (!author.email.is_empty())
            .then(|| IndirizzoTelematico { tipo: "smtp", address: clean(&author.email) }),
    });
    Parte { who }
}

/// What the vendor's own program is told beside.
fn parameters<'a>(setting: impl Fn(&str) -> &'a str, dialect: Dialect) -> Vec<Parametro> {
    let unit = Some(setting("creation_unit")).filter(|unit| !unit.is_empty()).unwrap_or_else(|| setting("id_unit_org"));
    let (dispatch, competent) = (setting("dispatch_type"), setting("competence_unit"));
    let mut parameters = vec![("uo", unit.to_owned())];
    if dialect == Dialect::Swa {
        parameters.push(("tipoSmistamento", dispatch.to_owned()));
        if !competent.is_empty() {
            parameters.push(("smistamento", format!("{competent}@@{dispatch}")));
        }
    } else {
        parameters.push(("TipoDocumento", setting("tipo_documento").to_owned()));
    }
    let said = parameters.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| Parametro { name, value: clean(&value) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str) -> &'static str {
        match name {
            "denominazione" => "Comune di Bugliano & C.",
            "codice_amministrazione" => "c_bugl",
            "codice_aoo" => "AOO1",
            "email" => "protocollo@example.it",
            "id_unit_org" => "URP",
            "class_cod" => "6.3",
            "dispatch_type" => "COMPETENZA",
            "competence_unit" => "SUE",
            "folder_year" => "2026",
            "folder_number" => "12",
            _ => "",
        }
    }

    fn document() -> DocumentV1 {
        serde_json::from_str(include_str!("../../../../contracts/samples/documents/1/created.json")).unwrap()
    }

    #[test]
    fn the_elements_have_the_order_of_the_schema() {
        let files = ["11".to_owned(), "12".to_owned(), "13".to_owned()];
        let xml = write(&document(), &files, setting, Dialect::Swa);
        let order = [
            "<?xml ",
            "<Segnatura><Intestazione><Oggetto>",
            "<Identificatore><CodiceAmministrazione>c_bugl</CodiceAmministrazione><CodiceAOO>AOO1</CodiceAOO>\
             <NumeroRegistrazione>0</NumeroRegistrazione><DataRegistrazione>0</DataRegistrazione><Flusso>E</Flusso></Identificatore>",
            "<Mittente><Persona id=\"",
            "<Destinatario><Amministrazione><Denominazione>Comune di Bugliano &amp; C.</Denominazione>",
            "<IndirizzoTelematico tipo=\"smtp\">protocollo@example.it</IndirizzoTelematico><UnitaOrganizzativa id=\"URP\"/>",
            "<Classifica>",
            "<CodiceTitolario>6.3</CodiceTitolario>",
            "<Fascicolo anno=\"2026\" numero=\"12\"/></Intestazione>",
            "<Descrizione><Documento id=\"11\" nome=\"",
            "<Allegati><Documento id=\"12\" nome=\"planimetria.pdf\">",
            "<Documento id=\"13\" nome=\"delega.pdf\">",
            "</Allegati></Descrizione><ApplicativoProtocollo nome=\"Sportello\"><Parametro nome=\"uo\" valore=\"URP\"/>\
             <Parametro nome=\"tipoSmistamento\" valore=\"COMPETENZA\"/><Parametro nome=\"smistamento\" valore=\"SUE@@COMPETENZA\"/>",
        ];
        let mut rest = xml.as_str();
        for part in order {
            let at = rest.find(part).unwrap_or_else(|| panic!("{part} is missing or misplaced in {xml}"));
            rest = &rest[at + part.len()..];
        }
    }

    #[test]
    fn what_goes_out_has_its_parties_exchanged() {
        let mut document = document();
        document.registration_data.as_mut().unwrap().transmission_type = TransmissionType::Outbound;
        let xml = write(&document, &["1".to_owned()], setting, Dialect::Rpc);
        assert!(
            xml.contains("<Flusso>U</Flusso>")
                && xml.contains("<Mittente><Amministrazione>")
                && xml.contains("<Destinatario><Persona")
        );
        assert!(!xml.contains("<Allegati>"));
    }
}
