//! What stays in the row of a mail that was sent; nothing outside the store can see it.

use std::convert::Infallible;
use std::time::Duration;

use diesel::prelude::*;
use dragoman_store::throwaway::every_engine;
use dragoman_store::{Aborted, on};

use crate::clock::Timestamp;
use crate::queries::mails::{self, MailRow};
use crate::{TABLES, schema};

#[tokio::test]
async fn codes_and_bodies_of_sent_mails_are_forgotten() {
    let now = Timestamp::from_seconds(1_700_000_000);
    let queued = MailRow {
        id: "a".repeat(32),
        recipient: "a@leaf.test".to_owned(),
        recipient_key: mails::recipient_key("a@leaf.test"),
        sender_name: "网站管理员".to_owned(),
        subject: "验证码".to_owned(),
        text_body: "123456".to_owned(),
        html_body: Some("<b>123456</b>".to_owned()),
        code: Some("123456".to_owned()),
        state: mails::QUEUED,
        attempts: 0,
        created_at: now.millis(),
        due_at: now.millis(),
        last_error: None,
    };
    let left = MailRow {
        text_body: String::new(),
        html_body: None,
        code: None,
        state: mails::SENT,
        attempts: 1,
        due_at: now.plus(Duration::from_secs(1)).millis(),
        ..queued.clone()
    };
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        let row = queued.clone();
        let found = store
            .write(move |connection| {
                mails::insert(connection, &row)?;
                mails::claim(connection, &row.id, now, now.plus(Duration::from_secs(70)))?;
                mails::set_failed(connection, (&row.id, 2), (mails::DEAD, now), "not this claim's")?;
                mails::set_sent(connection, &row.id, now.plus(Duration::from_secs(1)))?;
                Ok::<_, Aborted<Infallible>>(
                    on!(connection, c => schema::mails::table.select(MailRow::as_select()).load(c))?,
                )
            })
            .await
            .unwrap();
        assert_eq!(found, std::slice::from_ref(&left), "{}", database.url);
    }
}
