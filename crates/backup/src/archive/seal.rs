//! Encryption of blocks: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015) over ChaCha20-Poly1305, as age has it.
//!
//! The nonce of a block is its number (11 bytes) and whether it is the last (1 byte), so that no block can be left out, doubled, moved
//! or cut off; the block's kind is authenticated with it.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

use super::block::Kind;
use crate::BackupKey;

/// Seals or opens the blocks of one file, one after the other.
pub(super) struct Sealer {
    cipher: ChaCha20Poly1305,
    number: u64,
}

impl Sealer {
    pub(super) fn new(key: &BackupKey, salt: &[u8]) -> Self {
        Self { cipher: ChaCha20Poly1305::new(&Key::from(*key.of_file(salt))), number: 0 }
    }

    fn nonce(&mut self, kind: Kind) -> Nonce {
        let mut nonce = [0; 12];
        if let Some(place) = nonce.get_mut(3..11) {
            place.copy_from_slice(&self.number.to_be_bytes());
        }
        if let Some(last) = nonce.last_mut() {
            *last = u8::from(kind == Kind::End);
        }
        self.number += 1;
        Nonce::from(nonce)
    }

    pub(super) fn seal(&mut self, kind: Kind, body: &[u8]) -> Option<Vec<u8>> {
        let nonce = self.nonce(kind);
        self.cipher.encrypt(&nonce, Payload { msg: body, aad: &[kind as u8] }).ok()
    }

    pub(super) fn open(&mut self, kind: Kind, body: &[u8]) -> Option<Vec<u8>> {
        let nonce = self.nonce(kind);
        self.cipher.decrypt(&nonce, Payload { msg: body, aad: &[kind as u8] }).ok()
    }
}
