//! What can be imported: one line a dialect.

use dragoman_migrate::Importer;

/// How each dialect reads its old deployments.
pub(crate) const IMPORTERS: &[Importer] = &[
    Importer {
        dialect: "frp",
        tables: dragoman_dialect_frp::legacy::tables,
        convert: dragoman_dialect_frp::legacy::read,
    },
    Importer {
        dialect: "medusa",
        tables: dragoman_dialect_medusa::legacy::tables,
        convert: dragoman_dialect_medusa::legacy::read,
    },
    Importer {
        dialect: "php",
        tables: dragoman_dialect_php::legacy::tables,
        convert: dragoman_dialect_php::legacy::read,
    },
    Importer {
        dialect: "proxy",
        tables: dragoman_dialect_proxy::legacy::tables,
        convert: dragoman_dialect_proxy::legacy::read,
    },
    Importer { dialect: "v1", tables: dragoman_dialect_v1::legacy::tables, convert: dragoman_dialect_v1::legacy::read },
];
