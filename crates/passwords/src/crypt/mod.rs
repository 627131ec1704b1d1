//! Everything that says in its first characters how it is computed, as crypt(3) does: `SETTING$DIGEST`, and without the `$`
//! between in the DES and phpass forms.

mod base64;
mod des;
mod md5;
mod phpass;
mod setting;
mod sha;

pub use setting::Crypt;
