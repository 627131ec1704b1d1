//! What only this dialect knows of an account.

use dragoman_accounts::Member;
use dragoman_dialect::Facet;
use dragoman_passwords::random::Randomness;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Written at registration: 27 characters, full-width punctuation (section 3).
pub const DEFAULT_DESCRIPTION: &str = "我不是英雄，我只做我想做的事，保护我想要保护的人而已。";

/// The picture styles of the old program.
const STYLES: [&str; 3] = ["identicon", "monsterid", "wavatar"];

/// The dialect's part of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyFacet {
    /// A picture address.
    pub avatar: String,
}

impl Facet for ProxyFacet {
    const NAME: &'static str = "proxy";
}

/// A random picture address (`/upavatar`). Nothing is ever fetched from there.
pub fn random_avatar(randomness: &dyn Randomness) -> String {
    let style = usize::try_from(randomness.below(3)).unwrap_or(0);
    avatar(&randomness.hex(16), style)
}

/// The picture of a member: its own, or, for one that another dialect made, always the same one of the usual form.
pub fn avatar_of(member: &Member) -> String {
    let own = member.facet.as_deref().map(ProxyFacet::decode);
    match own {
        Some(Ok(facet)) => facet.avatar,
        Some(Err(error)) => {
            tracing::error!(account = %member.account.number, %error, "the proxy facet does not read");
            derived_avatar(&member.account.uuid)
        }
        None => derived_avatar(&member.account.uuid),
    }
}

fn derived_avatar(uuid: &str) -> String {
    let digest = Sha256::digest(uuid.as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    avatar(&hex, 0)
}

fn avatar(hex: &str, style: usize) -> String {
    let style = STYLES.get(style).copied().unwrap_or("identicon");
    format!("http://www.gravatar.com/avatar/{hex}?s=256&d={style}")
}
