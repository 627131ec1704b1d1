//! `dragoman import status`: the imports there were, and how passwords are kept.

use std::process::ExitCode;

use dragoman_accounts::Accounts;
use dragoman_passwords::AtRest;
use serde_json::json;

use crate::command_line::{
    Complaint,
    account_view::date,
    output::{print_json, print_line},
};

pub(super) async fn show(accounts: &Accounts, as_json: bool) -> Result<ExitCode, Complaint> {
    let mut imports = Vec::new();
    for journal in accounts.import_journals().await? {
        let counts = accounts.import_counts(&journal).await?;
        if !as_json {
            let state = match journal.finished_at {
                Some(at) => format!("done {}", date(at)),
                None => format!("{} of {} accounts done", journal.position, journal.total),
            };
            let (id, dialect, scope, source) = (&journal.id, &journal.dialect, &journal.scope, &journal.source);
            print_line(&format!("{id}  {dialect} into {scope:?} from {source}: {state}"))?;
            let (created, merged, buried) = (counts.created, counts.merged, counts.buried);
            print_line(&format!(
                "    {created} made, {merged} merged, {buried} dead numbers kept, {} pictures",
                counts.pictures
            ))?;
        }
        imports.push(json!({
            "id": journal.id, "dialect": journal.dialect, "scope": journal.scope, "source": journal.source,
            "total": journal.total, "done": journal.position, "finished": journal.finished_at.is_some(),
            "created": counts.created, "merged": counts.merged, "buried": counts.buried, "pictures": counts.pictures,
        }));
    }
    let rests = accounts.passwords_at_rest().await?;
    let count = |rest: AtRest| rests.get(&rest).copied().unwrap_or_default();
    let all = [AtRest::Bare, AtRest::Sealed, AtRest::Wrapped, AtRest::Foreign, AtRest::Native];
    if as_json {
        let passwords: serde_json::Map<_, _> =
            all.iter().map(|rest| (rest.name().to_owned(), json!(count(*rest)))).collect();
        print_json(&json!({ "imports": imports, "passwords": passwords }))?;
    } else {
        let told: Vec<String> = all.iter().map(|rest| format!("{} {}", count(*rest), rest.name())).collect();
        print_line(&format!("passwords: {}", told.join(", ")))?;
    }
    Ok(ExitCode::SUCCESS)
}
