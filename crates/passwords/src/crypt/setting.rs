use sha_crypt::Params as ShaParams;
use yescrypt::{Mode as YescryptMode, Params as YescryptParams};
use zeroize::Zeroizing;

use super::des::Des;
use super::{base64, md5, phpass, sha};
use crate::algorithm::Algorithm;
use crate::bounds::bounded;
use crate::error::UnknownScheme;
use crate::scrypt::ScryptCost;
use crate::work::Work;

/// One of crypt(3)'s methods with its setting, such as `$6$rounds=1000$salt`.
#[derive(Clone, PartialEq, Eq)]
pub struct Crypt {
    setting: String,
    method: Method,
}

#[derive(Clone, PartialEq, Eq)]
enum Method {
    Des(Des),
    ExtendedDes(Des),
    Md5(&'static str),
    Sha256(ShaParams),
    Sha512(ShaParams),
    Sha1(u32),
    Phpass(Algorithm, u32),
    Scrypt(ScryptCost),
    Yescrypt(YescryptParams, Vec<u8>),
}

const MALFORMED: UnknownScheme = UnknownScheme::Malformed("not a crypt hash");
/// SHA-crypt takes time by the square of the length. libxcrypt takes 512 bytes, passlib 4096.
const LONGEST_PASSWORD: usize = 4096;
/// As many as the digits of `$7$` and `$y$` can say are gibibytes.
const YESCRYPT_BLOCKS: u64 = 1 << 20;

impl Crypt {
    /// Takes a stored text apart into setting and digest.
    pub(crate) fn read(text: &str) -> Result<(Self, String), UnknownScheme> {
        let (setting, digest) = match text.as_bytes() {
            [b'$', b'P' | b'H' | b'S', b'$', ..] => text.split_at_checked(12).ok_or(MALFORMED)?,
            [b'$', ..] => text.rsplit_once('$').ok_or(MALFORMED)?,
            [b'_', ..] => text.split_at_checked(9).ok_or(MALFORMED)?,
            _ => text.split_at_checked(2).ok_or(MALFORMED)?,
        };
        let crypt = Self::parse(setting)?;
        match crypt.could_give(digest) {
            true => Ok((crypt, digest.to_owned())),
            false => Err(MALFORMED),
        }
    }

    pub(crate) fn parse(setting: &str) -> Result<Self, UnknownScheme> {
        let method = match setting.strip_prefix('$') {
            Some(marked) => {
                let (name, rest) = marked.split_once('$').ok_or(MALFORMED)?;
                marked_method(name, rest)?
            }
            None => des_method(setting)?,
        };
        Ok(Self { setting: setting.to_owned(), method })
    }

    pub(crate) fn setting(&self) -> &str {
        &self.setting
    }

    /// What follows the last `$` of the setting, or phpass's digit of the cost.
    fn salt(&self) -> &str {
        match self.method {
            Method::Phpass(..) => self.setting.get(4..).unwrap_or_default(),
            // N, r and p stand before it.
            Method::Scrypt(_) => self.setting.get(14..).unwrap_or_default(),
            _ => self.setting.rsplit_once('$').map_or("", |(_, salt)| salt),
        }
    }

    /// The digits crypt(3) gives; none, which match nothing, for a password longer than anybody's.
    pub(crate) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        let is_text = !matches!(self.method, Method::Phpass(..));
        // C code saw the password end at the first NUL.
        let seen = if is_text { password.split(|byte| *byte == 0).next().unwrap_or_default() } else { password };
        let digest = self.digits(seen.get(..LONGEST_PASSWORD).unwrap_or(seen));
        Zeroizing::new(if seen.len() > LONGEST_PASSWORD { String::new() } else { digest })
    }

    fn digits(&self, password: &[u8]) -> String {
        let salt = self.salt();
        match &self.method {
            Method::Des(des) => des.traditional(password),
            Method::ExtendedDes(des) => des.extended(password),
            Method::Md5(magic) => md5::digest(magic, password, salt.as_bytes()),
            Method::Sha256(rounds) => sha::sha256(password, salt.as_bytes(), *rounds),
            Method::Sha512(rounds) => sha::sha512(password, salt.as_bytes(), *rounds),
            Method::Sha1(rounds) => sha::sha1(password, salt, *rounds),
            Method::Phpass(algorithm, log_rounds) => phpass::digest(*algorithm, password, salt.as_bytes(), *log_rounds),
            Method::Scrypt(cost) => base64::encode(cost.derive(password, salt.as_bytes(), 32).iter().copied()),
            Method::Yescrypt(parameters, salt) => {
                let mut key = Zeroizing::new([0; 32]);
                match yescrypt::yescrypt(password, salt, parameters, &mut *key) {
                    Ok(()) => base64::encode(*key),
                    // No password matches; the parameters were checked when the text was read.
                    Err(_) => String::new(),
                }
            }
        }
    }

    /// Whether crypt(3) could have written these digits.
    pub(crate) fn could_give(&self, digest: &str) -> bool {
        let bytes = match self.method {
            Method::Des(_) | Method::ExtendedDes(_) => return base64::is_block(digest),
            // Cut by Drupal in the middle of a byte.
            Method::Phpass(Algorithm::Sha512, _) => {
                return digest.len() == 43 && digest.bytes().all(|digit| base64::value(digit).is_some());
            }
            Method::Md5(_) | Method::Phpass(..) => 16,
            Method::Sha1(_) => 21,
            Method::Sha256(_) | Method::Scrypt(_) | Method::Yescrypt(..) => 32,
            Method::Sha512(_) => 64,
        };
        base64::decode(digest).is_some_and(|decoded| decoded.len() == bytes)
    }

    pub(crate) fn work(&self) -> Work {
        match &self.method {
            Method::Des(des) | Method::ExtendedDes(des) => Work::of("des-crypt", u64::from(des.rounds) * 1000),
            Method::Md5(_) => Work::of("md5-crypt", 300_000),
            Method::Sha256(rounds) | Method::Sha512(rounds) => Work::of("sha-crypt", sha_rounds(*rounds) * 500),
            Method::Sha1(rounds) => Work::of("sha1-crypt", u64::from(*rounds) * 500),
            Method::Phpass(_, log_rounds) => Work::of("phpass", 150 << log_rounds),
            Method::Scrypt(cost) => cost.work(),
            Method::Yescrypt(cost, _) => Work::of("yescrypt", cost.n() * u64::from(cost.r()) * 250),
        }
    }
}

fn sha_rounds(parameters: ShaParams) -> u64 {
    parameters.to_string().trim_start_matches("rounds=").parse().unwrap_or(u64::from(ShaParams::RECOMMENDED_ROUNDS))
}

fn des_method(setting: &str) -> Result<Method, UnknownScheme> {
    match setting.strip_prefix('_') {
        Some(counted) => {
            let (rounds, salt) = counted.split_at_checked(4).ok_or(MALFORMED)?;
            let (Some(rounds), Some(salt), 4) = (base64::number(rounds), base64::number(salt), salt.len()) else {
                return Err(MALFORMED);
            };
            bounded("crypt rounds", &rounds.to_string(), 1 << 20, "1 to 1048576")?;
            Ok(Method::ExtendedDes(Des { salt, rounds }))
        }
        None => {
            let salt = base64::number(setting).filter(|_| setting.len() == 2).ok_or(MALFORMED)?;
            Ok(Method::Des(Des { salt, rounds: 25 }))
        }
    }
}

fn marked_method(name: &str, rest: &str) -> Result<Method, UnknownScheme> {
    match name {
        "1" => short_salt(rest, 8).map(|()| Method::Md5("$1$")),
        "apr1" => short_salt(rest, 8).map(|()| Method::Md5("$apr1$")),
        "5" => sha_parameters(rest).map(Method::Sha256),
        "6" => sha_parameters(rest).map(Method::Sha512),
        "sha1" => {
            let (rounds, salt) = rest.split_once('$').ok_or(MALFORMED)?;
            short_salt(salt, 64)?;
            bounded("crypt rounds", rounds, 10_000_000, "1 to 10000000").map(Method::Sha1)
        }
        "P" | "H" | "S" => {
            let algorithm = if name == "S" { Algorithm::Sha512 } else { Algorithm::Md5 };
            let (rounds, _) = rest.split_at_checked(1).filter(|(_, salt)| salt.len() == 8).ok_or(MALFORMED)?;
            let log_rounds = base64::number(rounds).ok_or(MALFORMED)?;
            bounded("phpass rounds", &log_rounds.to_string(), 22, "2 to the 1st to 22nd power")?;
            Ok(Method::Phpass(algorithm, log_rounds))
        }
        "7" => scrypt_cost(rest).map(Method::Scrypt),
        "y" => yescrypt_parameters(rest),
        _ => Err(unknown(name)),
    }
}

/// The error for a method that is known by name but not computed.
fn unknown(name: &str) -> UnknownScheme {
    UnknownScheme::method(match name {
        "gy" => "gost-yescrypt",
        "3" => "bsd-nthash",
        "sm3" => "sm3-crypt",
        name if name == "md5" || name.starts_with("md5,") => "sun-md5-crypt",
        name => name,
    })
}

fn short_salt(salt: &str, most: usize) -> Result<(), UnknownScheme> {
    let is_fit = salt.len() <= most && !salt.contains(['$', '\0', '\n', ':']);
    if is_fit { Ok(()) } else { Err(UnknownScheme::Malformed("the salt of a crypt hash is too long or odd")) }
}

fn sha_parameters(rest: &str) -> Result<ShaParams, UnknownScheme> {
    let (rounds, salt) = match rest.strip_prefix("rounds=") {
        Some(rounds) => rounds.split_once('$').ok_or(MALFORMED)?,
        None => ("5000", rest),
    };
    short_salt(salt, 16)?;
    let rounds = bounded("crypt rounds", rounds, 10_000_000, "1000 to 10000000")?;
    ShaParams::new(rounds).map_err(|_| UnknownScheme::OutOfBounds {
        parameter: "crypt rounds",
        value: rounds.to_string(),
        allowed: "1000 to 10000000",
    })
}

/// `$7$`: one digit for N, five each for r and p, then the salt.
fn scrypt_cost(rest: &str) -> Result<ScryptCost, UnknownScheme> {
    let (n, rest) = rest.split_at_checked(1).ok_or(MALFORMED)?;
    let (r, rest) = rest.split_at_checked(5).ok_or(MALFORMED)?;
    let (p, salt) = rest.split_at_checked(5).ok_or(MALFORMED)?;
    short_salt(salt, 256)?;
    let number = |digits| base64::number(digits).ok_or(MALFORMED);
    let n = 1u64.checked_shl(number(n)?).unwrap_or(u64::MAX);
    let [n, r, p] = [n.to_string(), number(r)?.to_string(), number(p)?.to_string()];
    ScryptCost::new([&n, &r, &p])
}

fn yescrypt_parameters(rest: &str) -> Result<Method, UnknownScheme> {
    let (cost, salt) = rest.split_once('$').ok_or(MALFORMED)?;
    let parameters: YescryptParams =
        cost.parse().map_err(|_| UnknownScheme::Malformed("a flavour of yescrypt that is not computed here"))?;
    let (n, r) = (parameters.n(), parameters.r());
    if n.saturating_mul(u64::from(r)) > YESCRYPT_BLOCKS {
        let (parameter, value) = ("yescrypt N,r", format!("{n},{r}"));
        return Err(UnknownScheme::OutOfBounds { parameter, value, allowed: "128 MiB" });
    }
    // Only what crypt(3) writes: one lane, no extra passes, the usual flavour.
    match YescryptParams::new(YescryptMode::Rw, n, r, 1) {
        Ok(usual) if usual == parameters => {}
        _ => return Err(UnknownScheme::Malformed("a flavour of yescrypt that is not computed here")),
    }
    Ok(Method::Yescrypt(parameters, base64::decode(salt).filter(|salt| salt.len() <= 64).ok_or(MALFORMED)?))
}
