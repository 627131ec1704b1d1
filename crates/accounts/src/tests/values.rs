//! What a padding collation, utf8mb3, TEXT or a narrow integer would spoil.

use std::convert::Infallible;

use diesel::prelude::*;
use dragoman_store::{Aborted, on, throwaway::every_engine};

use crate::{
    TABLES,
    schema::{audit, facets, sessions},
};

#[tokio::test]
async fn values_of_every_kind_come_back_as_they_were() {
    for database in every_engine() {
        let store = database.migrated(&TABLES).await;
        // Trailing blanks, four-byte characters, quotes, 70 KiB: what a padding collation, utf8mb3 or TEXT would spoil.
        let body = format!("'\"\\ \u{1F600} é e\u{301} {} ", "x".repeat(70_000));
        let written = body.clone();
        store
            .write(move |c| {
                on!(c, c => diesel::insert_into(facets::table)
                    .values((facets::account.eq(i64::MAX), facets::name.eq("n"), facets::body.eq(&written)))
                    .execute(c))?;
                on!(c, c => diesel::insert_into(sessions::table)
                    .values((
                        sessions::token_digest.eq(vec![0_u8; 32]),
                        sessions::account.eq(None::<i64>),
                        sessions::dialect.eq("v1"),
                        sessions::scope.eq("v1"),
                        sessions::purpose.eq("access"),
                        sessions::family.eq(vec![0xFF_u8; 32]),
                        sessions::created_at.eq(-1),
                        sessions::touched_at.eq(i64::MIN),
                        sessions::expires_at.eq(Some(1)),
                        sessions::purge_at.eq(None::<i64>),
                    ))
                    .execute(c))?;
                for _ in 0..2 {
                    on!(c, c => diesel::insert_into(audit::table)
                        .values((audit::at.eq(1), audit::action.eq("login"), audit::dialect.eq("v1")))
                        .execute(c))?;
                }
                Ok::<_, Aborted<Infallible>>(())
            })
            .await
            .unwrap();
        let read = store
            .read(|c| {
                let facet: (i64, String, String) = on!(c, c => facets::table.first(c))?;
                let session: (Vec<u8>, Option<i64>, Vec<u8>, i64) = on!(c, c => sessions::table
                    .filter(sessions::token_digest.eq(vec![0_u8; 32]))
                    .select((sessions::token_digest, sessions::account, sessions::family, sessions::touched_at))
                    .first(c))?;
                let ids: Vec<i64> = on!(c, c => audit::table.select(audit::id).order(audit::id).load(c))?;
                Ok((facet, session, ids))
            })
            .await
            .unwrap();
        assert_eq!(read.0, (i64::MAX, "n".to_owned(), body), "{}", database.url);
        assert_eq!(read.1, (vec![0; 32], None, vec![0xFF; 32], i64::MIN));
        assert_eq!(read.2, [1, 2]);
    }
}
