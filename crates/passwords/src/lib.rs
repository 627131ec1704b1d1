//! Passwords: how they are kept, checked and upgraded.
//!
//! A [`Scheme`] is one verifier in its stored text form. An account holds one or more of them, each with the [`View`] of
//! the password it verifies, because one dialect's clients send only a digest (php contract 3). [`Hasher`] checks what a
//! client [`Presented`] against them; [`HashingPool`] keeps that work off the request threads.
//!
//! It knows no account. Nothing here shows a password, digest or hash in its `Debug` form or in an error.

mod algorithm;
mod check;
mod error;
mod foreign_bcrypt;
mod hasher;
mod hex;
mod imported;
mod key_derivation;
mod modular_crypt;
mod native;
mod origin;
mod pool;
pub mod random;
mod recipe;
mod scheme;
mod secret;
mod template;
mod view;

#[cfg(test)]
mod legacy_accounts_test;

pub use check::{check, fresh_credentials, upgrade_needed, verify_any};
pub use error::UnknownScheme;
pub use foreign_bcrypt::ForeignBcrypt;
pub use hasher::Hasher;
pub use imported::{digest_only, from_md5_column, from_salted_md5_column};
pub use key_derivation::{Pbkdf2, Scrypt};
pub use modular_crypt::Cost;
pub use native::NativeHash;
pub use pool::{Busy, HashingPool};
pub use recipe::Recipe;
pub use scheme::Scheme;
pub use secret::Secret;
pub use template::Template;
pub use view::{Presented, View, md5, self_md5, user_md5};
