//! Why no voucher is given: the numbers and names that operators know from logs and from the debug tool.

macro_rules! faults {
    ($($name:ident $code:literal $text:literal;)*) => {
        /// A reason to refuse an assertion.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $(#[doc = $text] $name,)*
        }

        impl Fault {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its four digits.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Its name, as operators know it.
            pub fn name(self) -> String {
                let name = match self { $(Self::$name => stringify!($name),)* };
                name[..1].to_ascii_lowercase() + &name[1..]
            }

            /// What is wrong, in one line.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

faults! {
    UnexpectedClientAssertionSignatureVerificationError "0001" "la chiave depositata non può verificare l'asserzione";
    InvalidAssertionType "0002" "client_assertion_type deve essere urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    InvalidGrantType "0003" "grant_type deve essere client_credentials";
    InvalidAudience "0004" "aud non contiene un valore ammesso, scritto esattamente e senza https://";
    AudienceNotFound "0005" "manca aud";
    InvalidClientAssertionFormat "0006" "client_assertion non è un JWS leggibile";
    UnexpectedClientAssertion "0007" "il contenuto di client_assertion non è un oggetto";
    JtiNotFound "0008" "manca jti";
    IssuedAtNotFound "0009" "manca iat";
    ExpNotFound "0010" "manca exp";
    IssuerNotFound "0011" "manca iss";
    SubjectNotFound "0012" "manca sub";
    InvalidSubject "0013" "sub è diverso da client_id";
    InvalidPurposeIdClaimFormat "0014" "purposeId non è un UUID";
    KidNotFound "0015" "manca kid";
    ClientAssertionSignatureVerificationError "0016" "la firma non si può verificare";
    TokenExpiredError "0017" "exp è passato";
    JsonWebTokenError "0018" "un istante non è un numero, o è negativo";
    NotBeforeError "0019" "nbf o iat è nel futuro";
    InvalidPurposeState "0020" "la finalità non è attiva";
    InvalidAgreementState "0021" "la richiesta di fruizione non è attiva";
    InvalidEServiceState "0022" "la versione dell'e-service non è attiva né deprecata";
    InvalidClientIdFormat "0023" "client_id non è un UUID";
    InvalidSubjectFormat "0024" "sub non è un UUID";
    InvalidDigestClaim "0025" "digest deve avere soltanto alg e value, questo in cifre esadecimali";
    InvalidHashLength "0026" "digest.value deve avere 64 caratteri";
    InvalidHashAlgorithm "0027" "digest.alg deve essere SHA256";
    AlgorithmNotFound "0028" "manca alg";
    AlgorithmNotAllowed "0029" "alg deve essere RS256";
    PurposeIdNotProvided "0030" "manca purposeId";
    InvalidKidFormat "0031" "kid deve avere 43 caratteri: l'impronta della chiave";
    ClientAssertionInvalidClaims "0032" "c'è un campo non previsto, o di un tipo diverso";
    InvalidSignature "0033" "la firma non corrisponde alla chiave indicata da kid";
    IssuerMismatch "0101" "iss è diverso da sub";
    AssertionLifetimeTooLong "0102" "l'asserzione dura più di quanto è ammesso";
    AssertionReplayed "0104" "l'asserzione è già stata usata: ogni richiesta ha un jti nuovo";
    KeyOrPurposeUnknown "0105" "la chiave non appartiene a un client associato a questa finalità";
    RequestNotReadable "0106" "la richiesta non è un modulo leggibile con ogni campo una sola volta";
}

/// The reasons in one line, as `detail` tells them.
pub fn told(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{} {}: {}", fault.code(), fault.name(), fault.text())).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_operators_know() {
        assert_eq!(Fault::JtiNotFound.name(), "jtiNotFound");
        assert_eq!(Fault::InvalidEServiceState.name(), "invalidEServiceState");
        let codes: std::collections::BTreeSet<_> = Fault::ALL.iter().map(|fault| fault.code()).collect();
        assert_eq!(codes.len(), Fault::ALL.len());
        assert!(told(&Fault::ALL[..10]).chars().count() <= 1024);
    }
}
