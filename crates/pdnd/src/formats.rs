//! The shapes in which forms want the data: by name, with the other spellings of the documentation.

use kernel::FieldError;
use serde_json::{Map, Value, json};

use crate::anpr::{Generalities, Municipality, Subject};
use crate::errors::Error;
use crate::service::Service;

/// A shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The address.
    Residence,
    /// The address with codes, as forms made from an archetype have it.
    ResidenceArchetype,
    /// Husband or wife, and the children.
    Family,
    /// Everybody in the household.
    FamilyArchetype,
    /// Citizenships.
    Citizenship,
    /// The indicator of the economic situation.
    Isee,
}

const ALL: [Format; 6] =
    [Format::Residence, Format::ResidenceArchetype, Format::Family, Format::FamilyArchetype, Format::Citizenship, Format::Isee];

impl Format {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Residence => "residenza",
            Self::ResidenceArchetype => "residenza_archetipo",
            Self::Family => "famiglia",
            Self::FamilyArchetype => "famiglia_archetipo",
            Self::Citizenship => "cittadinanza",
            Self::Isee => "isee",
        }
    }

    /// The e-service whose data it shapes.
    fn service(self) -> Service {
        match self {
            Self::Residence | Self::ResidenceArchetype => Service::Residence,
            Self::Family | Self::FamilyArchetype => Service::Family,
            Self::Citizenship => Service::Citizenship,
            Self::Isee => Service::Isee,
        }
    }

    /// The shape that `name` asks for of a service; the first one when there is no name. Case and underscores do not matter, nor does the
    /// name of the e-service in the place of that of its data: `statoFamigliaArchetipo`.
    pub fn choose(service: Service, name: Option<&str>) -> Result<Self, Error> {
        let own = ALL.into_iter().filter(|format| format.service() == service);
        let plain = |name: &str| {
            let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            name.to_ascii_lowercase().replace("accertamento", "").replace("statofamiglia", "famiglia")
        };
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return own.into_iter().next().ok_or(Error::NotConfigured);
        };
        own.clone().find(|format| plain(format.name()) == plain(name)).ok_or_else(|| {
            let known = own.map(Self::name).collect::<Vec<_>>().join(", ");
            Error::Invalid(vec![FieldError::new("format", "enum", format!("Usare uno di: {known}."))])
        })
    }

    /// The data of the register in this shape; `None` for a shape that is not the register's, or data that are not there.
    pub fn shape(self, people: &[Subject], fiscal_code: &str) -> Option<Value> {
        match self {
            Self::Residence => residence(people, false),
            Self::ResidenceArchetype => residence(people, true),
            Self::Family => family(people, fiscal_code),
            Self::FamilyArchetype => household(people, fiscal_code),
            Self::Citizenship => citizenships(people),
            Self::Isee => None,
        }
    }
}

fn residence(people: &[Subject], codes: bool) -> Option<Value> {
    let address = &people.first()?.residenza.first()?.indirizzo;
    let number = &address.numero_civico;
    let house_number = [number.numero.trim(), number.lettera.trim(), number.esponente1.trim()].concat();
    let mut data = json!({
        "address": words(&[&address.toponimo.specie, &address.toponimo.denominazione_toponimo]),
        "house_number": house_number,
        "municipality": address.comune.nome_comune,
        "county": address.comune.sigla_provincia_istat,
        "postal_code": address.cap,
    });
    if codes {
        data["municipality_istat_code"] = address.comune.codice_istat.clone().into();
        data["locator_within"] = words(&[&number.civico_interno.scala, &number.civico_interno.interno1]).into();
    }
    Some(data)
}

fn words(words: &[&str]) -> String {
    words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Codes of what somebody is to the head of the household (table of family relations of the register).
const HEAD: &str = "1";
const PARTNER: &str = "2";
const CHILD: &str = "3";

/// The asker's husband or wife, and the asker's children, as far as what each is to the head of the household tells it.
fn relatives<'a>(people: &'a [Subject], fiscal_code: &str) -> (Option<&'a Subject>, Vec<&'a Subject>) {
    let bond = |subject: &Subject| subject.legame_soggetto.codice_legame.trim_start_matches('0').to_owned();
    let own = people.iter().find(|subject| subject.generalita.codice_fiscale.cod_fiscale == fiscal_code).map(bond);
    let partner = match own.as_deref() {
        Some(HEAD) => PARTNER,
        Some(PARTNER) => HEAD,
        // Of anybody else the register tells only what they are to the head.
        _ => return (None, Vec::new()),
    };
    let children = people.iter().filter(|subject| bond(subject) == CHILD).collect();
    (people.iter().find(|subject| bond(subject) == partner), children)
}

fn family(people: &[Subject], fiscal_code: &str) -> Option<Value> {
    let (partner, children) = relatives(people, fiscal_code);
    let mut data = partner.map(|partner| person(&partner.generalita)).unwrap_or_default();
    data.insert("children".to_owned(), list(&children));
    Some(Value::Object(data))
}

fn household(people: &[Subject], fiscal_code: &str) -> Option<Value> {
    let (partner, children) = relatives(people, fiscal_code);
    let members: Vec<_> = people.iter().collect();
    let partner: Vec<_> = partner.into_iter().collect();
    Some(json!({ "spouse": list(&partner), "children": list(&children), "members": list(&members) }))
}

fn list(people: &[&Subject]) -> Value {
    people.iter().map(|subject| Value::Object(person(&subject.generalita))).collect()
}

fn person(generalities: &Generalities) -> Map<String, Value> {
    let place = &generalities.luogo_nascita;
    let Municipality { nome_comune, .. } = &place.comune;
    let places = [nome_comune, &place.localita.descrizione_localita, &place.localita.descrizione_stato, &place.luogo_eccezionale];
    let born_in = places.into_iter().find(|place| !place.is_empty()).cloned().unwrap_or_default();
    let gender = if generalities.sesso == "F" { "femmina" } else { "maschio" };
    let members = [
        ("given_name", generalities.nome.clone()),
        ("family_name", generalities.cognome.clone()),
        ("tax_id", generalities.codice_fiscale.cod_fiscale.clone()),
        ("birth_date", generalities.data_nascita.clone()),
        ("birth_place", born_in),
        ("gender", gender.to_owned()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

fn citizenships(people: &[Subject]) -> Option<Value> {
    let all = &people.first()?.cittadinanza;
    let all = all.iter().map(|one| json!({ "country": one.codice_stato, "nationality": one.descrizione_stato }));
    Some(json!({ "cittadinanza": all.collect::<Vec<_>>() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(json: Value) -> Vec<Subject> {
        serde_json::from_value(json).unwrap()
    }

    fn member(code: &str, bond: &str, sex: &str) -> Value {
        json!({
            "generalita": {
                "codiceFiscale": { "codFiscale": code }, "cognome": "Rossi", "nome": code, "sesso": sex, "dataNascita": "1980-01-01",
                "luogoNascita": { "localita": { "descrizioneStato": "FRANCIA" } }
            },
            "legameSoggetto": { "codiceLegame": bond }
        })
    }

    #[test]
    fn names_of_shapes_are_taken_in_every_spelling() {
        let choose = |service, name| Format::choose(service, Some(name)).map(Format::name);
        for name in ["residenza_archetipo", "residenzaArchetipo", "RESIDENZA_ARCHETIPO", "accertamentoResidenzaArchetipo"] {
            assert_eq!(choose(Service::Residence, name).unwrap(), "residenza_archetipo");
        }
        assert_eq!(choose(Service::Family, "statoFamigliaArchetipo").unwrap(), "famiglia_archetipo");
        assert_eq!(Format::choose(Service::Family, None).unwrap(), Format::Family);
        assert!(matches!(choose(Service::Family, "residenza"), Err(Error::Invalid(_))), "of another service");
    }

    #[test]
    fn an_address_is_put_together() {
        let people = people(json!([{ "residenza": [{ "indirizzo": {
            "cap": "00100", "comune": { "nomeComune": "Roma", "codiceIstat": "058091", "siglaProvinciaIstat": "RM" },
            "toponimo": { "specie": "VIA", "denominazioneToponimo": "ROMA" },
            "numeroCivico": { "numero": "123", "lettera": "B", "civicoInterno": { "interno1": "int1" } }
        } }] }]));
        let plain = json!({ "address": "VIA ROMA", "house_number": "123B", "municipality": "Roma", "county": "RM", "postal_code": "00100" });
        assert_eq!(Format::Residence.shape(&people, "").unwrap(), plain);
        let archetype = Format::ResidenceArchetype.shape(&people, "").unwrap();
        assert_eq!((&archetype["municipality_istat_code"], &archetype["locator_within"]), (&json!("058091"), &json!("int1")));
        assert_eq!(Format::Residence.shape(&[], ""), None);
    }

    #[test]
    fn relatives_are_told_by_what_everybody_is_to_the_head() {
        let people = people(json!([member("A", "1", "M"), member("B", "2", "F"), member("C", "03", "M"), member("D", "6", "F")]));
        let of = |code| Format::Family.shape(&people, code).unwrap();
        assert_eq!((&of("A")["tax_id"], &of("A")["gender"]), (&json!("B"), &json!("femmina")));
        assert_eq!((&of("B")["tax_id"], &of("B")["children"][0]["tax_id"]), (&json!("A"), &json!("C")));
        assert_eq!(of("A")["birth_place"], "FRANCIA");
        assert_eq!(of("C"), json!({ "children": [] }), "the children of the head are not those of a child");
        let all = Format::FamilyArchetype.shape(&people, "A").unwrap();
        assert_eq!((all["spouse"].as_array().unwrap().len(), all["members"].as_array().unwrap().len()), (1, 4));
    }
}
