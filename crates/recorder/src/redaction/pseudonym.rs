//! Invented values in place of real ones: of the same length and form, the same for the same value, and begun alike where the
//! real ones begin alike, so that a cut, a damaged or a differently cased value still is what it was.

use sha2::{Digest, Sha256};

/// Domains that belong to nobody (RFC 2606, RFC 6761).
const NOBODYS: [&str; 7] = ["example.com", "example.org", "example.net", "example", "test", "invalid", "localhost"];

/// Runs of letters that are exchanged among each other; upper case goes with the lower case of the same place.
const ALPHABETS: [(char, char); 9] = [
    ('a', 'z'),
    ('а', 'я'),
    ('à', 'ö'),
    ('ぁ', 'ゖ'),
    ('ァ', 'ヶ'),
    ('一', '龥'),
    ('가', '힣'),
    ('α', 'ρ'),
    ('😀', '🙏'),
];

/// Makes the invented values of one recording; nothing can be computed back without its key, which is never kept.
pub struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    /// With a key of its own.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Letter for letter: a digit for a digit, an upper case letter for one, hex for hex. What is neither stays.
    pub fn of_text(&self, value: &str) -> String {
        let hex = is_hex(value);
        let uuid = hex && value.len() == 36 && value.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
        let mut chain = Chain::new(&self.key);
        let start = value.len() - value.trim_start().len();
        let exchanged = |(place, letter)| match place {
            // Version and variant.
            14 | 19 if uuid => letter,
            place => chain.exchange(letter, hex, place == start),
        };
        value.char_indices().map(exchanged).collect()
    }

    /// An address at a domain that is nobody's, of the same length.
    pub fn of_email(&self, address: &str) -> String {
        let Some((local, domain)) = address.rsplit_once('@') else { return self.of_text(address) };
        let (domain, blanks) = domain.split_at(domain.trim_end().len());
        format!("{}@{}{blanks}", self.of_text(local), self.of_domain(domain))
    }

    /// A domain in `.test`, where the length allows it.
    fn of_domain(&self, domain: &str) -> String {
        let lower = domain.to_ascii_lowercase();
        if NOBODYS.iter().any(|end| lower == *end || lower.ends_with(&format!(".{end}"))) {
            return domain.to_owned();
        }
        // Dots and hyphens stay where they are: servers treat domains with them in their own ways.
        let plain: String = lower.chars().map(|letter| if letter.is_ascii() { letter } else { 'x' }).collect();
        let invented = self.of_text(&plain);
        let Some(length) = invented.len().checked_sub(".test".len()).filter(|length| *length > 0) else {
            return self.of_text(domain);
        };
        let name = invented.get(..length).unwrap_or("x");
        match name.strip_suffix(['.', '-']) {
            Some(shorter) => format!("{shorter}x.test"),
            None => format!("{name}.test"),
        }
    }

    /// A network address of those kept for documents (RFC 5737, RFC 3849).
    pub fn of_network_address(&self, address: std::net::IpAddr) -> String {
        let digest = Sha256::new().chain_update(self.key).chain_update(address.to_string()).finalize();
        let [first, second, ..] = digest.as_slice() else { return String::new() };
        match address {
            std::net::IpAddr::V4(_) => format!("198.51.100.{}", 1 + first % 254),
            std::net::IpAddr::V6(_) => format!("2001:db8::{first:x}{second:02x}"),
        }
    }
}

/// What has been read so far decides what the next letter becomes.
struct Chain([u8; 32]);

impl Chain {
    fn new(key: &[u8; 32]) -> Self {
        Self(*key)
    }

    fn exchange(&mut self, letter: char, hex: bool, first: bool) -> char {
        let exchanged = self.exchanged(letter, hex, first);
        if letter.is_whitespace() {
            // Servers cut blanks off; what is behind them stays the same value.
            return exchanged;
        }
        let folded: String = letter.to_lowercase().collect();
        self.0 = Sha256::new().chain_update(self.0).chain_update(folded).finalize().into();
        exchanged
    }

    fn exchanged(&self, letter: char, hex: bool, first: bool) -> char {
        if hex && let Some(digit) = letter.to_digit(16) {
            let turned = char::from_digit((digit + self.step(16)) % 16, 16).unwrap_or(letter);
            return if letter.is_ascii_uppercase() { turned.to_ascii_uppercase() } else { turned };
        }
        match letter {
            // A number keeps its length when it is read as one.
            '1'..='9' if first => self.turned(letter, '1', '9'),
            '0' if first => letter,
            '0'..='9' => self.turned(letter, '0', '9'),
            _ => {
                let mut lower = letter.to_lowercase();
                let lower = lower.next().filter(|_| lower.next().is_none()).unwrap_or(letter);
                let Some((from, to)) = ALPHABETS.iter().find(|(from, to)| (*from..=*to).contains(&lower)) else {
                    return letter;
                };
                let turned = self.turned(lower, *from, *to);
                if lower == letter { turned } else { turned.to_uppercase().next().unwrap_or(turned) }
            }
        }
    }

    fn turned(&self, letter: char, from: char, to: char) -> char {
        let size = u32::from(to) - u32::from(from) + 1;
        let place = (u32::from(letter) - u32::from(from) + self.step(size)) % size;
        char::from_u32(u32::from(from) + place).unwrap_or(letter)
    }

    /// How far to go round; never all the way.
    fn step(&self, size: u32) -> u32 {
        let [a, b, c, d, ..] = self.0;
        1 + u32::from_be_bytes([a, b, c, d]) % (size - 1)
    }
}

/// Hex digits of one letter case, perhaps in the groups of a UUID.
fn is_hex(value: &str) -> bool {
    let digits = value.chars().filter(|letter| *letter != '-').count();
    let of = |allowed: fn(char) -> bool| value.chars().all(|letter| letter == '-' || allowed(letter));
    digits >= 16
        && value.contains(|letter: char| letter.is_ascii_digit())
        && (of(|letter| matches!(letter, '0'..='9' | 'a'..='f'))
            || of(|letter| matches!(letter, '0'..='9' | 'A'..='F')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms() -> Pseudonyms {
        Pseudonyms::new([7; 32])
    }

    #[test]
    fn the_form_stays_and_no_letter_does() {
        let of = |text: &str| pseudonyms().of_text(text);
        for value in ["Passw0rd-1", "密码Ab1", "3605ce59fcabe8e69108df6ae4237af8", "新しいパスワード9", "4711"]
        {
            let invented = of(value);
            assert_eq!(invented, of(value));
            assert_eq!(invented.len(), value.len(), "{value} {invented}");
            for (old, new) in value.chars().zip(invented.chars()) {
                assert_eq!(old.is_uppercase(), new.is_uppercase());
                assert!(old != new || !old.is_alphanumeric() || old == 'ー', "{value} {invented}");
            }
        }
        assert!(of("3605ce59fcabe8e69108df6ae4237af8").chars().all(|digit| matches!(digit, '0'..='9' | 'a'..='f')));
    }

    #[test]
    fn relations_stay() {
        let of = |text: &str| pseudonyms().of_text(text);
        assert_eq!(of("ANN-PW"), of("ann-pw").to_uppercase());
        assert_eq!(of(" ann-pw "), format!(" {} ", of("ann-pw")));
        let long = "m".repeat(90);
        assert_eq!(of(&long).get(..72), Some(of(long.get(..72).unwrap()).as_str()));
        assert_ne!(of("secret-1"), of("secret-2"));
        assert_ne!(Pseudonyms::new([8; 32]).of_text("secret-1"), of("secret-1"));
    }

    #[test]
    fn addresses_are_nobodys() {
        let of = |address: &str| pseudonyms().of_email(address);
        assert!(of("hana@qq.com").ends_with(".test"));
        assert_eq!(of("hana@mail.firma.de").len(), "hana@mail.firma.de".len());
        assert!(of("Hana.K@leaf.test").ends_with("@leaf.test"));
        assert!(!of("Hana.K@leaf.test").contains("Hana"));
        assert_eq!(of("HANA@leaf.test"), of("hana@leaf.test").replace(&of("hana"), &of("HANA")));
        assert!(pseudonyms().of_network_address("10.1.2.3".parse().unwrap()).starts_with("198.51.100."));
    }
}
