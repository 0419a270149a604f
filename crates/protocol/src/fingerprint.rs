//! What two people compare when their agencies meet for the first time.

use alloc::{format, string::String};
use core::{fmt, str::FromStr};

use crate::id::AgencyId;

/// Groups of a fingerprint.
const GROUPS: usize = 12;
/// A group has five digits.
const GROUP: u32 = 100_000;

/// The agency id as 60 decimal digits in 12 groups of 5: the id as a big-endian integer modulo 10^60.
///
/// 60 digits hold 199 bits, beyond reach of a search for a second agency with the same fingerprint. Digits read the
/// same in every script and over a telephone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint([u32; GROUPS]);

/// The text is not a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint has 60 digits, in 12 groups of 5")]
pub struct NotAFingerprint;

/// The content of an agency's QR code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QrText {
    /// The whole id, which is stronger than the fingerprint.
    pub agency: AgencyId,
    /// Where the card can be fetched.
    pub address: Option<String>,
}

/// The text is not the content of an agency's QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an agency's QR code reads mithaq:<agency id>?at=https://…")]
pub struct NotAQrText;

impl Fingerprint {
    /// The fingerprint of an agency.
    pub fn of(agency: &AgencyId) -> Self {
        let mut groups = [0_u32; GROUPS];
        for byte in agency.bytes() {
            // Multiplies the number by 256 and adds the byte; what runs over the first group is the modulus.
            let mut carry = u32::from(*byte);
            for group in groups.iter_mut().rev() {
                let value = *group * 256 + carry;
                *group = value % GROUP;
                carry = value / GROUP;
            }
        }
        Self(groups)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, group) in self.0.iter().enumerate() {
            write!(f, "{}{group:05}", if number == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    /// Reads 60 digits as people write them: spaces, line breaks, hyphens and marks of direction don't count, and the digits may be
    /// Arabic-Indic or Persian ones (CARD-12).
    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let mut digits = text.chars().filter(|c| !is_separator(*c)).map(digit);
        let mut groups = [0; GROUPS];
        for group in &mut groups {
            for _ in 0..5 {
                *group = *group * 10 + digits.next().flatten().ok_or(NotAFingerprint)?;
            }
        }
        if digits.next().is_some() { Err(NotAFingerprint) } else { Ok(Self(groups)) }
    }
}

impl fmt::Display for QrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mithaq:{}", self.agency)?;
        self.address.as_ref().map_or(Ok(()), |address| write!(f, "?at={address}"))
    }
}

impl FromStr for QrText {
    type Err = NotAQrText;

    fn from_str(text: &str) -> Result<Self, NotAQrText> {
        let rest = text.strip_prefix("mithaq:").ok_or(NotAQrText)?;
        let (agency, address) = match rest.split_once("?at=") {
            Some((agency, address)) if address.starts_with("https://") => (agency, Some(address.into())),
            Some(_) => return Err(NotAQrText),
            None => (rest, None),
        };
        Ok(Self { agency: agency.parse().map_err(|_| NotAQrText)?, address })
    }
}

const fn is_separator(c: char) -> bool {
    matches!(c, '-' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2066}'..='\u{2069}') || c.is_whitespace()
}

fn digit(c: char) -> Option<u32> {
    let zero = match c {
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        _ => '0',
    };
    u32::from(c).checked_sub(u32::from(zero)).filter(|value| *value < 10)
}

/// The fingerprint without its spaces, as it is passed in an address.
pub fn digits(fingerprint: &Fingerprint) -> String {
    format!("{fingerprint}").replace(' ', "")
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_fingerprint_is_the_id_modulo_10_to_the_60() {
        // spec: CARD-12. Computed with Python: int(id, 16) % 10**60.
        let largest = Fingerprint::of(&AgencyId::new([0xff; 32]));
        assert_eq!(largest.to_string(), "42357 09850 08687 90785 32699 84665 64056 40394 57584 00791 31296 39935");
        let mut one = [0; 32];
        one[31] = 7;
        assert_eq!(Fingerprint::of(&AgencyId::new(one)).to_string().split(' ').next_back(), Some("00007"));
    }

    #[test]
    fn a_fingerprint_is_read_as_people_write_it() {
        let fingerprint = Fingerprint::of(&AgencyId::new([0x5a; 32]));
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!(digits(&fingerprint).parse(), Ok(fingerprint));
        assert_eq!(fingerprint.to_string().replace(' ', "-\n").parse(), Ok(fingerprint));
        for zero in ['\u{660}', '\u{6f0}'] {
            let digit = |c: char| c.to_digit(10).and_then(|digit| char::from_u32(u32::from(zero) + digit)).unwrap_or(c);
            let written: String = fingerprint.to_string().chars().map(digit).collect();
            assert_eq!(format!("\u{200f}{written}\u{a0}").parse(), Ok(fingerprint), "{written}");
        }
        for wrong in
            ["", "1", &"1".repeat(59), &"1".repeat(61), &"x".repeat(60), &"\u{966}".repeat(60), &"/".repeat(60)]
        {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(NotAFingerprint));
        }
    }

    #[test]
    fn a_qr_code_holds_the_whole_id() {
        // spec: CARD-13
        let qr = QrText { agency: AgencyId::new([7; 32]), address: Some("https://a.example:8443".into()) };
        assert_eq!(qr.to_string().parse(), Ok(qr.clone()));
        let without = QrText { address: None, ..qr };
        assert_eq!(without.to_string().parse(), Ok(without));
        assert_eq!("mithaq:07?at=https://a".parse::<QrText>(), Err(NotAQrText));
    }
}
