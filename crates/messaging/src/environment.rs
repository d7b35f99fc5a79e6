//! Which of the sender's environments is asked for a remote message (source "CRU Configurazioni remote").

/// One of a sender's environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// The real one.
    Production,
    /// The one for trials.
    Test,
}

/// The environment for a recipient; `None` when the configuration has none at all.
pub fn choose(has_production: bool, has_test: bool, is_test_user: bool) -> Option<Environment> {
    match (has_production, has_test) {
        (true, true) if is_test_user => Some(Environment::Test),
        (true, _) => Some(Environment::Production),
        (false, true) => Some(Environment::Test),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_every_cell_of_the_environment_table() {
        use Environment::{Production, Test};
        for (production, test, is_test_user, expected) in [
            (true, false, false, Some(Production)),
            (true, false, true, Some(Production)),
            (false, true, false, Some(Test)),
            (false, true, true, Some(Test)),
            (true, true, true, Some(Test)),
            (true, true, false, Some(Production)),
            (false, false, false, None),
            (false, false, true, None),
        ] {
            assert_eq!(choose(production, test, is_test_user), expected, "{production} {test} {is_test_user}");
        }
    }
}
