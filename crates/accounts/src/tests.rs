//! The tables on every engine that is at hand: SQLite always, the servers if `DRAGOMAN_TEST_POSTGRES_URL` and `DRAGOMAN_TEST_MYSQL_URL` lead
//! to them (`eval "$(scripts/databases start)"`).

mod mails;
mod migrating;
mod plans;
mod values;
