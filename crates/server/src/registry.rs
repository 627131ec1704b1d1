//! The dialects this binary speaks.

use dragoman_dialect::Registered;

/// One line a dialect.
pub const REGISTRY: &[Registered] = &[
    Registered::of::<dragoman_dialect_frp::Frp>(),
    Registered::of::<dragoman_dialect_medusa::Medusa>(),
    Registered::of::<dragoman_dialect_php::Php>(),
    Registered::of::<dragoman_dialect_proxy::Proxy>(),
    Registered::of::<dragoman_dialect_v1::V1>(),
];
