//! The store on every engine that is at hand: SQLite always, the servers if `DRAGOMAN_TEST_POSTGRES_URL` and `DRAGOMAN_TEST_MYSQL_URL` lead
//! to them (`eval "$(scripts/databases start)"`).

mod behaviour;
mod clusters;
mod contention;
mod hosts;
mod lost_commits;
mod many_rows;
mod outages;
mod schema;
mod silence;
mod tls;
