//! SQLite has no statistics of a young database to choose an index by; these look-ups must not read every name there is.

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use dragoman_store::{Connection, throwaway::every_engine};

use crate::TABLES;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The look-ups of a search and of a released name, and the index each must use.
const PLANS: [(&str, &str); 9] = [
    ("SELECT account FROM identities WHERE folded_group = x'00' AND kind = 0", "identities_by_folded_group"),
    (
        "SELECT exact_key FROM identities WHERE folded_group = x'00' AND scope = '' AND kind = 0 ORDER BY account LIMIT 1",
        "identities_by_folded_group",
    ),
    (
        "SELECT account FROM identities WHERE kind = 0 AND scope > '' AND scope < 'v1' LIMIT 1",
        "identities_by_kind_scope",
    ),
    (
        "SELECT account FROM identities WHERE search_key >= x'61' AND search_key < x'62' \
         AND (search_key > x'61' OR exact_key > x'00') ORDER BY search_key, exact_key LIMIT 9",
        "identities_by_search_key (search_key>? AND search_key<?)",
    ),
    (
        "SELECT value FROM identities WHERE search_key IS NULL ORDER BY exact_key LIMIT 9",
        "identities_by_search_key (search_key=?)",
    ),
    (
        "SELECT bio FROM accounts WHERE deleted_at IS NULL AND role = 0 AND number > 5 ORDER BY number LIMIT 9",
        "accounts_by_role_number",
    ),
    (
        "SELECT number FROM accounts WHERE deleted_at IS NULL ORDER BY number LIMIT 15 OFFSET 4500",
        "COVERING INDEX accounts_by_deletion",
    ),
    (
        "SELECT network FROM audit WHERE id < 9 AND action = 'locked' ORDER BY id DESC LIMIT 9",
        "audit_by_action (action=? AND id<?)",
    ),
    ("SELECT session FROM old_sessions WHERE purge_at <= 5 LIMIT 9", "COVERING INDEX old_sessions_by_purge_at"),
];

#[tokio::test]
async fn look_ups_use_the_index_that_is_meant() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        let plans = store.read(|connection| {
            let Connection::Sqlite(connection) = connection else { return Ok(Vec::new()) };
            let explain = |(query, _): (&str, &str)| sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(connection);
            PLANS.map(explain).into_iter().collect::<Result<Vec<Vec<Step>>, _>>()
        });
        for ((query, index), plan) in PLANS.iter().zip(plans.await.unwrap()) {
            let details: Vec<&str> = plan.iter().map(|step| step.detail.as_str()).collect();
            assert!(details.concat().contains(index), "{query}: {details:?}");
        }
    }
}
