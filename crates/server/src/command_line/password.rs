//! Passwords come from a terminal without echo or from standard input, never from the arguments, which every user of
//! the machine can see.

use std::io::{IsTerminal, Read};

use dragoman_passwords::Secret;

use super::Complaint;
use crate::file::take_mark_off;

/// Longest password taken from standard input.
const BYTES: u64 = 64 * 1024;

/// Asks twice on the terminal, or reads standard input to its end, one trailing newline trimmed. An empty password is
/// refused: it would log in through a dialect that asks for no length, and a pipe whose command failed carries nothing.
pub(super) fn new_password(from_stdin: bool) -> Result<Secret, Complaint> {
    let password = if from_stdin { read_stdin()? } else { ask()? };
    if password.as_bytes().is_empty() {
        return Err("the password is empty: nothing was changed".into());
    }
    Ok(password)
}

fn ask() -> Result<Secret, Complaint> {
    let no_terminal = |error| Complaint(format!("no terminal to ask for the password ({error}): use --password-stdin"));
    let password = rpassword::prompt_password("Password: ").map_err(no_terminal)?;
    if rpassword::prompt_password("Again: ").map_err(no_terminal)? != password {
        return Err("the two passwords differ".into());
    }
    Ok(Secret::from(password))
}

/// One that is known already: asked once on a terminal, else standard input.
pub(super) fn known_password(prompt: &str) -> Result<Secret, Complaint> {
    if !std::io::stdin().is_terminal() {
        return read_stdin();
    }
    Ok(Secret::from(rpassword::prompt_password(prompt)?))
}

fn read_stdin() -> Result<Secret, Complaint> {
    let mut text = Vec::new();
    std::io::stdin().take(BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > BYTES {
        return Err("the password is too long".into());
    }
    take_mark_off(&mut text);
    if text.ends_with(b"\n") {
        text.pop();
        if text.ends_with(b"\r") {
            text.pop();
        }
    }
    Ok(Secret::new(text))
}
