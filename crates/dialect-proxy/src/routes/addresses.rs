//! Section 5: the addresses of the pool.

use std::sync::Arc;

use actix_web::{HttpResponse, web::Data};
use dragoman_accounts::AccountError;
use dragoman_dialect::json::ArrayWriter;

use crate::{
    Mount,
    address::ListedAddress,
    auth::Caller,
    error::Refusal,
    routes::list::{ListRow, RowPage, list},
};

/// GET /iplist
pub async fn addresses(mount: Data<Mount>, _caller: Caller) -> Result<HttpResponse, Refusal> {
    let held = Arc::clone(&mount);
    list(&mount, move |after: Option<i64>| {
        let mount = Arc::clone(&held);
        async move {
            let page = mount.accounts.catalogue_page(&mount.realm, after.unwrap_or(0)).await?;
            let rows = page.rows.into_iter().map(ListedAddress::of).collect::<Result<_, _>>();
            let rows = rows.map_err(|error| {
                tracing::error!(%error, "an address does not read");
                AccountError::Internal
            })?;
            Ok(RowPage { rows, next: page.next })
        }
    })
    .await
}

impl ListRow for ListedAddress {
    fn write(&self, rows: &mut ArrayWriter, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        if let Self::AsListed(text) = self
            && rows.compact_element(text, out).is_some()
        {
            return Ok(());
        }
        rows.element(&*self.members()?, out)
    }
}

#[cfg(test)]
mod tests {
    use dragoman_dialect::json::{JsonFlavour, Layout};

    use super::*;
    use crate::address::Address;

    fn listed(layout: Layout, row: &ListedAddress) -> String {
        let (mut out, flavour) = (Vec::new(), JsonFlavour::flask(layout).in_given_order());
        let mut rows = ArrayWriter::open(&flavour, "data", &mut out).unwrap();
        row.write(&mut rows, &mut out).unwrap();
        row.write(&mut rows, &mut out).unwrap();
        rows.close(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Whatever is kept, it is listed as if it had been read.
    #[test]
    fn a_row_that_is_copied_reads_as_one_that_is_written() {
        let spends = [
            "0",
            "0.0",
            "-0.0",
            "-1.5",
            "0.675501",
            "0.0001",
            "0.00012",
            "0.00001",
            "1e-7",
            "3",
            "123456789012345.5",
            "1e15",
            "1e16",
            "1234567890123456789",
            "1e300",
            "0.1",
            "null",
        ];
        let texts = [
            "null",
            "\"\"",
            "\"中国-江苏\"",
            "\"a\\\"b\"",
            "\"\\\\\"",
            "\"\\u0001\\n/\\u007f<'&\"",
            "\"😀 é\"",
            "\"}\"",
        ];
        let mut copied = 0;
        for spend in spends {
            for text in texts {
                for (port, date) in
                    [("null", "null"), ("0", "\"2019-07-05 19:09:16\""), ("65535", "\"2019-07-05T19:09:16\"")]
                {
                    let given = format!(
                        r#"{{"id":7,"ip":"1.2.3.4","port":{port},"isp":{text},"address":{text},"spend":{spend},"createtime":{date}}}"#
                    );
                    let kept = Address::decode(&given).unwrap().encode().unwrap();
                    let row = ListedAddress::of(kept).unwrap();
                    copied += usize::from(matches!(row, ListedAddress::AsListed(_)));
                    let read = ListedAddress::Read(row.members().unwrap().into_owned());
                    for layout in [Layout::Compact, Layout::Indented] {
                        assert_eq!(listed(layout, &row), listed(layout, &read), "{given}");
                    }
                }
            }
        }
        // Five of the texts hold no backslash; of the fractions some are written otherwise.
        assert!(copied > 5 * 3 * 8, "{copied}");
    }

    #[test]
    fn what_no_import_wrote_is_not_copied() {
        for text in [
            "",
            "{}",
            r#"{"address":null}"#,
            r#"{"address":null,"createtime":null,"httptype":null,"id":1,"ip":null,"isp":null,"port":null,"spend":null}x"#,
            r#"{"address":null, "createtime":null,"httptype":null,"id":1,"ip":null,"isp":null,"port":null,"spend":null}"#,
            r#"{"address":"a,"createtime":null,"httptype":null,"id":1,"ip":null,"isp":null,"port":null,"spend":1.}"#,
        ] {
            assert!(!matches!(ListedAddress::of(text.to_owned()), Ok(ListedAddress::AsListed(_))), "{text}");
        }
    }
}
