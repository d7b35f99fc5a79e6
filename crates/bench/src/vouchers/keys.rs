//! Thousands of RSA keys in seconds. Drawing one takes tens of milliseconds, nearly all of it for its two primes; of few primes any two
//! make a key. Such keys keep no secret (they share factors), and cost whoever verifies them what any others do.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;
use num_bigint::BigUint;

/// The exponent of all of them.
const EXPONENT: u32 = 65_537;

/// As many keys, no two alike.
pub fn draw(count: usize) -> Vec<RsaKeyPair> {
    let mut primes: Vec<BigUint> = Vec::new();
    while primes.len() * primes.len().saturating_sub(1) / 2 < count {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key is drawn");
        let der: Pkcs8V1Der<'_> = pair.as_der().expect("it can be written");
        primes.extend(factors(der.as_ref()).expect("PKCS#8 of an RSA key"));
    }
    let pairs = (0..primes.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    pairs.take(count).map(|(one, other)| pair(&primes[one], &primes[other])).collect()
}

/// The two primes of a key in PKCS#8 (RFC 5958): the fifth and the sixth number of the RSA key (RFC 8017 A.1.2) in it.
fn factors(der: &[u8]) -> Option<[BigUint; 2]> {
    let info = element(der)?.0;
    let rest = element(element(info)?.1)?.1;
    let mut numbers = element(element(rest)?.0)?.0;
    for _ in 0..4 {
        numbers = element(numbers)?.1;
    }
    let (first, rest) = element(numbers)?;
    Some([BigUint::from_bytes_be(first), BigUint::from_bytes_be(element(rest)?.0)])
}

/// The content of the first element of DER, and what follows it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, content) = match *der.get(1..)? {
        [short, ref content @ ..] if short < 0x80 => (usize::from(short), content),
        [0x81, length, ref content @ ..] => (usize::from(length), content),
        [0x82, high, low, ref content @ ..] => (usize::from(high) << 8 | usize::from(low), content),
        _ => return None,
    };
    content.split_at_checked(length)
}

/// The key of two primes.
fn pair(one: &BigUint, other: &BigUint) -> RsaKeyPair {
    let (p, q) = (one.max(other), one.min(other));
    let (e, unit) = (BigUint::from(EXPONENT), BigUint::from(1_u32));
    let (below_p, below_q) = (p - &unit, q - &unit);
    let d = e.modinv(&(&below_p * &below_q)).expect("the exponent fits primes that were drawn for it");
    let inverse = q.modinv(p).expect("different primes");
    let numbers = [&(p * q), &e, &d, p, q, &(&d % &below_p), &(&d % &below_q), &inverse];
    let mut content = vec![0x02, 0x01, 0x00];
    for number in numbers {
        let mut bytes = number.to_bytes_be();
        if bytes.first().is_some_and(|first| *first >= 0x80) {
            bytes.insert(0, 0);
        }
        content.extend(wrap(0x02, &bytes));
    }
    RsaKeyPair::from_der(&wrap(0x30, &content)).expect("an RSA key")
}

fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let length = match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![short],
        Ok(length) => vec![0x81, length],
        Err(_) => vec![0x82, (length >> 8) as u8, (length & 0xff) as u8],
    };
    [&[tag], &length[..], content].concat()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn they_are_different_and_sign() {
        let keys = draw(7);
        let public: std::collections::BTreeSet<Vec<u8>> = keys.iter().map(|key| key.public_key().as_ref().to_vec()).collect();
        assert_eq!(public.len(), 7);
        for key in &keys {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"text", &mut signature).unwrap();
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
            public.verify(b"text", &signature).unwrap();
        }
    }
}
