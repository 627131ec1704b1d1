//! A first draft of a column mapping, out of the names of tables and columns and of what their values look like. It says why it
//! chose what it chose, and what it is not sure about; it shows no value of a password column.

mod draft;
mod flags;
mod guess;
mod roles;
mod sample;
mod shape;

use dragoman_legacy::Source;

use self::{draft::Draft, roles::Roles};

/// Reads a source of which nothing is known and drafts a mapping for it, as TOML.
///
/// # Errors
/// A sentence for the operator: the source does not read, or nothing in it looks like accounts.
pub fn suggest(source: &mut Source) -> Result<String, String> {
    let tables = sample::read(source)?;
    let mut candidates: Vec<Roles<'_>> = tables.iter().filter_map(Roles::of).collect();
    candidates.sort_by(|one, other| other.score.total_cmp(&one.score).then(other.table.rows.cmp(&one.table.rows)));
    let Some(best) = candidates.first() else {
        let names: Vec<String> = tables.iter().take(20).map(|table| format!("{:?}", table.name)).collect();
        return Err(format!(
            "no table has both names and password hashes that a mapping could take (MD5 or bcrypt); seen: {}",
            if names.is_empty() { "no rows at all".to_owned() } else { names.join(", ") }
        ));
    };
    let others = candidates.iter().skip(1).take(5).map(|other| other.table.name.clone()).collect();
    Ok(Draft::of(best, others).to_string())
}
