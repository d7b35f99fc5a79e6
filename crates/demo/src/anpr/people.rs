//! A hundred households of Bugliano. The citizens of the demonstration are heads of the first ones; the others are made from lists.

/// A place of birth.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Name.
    pub name: &'static str,
    /// Code of the institute of statistics.
    pub istat: &'static str,
    /// Code in the land register, as fiscal codes have it.
    pub code: &'static str,
    /// Province.
    pub county: &'static str,
}

/// Somebody.
#[derive(Clone, Debug)]
pub struct Person {
    /// Number in the register.
    pub id_anpr: String,
    /// Fiscal code.
    pub fiscal_code: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// `M` or `F`.
    pub sex: &'static str,
    /// `YYYY-MM-DD`
    pub born_on: String,
    /// Where.
    pub birthplace: Place,
    /// To the head of the household: 1 the head, 2 husband or wife, 3 son or daughter.
    pub bond: u8,
}

/// People who live together.
#[derive(Clone, Debug)]
pub struct Household {
    /// The head first.
    pub people: Vec<Person>,
    /// Street, without the word for it.
    pub street: &'static str,
    /// House number.
    pub number: usize,
    /// Door, for those who live in a block of flats.
    pub door: Option<String>,
    /// Postal code.
    pub postal_code: &'static str,
    /// Indicator of the economic situation, in cents; some have none.
    pub isee_cents: Option<u64>,
}

/// All of them.
#[derive(Debug)]
pub struct Households(Vec<Household>);

const PLACES: [Place; 5] = [
    Place { name: "Pisa", istat: "050026", code: "G702", county: "PI" },
    Place { name: "Ponte di Piave", istat: "026057", code: "G822", county: "TV" },
    Place { name: "Trento", istat: "022205", code: "L378", county: "TN" },
    Place { name: "Firenze", istat: "048017", code: "D612", county: "FI" },
    Place { name: "Roma", istat: "058091", code: "H501", county: "RM" },
];
const SURNAMES: [&str; 12] =
    ["Rossi", "Bianchi", "Ferrari", "Esposito", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno", "Gallo", "Conti"];
const MEN: [&str; 10] = ["Mario", "Luca", "Paolo", "Giorgio", "Stefano", "Davide", "Matteo", "Fabio", "Alberto", "Enrico"];
const WOMEN: [&str; 10] = ["Maria", "Laura", "Giulia", "Elena", "Chiara", "Silvia", "Paola", "Marta", "Irene", "Sofia"];
const STREETS: [&str; 6] = ["Roma", "Antica Aia", "Gramsci", "Garibaldi", "Verdi", "del Mulino"];

impl Households {
    /// The same ones each time.
    pub fn new() -> Self {
        let mut households = vec![
            headed("Michelangelo", "Buonarroti", ("M", 1975, 3, 6), 0, "Antica Aia", 1),
            headed("Vittorino", "Coliandro", ("M", 1976, 9, 1), 1, "Gramsci", 1),
            headed("Giulia", "Sighele", ("F", 1984, 3, 12), 2, "Roma", 7),
        ];
        // A code that does not follow from the name, as the demonstration has it.
        households[2].people[0].fiscal_code = "SGRGLI84C52L378W".to_owned();
        for index in households.len()..100 {
            let man = index.is_multiple_of(2);
            let name = if man { MEN[index % MEN.len()] } else { WOMEN[index % WOMEN.len()] };
            let born = (if man { "M" } else { "F" }, 1950 + index % 45, 1 + index % 12, 1 + (index * 7) % 28);
            let street = STREETS[index % STREETS.len()];
            households.push(headed(name, SURNAMES[index % SURNAMES.len()], born, index % PLACES.len(), street, index));
        }
        for (index, household) in households.iter_mut().enumerate() {
            populate(household, index);
        }
        for (index, person) in households.iter_mut().flat_map(|household| &mut household.people).enumerate() {
            person.id_anpr = format!("BU{index:05}LI");
        }
        Self(households)
    }

    /// Every one.
    pub fn all(&self) -> &[Household] {
        &self.0
    }

    /// The person with this fiscal code or number in the register, and the household.
    pub fn find(&self, sought: &str) -> Option<(&Household, &Person)> {
        self.0.iter().find_map(|household| {
            let person = household.people.iter().find(|person| person.fiscal_code == sought || person.id_anpr == sought)?;
            Some((household, person))
        })
    }
}

impl Default for Households {
    fn default() -> Self {
        Self::new()
    }
}

type Born = (&'static str, usize, usize, usize);

fn headed(name: &str, surname: &str, born: Born, place: usize, street: &'static str, number: usize) -> Household {
    Household {
        people: vec![person(name, surname, born, PLACES[place], 1)],
        street,
        number,
        door: (number % 3 == 2).then(|| format!("int{number}")),
        postal_code: "56056",
        isee_cents: (number % 10 != 9).then(|| 400_000 + number as u64 * 61_733),
    }
}

/// Husband or wife, and children, as many as the index says.
fn populate(household: &mut Household, index: usize) {
    let head = household.people[0].clone();
    let year: usize = head.born_on[..4].parse().unwrap_or(1970);
    if index % 4 == 3 {
        return;
    }
    let (sex, names) = if head.sex == "M" { ("F", &WOMEN) } else { ("M", &MEN) };
    let born = (sex, year + 1, 1 + (index + 5) % 12, 1 + (index * 3) % 28);
    let surname = SURNAMES[(index + 5) % SURNAMES.len()];
    household.people.push(person(names[(index + 1) % names.len()], surname, born, PLACES[index % PLACES.len()], 2));
    let children = if index == 0 { 2 } else { index % 3 };
    for child in 0..children {
        let girl = (index + child).is_multiple_of(2);
        let name = if girl { WOMEN[(index + child + 4) % WOMEN.len()] } else { MEN[(index + child + 4) % MEN.len()] };
        let born = (if girl { "F" } else { "M" }, (year + 27 + child).min(2023), 1 + (index + child) % 12, 1 + child * 9);
        household.people.push(person(name, &head.family_name, born, PLACES[0], 3));
    }
}

fn person(name: &str, surname: &str, born: Born, birthplace: Place, bond: u8) -> Person {
    let (sex, year, month, day) = born;
    Person {
        id_anpr: String::new(),
        fiscal_code: fiscal_code(name, surname, born, birthplace.code),
        given_name: name.to_owned(),
        family_name: surname.to_owned(),
        sex,
        born_on: format!("{year:04}-{month:02}-{day:02}"),
        birthplace,
        bond,
    }
}

/// The fiscal code of somebody (decree of 23 December 1976).
fn fiscal_code(name: &str, surname: &str, (sex, year, month, day): Born, place: &str) -> String {
    let day = if sex == "F" { day + 40 } else { day };
    let month = "ABCDEHLMPRST".as_bytes()[(month - 1) % 12] as char;
    let body = format!("{}{}{:02}{month}{day:02}{place}", letters(surname, false), letters(name, true), year % 100);
    let check = (b'A'..=b'Z').map(char::from).find(|check| format!("{body}{check}").parse::<kernel::FiscalCode>().is_ok());
    format!("{body}{}", check.unwrap_or('X'))
}

/// Three letters of a name: consonants first, then vowels, then X. Of four or more consonants a given name skips the second.
fn letters(name: &str, given: bool) -> String {
    let name: Vec<char> = name.to_uppercase().chars().filter(char::is_ascii_uppercase).collect();
    let is_vowel = |letter: &&char| "AEIOU".contains(**letter);
    let mut consonants: Vec<char> = name.iter().filter(|letter| !is_vowel(letter)).copied().collect();
    if given && consonants.len() >= 4 {
        consonants.remove(1);
    }
    consonants.extend(name.iter().filter(is_vowel));
    consonants.extend(['X'; 3]);
    consonants.into_iter().take(3).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_hundred_households_with_valid_codes_and_the_citizens_of_the_demonstration() {
        let households = Households::new();
        assert_eq!(households.all().len(), 100);
        let people: Vec<&Person> = households.all().iter().flat_map(|household| &household.people).collect();
        let codes: BTreeSet<&str> = people.iter().map(|person| person.fiscal_code.as_str()).collect();
        assert_eq!(codes.len(), people.len(), "everybody has a code");
        for person in &people {
            assert!(person.fiscal_code.parse::<kernel::FiscalCode>().is_ok(), "{person:?}");
            assert!(households.find(&person.id_anpr).is_some_and(|(_, found)| found.fiscal_code == person.fiscal_code));
        }
        for account in crate::accounts().iter().filter(|account| account.role == "user") {
            let (household, _) = households.find(&account.username).unwrap();
            assert_eq!(household.people[0].bond, 1, "{account:?}");
        }
        assert_eq!(households.find("BNRMHL75C06G702B").unwrap().0.people.len(), 4);
    }
}
