//! Passwords: how they are kept, checked and upgraded.
//!
//! A [`Scheme`] is one verifier in its stored text form. An account holds one or more of them, each with the [`View`] of
//! the password it verifies, because one dialect's clients send only a digest (php contract 3). [`Hasher`] checks what a
//! client [`Presented`] against them; [`HashingPool`] keeps that work off the request threads.
//!
//! It knows no account. Nothing here shows a password, digest or hash in its `Debug` form or in an error.

mod algorithm;
mod argon2;
mod at_rest;
mod bcrypt_keys;
mod bcrypt_text;
mod bounds;
mod check;
mod crypt;
mod dearest;
mod derivation;
mod error;
mod foreign;
mod foreign_bcrypt;
mod hasher;
pub mod hex;
mod imported;
mod iterated_hmac;
mod method;
mod native;
mod origin;
mod padding;
mod pbkdf2;
mod pool;
mod queue;
pub mod random;
mod recipe;
mod salt;
mod same;
mod scheme;
mod scrypt;
mod sealing;
mod secret;
mod stopwatch;
mod template;
mod view;
mod work;

#[cfg(test)]
mod legacy_accounts_test;

pub use argon2::Argon2;
pub use at_rest::AtRest;
pub use bcrypt_text::Cost;
pub use check::{check, fresh_credentials, upgrade_needed, verify_any};
pub use crypt::Crypt;
pub use dearest::Dearest;
pub use derivation::Derivation;
pub use error::UnknownScheme;
pub use foreign_bcrypt::ForeignBcrypt;
pub use hasher::Hasher;
pub use imported::{digest_only, from_login_digest_column, from_md5_column, from_salted_md5_column, wrap_all};
pub use iterated_hmac::IteratedHmac;
pub use native::NativeHash;
pub use origin::Origin;
pub use pbkdf2::Pbkdf2;
pub use pool::{Busy, HashingPool};
pub use queue::{Caller, Standing};
pub use recipe::Recipe;
pub use same::is_same_password;
pub use scheme::Scheme;
pub use scrypt::Scrypt;
pub use sealing::{SealingKey, Unsealed};
pub use secret::Secret;
pub use template::Template;
pub use view::{Presented, View, md5, self_md5, user_md5};
pub use work::Work;
