//! The topics that services are about, with their published numbers.

/// The names; the number of each is its place.
pub const TOPICS: [&str; 18] = [
    "Altro",
    "Ambiente e animali",
    "Attività produttive e commercio",
    "Benessere sociale",
    "Casa e utenze",
    "Cultura, tempo libero e sport",
    "Educazione e formazione",
    "Giustizia e legge",
    "Lavori edilizi, catasto e urbanistica",
    "Mobilità e trasporti",
    "Redditi, patrimoni e fisco",
    "Servizi anagrafici e civici",
    "Servizi elettorali",
    "Sicurezza e Protezione Civile",
    "Suolo, spazi e beni pubblici",
    "Viaggi e turismo",
    "Vita lavorativa",
    "Salute",
];

/// The name of a topic.
pub fn name(id: i64) -> Option<&'static str> {
    usize::try_from(id).ok().and_then(|id| TOPICS.get(id).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_numbered_from_zero() {
        assert_eq!((name(0), name(17), name(18), name(-1)), (Some("Altro"), Some("Salute"), None, None));
    }
}
