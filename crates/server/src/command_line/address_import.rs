//! Address rows into the database: staged batch by batch, put in place of the old ones at the end, or not at all.

use std::collections::HashSet;

use dragoman_accounts::{Accounts, Realm};
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    Complaint,
    address_file::{Row, Rows},
};

/// Rows staged in one write.
const BATCH: usize = 500;
/// Bad rows that are told one by one.
const TOLD: usize = 20;

/// Gives the number of rows now served. After a bad row the present ones stay.
pub(super) async fn import(accounts: &Accounts, realm: &Realm, file: Rows) -> Result<usize, Complaint> {
    let progress = progress(file.length);
    accounts.begin_catalogue_import(realm).await?;
    let (mut batch, mut seen, mut bad) = (Vec::new(), HashSet::new(), Vec::new());
    for row in file.rows {
        progress.set_position(row.position);
        match checked(&row, &mut seen) {
            Ok(numbered) => batch.push(numbered),
            Err(reason) => bad.push(format!("line {}: {reason}", row.line)),
        }
        if batch.len() >= BATCH && bad.is_empty() {
            accounts.stage_catalogue(realm, std::mem::take(&mut batch)).await?;
        } else if batch.len() >= BATCH {
            batch.clear();
        }
    }
    progress.finish_and_clear();
    if !bad.is_empty() {
        // Drops what was staged.
        accounts.begin_catalogue_import(realm).await?;
        return Err(Complaint(told(&bad)));
    }
    accounts.stage_catalogue(realm, batch).await?;
    Ok(accounts.finish_catalogue_import(realm).await?)
}

fn checked(row: &Row, seen: &mut HashSet<i64>) -> Result<(i64, String), String> {
    let address = row.address.as_ref().map_err(Clone::clone)?;
    address.check()?;
    if !seen.insert(address.id) {
        return Err(format!("id {} stands twice in the file", address.id));
    }
    Ok((address.id, address.encode().map_err(|error| error.to_string())?))
}

fn told(bad: &[String]) -> String {
    let mut lines: Vec<String> = bad.iter().take(TOLD).cloned().collect();
    if bad.len() > TOLD {
        lines.push(format!("and {} more", bad.len() - TOLD));
    }
    format!("{}\n{} bad rows, nothing was imported", lines.join("\n"), bad.len())
}

/// Drawn on a terminal only.
fn progress(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent}% {bytes}/{total_bytes} {eta}");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
