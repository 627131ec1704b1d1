//! What can be imported: one piece a dialect.

use dragoman_accounts::{ForeignLogin, ForeignPart};
use dragoman_dialect_frp::legacy as frp;
use dragoman_dialect_medusa::legacy as medusa;
use dragoman_dialect_php::legacy as php;
use dragoman_dialect_proxy::legacy as proxy;
use dragoman_dialect_v1::legacy as v1;
use dragoman_migrate::{Importer, Neutral, Part, Passwords};

/// How each dialect reads its old deployments.
pub(crate) const IMPORTERS: &[Importer] = &[
    Importer {
        dialect: "frp",
        tables: frp::tables,
        convert: frp::read,
        neutral: by_name(frp::NEUTRAL_MEMBERS, frp::neutral_part),
    },
    Importer {
        dialect: "medusa",
        tables: medusa::tables,
        convert: medusa::read,
        neutral: by_name(medusa::NEUTRAL_MEMBERS, medusa::neutral_part),
    },
    Importer {
        dialect: "php",
        tables: php::tables,
        convert: php::read,
        neutral: Neutral { passwords: Passwords::Digests, ..by_name(&[], |_| Ok(ForeignPart::default())) },
    },
    Importer {
        dialect: "proxy",
        tables: proxy::tables,
        convert: proxy::read,
        neutral: by_name(proxy::NEUTRAL_MEMBERS, proxy::neutral_part),
    },
    Importer {
        dialect: "v1",
        tables: v1::tables,
        convert: v1::read,
        neutral: Neutral { login: ForeignLogin::Email, ..by_name(v1::NEUTRAL_MEMBERS, v1::neutral_part) },
    },
];

/// A dialect whose users log in by name, with their password.
const fn by_name(members: &'static [&'static str], part: Part) -> Neutral {
    Neutral { login: ForeignLogin::Username, passwords: Passwords::Plain, members, part }
}
