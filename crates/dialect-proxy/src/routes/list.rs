//! Lists of any length: `{"data": […]}`, read in pages and streamed, so that neither a table nor a connection is held for
//! a slow client (one-domain.md P10). And the two lists of accounts (section 4).

use std::{future::Future, io, sync::Arc};

use actix_web::{HttpResponse, web::Data};
use bytes::Bytes;
use dragoman_accounts::{AccountError, AccountNumber, Member, Role};
use dragoman_dialect::json::ArrayWriter;
use futures_util::stream;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    Mount,
    address::gmt,
    auth::Caller,
    error::{Endpoint, Refusal},
    shape::flavour,
    wire::{ListedUser, permissions, role_name},
};

/// How much longer than the first a row is expected to be.
const ROW_TO_ROW: usize = 16;

/// What a list is made of.
pub trait ListRow {
    /// Adds it to the answer.
    fn write(&self, rows: &mut ArrayWriter, out: &mut Vec<u8>) -> Result<(), serde_json::Error>;
}

/// Rows, and where to go on after them; `None`: these were the last.
pub struct RowPage<R, C> {
    pub rows: Vec<R>,
    pub next: Option<C>,
}

/// Answers a list. Its first page is read before anything is sent, so that an outage still gets its own answer; a list
/// of one page is sent with its length.
pub async fn list<R, C, F, Answer>(mount: &Mount, mut page_after: F) -> Result<HttpResponse, Refusal>
where
    R: ListRow + 'static,
    C: Clone + 'static,
    F: FnMut(Option<C>) -> Answer + 'static,
    Answer: Future<Output = Result<RowPage<R, C>, AccountError>> + 'static,
{
    let first = page_after(None).await.map_err(|error| Refusal::of(Endpoint::Read, error))?;
    let mut body = Vec::new();
    let flavour = flavour(mount.settings.get().json_layout);
    let mut rows = ArrayWriter::open(&flavour, "data", &mut body).map_err(unwritten)?;
    write_rows(&first.rows, &mut rows, &mut body).map_err(unwritten)?;
    let mut answer = HttpResponse::Ok();
    answer.content_type("application/json");
    let Some(next) = first.next else {
        rows.close(&mut body).map_err(unwritten)?;
        return Ok(answer.body(body));
    };
    let rest = stream::try_unfold(Some((Bytes::from(body), rows, Some(next), page_after)), write_next);
    Ok(answer.streaming(rest))
}

fn write_rows<R: ListRow>(page: &[R], rows: &mut ArrayWriter, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let Some((first, others)) = page.split_first() else { return Ok(()) };
    first.write(rows, out)?;
    // The rows of a list are much alike: what grows from nothing is moved ten times.
    out.reserve((out.len() + ROW_TO_ROW).saturating_mul(others.len()));
    others.iter().try_for_each(|row| row.write(rows, out))
}

/// What is ready to be sent, and how to go on.
type Pending<C, F> = Option<(Bytes, ArrayWriter, Option<C>, F)>;

/// Sends what is ready and writes the next page. A failure here can only cut the answer short.
async fn write_next<R, C, F, Answer>(pending: Pending<C, F>) -> Result<Option<(Bytes, Pending<C, F>)>, io::Error>
where
    R: ListRow,
    F: FnMut(Option<C>) -> Answer,
    Answer: Future<Output = Result<RowPage<R, C>, AccountError>>,
{
    let Some((ready, mut rows, next, mut page_after)) = pending else { return Ok(None) };
    let Some(next) = next else { return Ok(Some((ready, None))) };
    let page = page_after(Some(next)).await.map_err(io::Error::other)?;
    let mut body = Vec::new();
    write_rows(&page.rows, &mut rows, &mut body).map_err(io::Error::other)?;
    if page.next.is_some() {
        return Ok(Some((ready, Some((Bytes::from(body), rows, page.next, page_after)))));
    }
    rows.close(&mut body).map_err(io::Error::other)?;
    let mut last = Vec::from(ready);
    last.append(&mut body);
    Ok(Some((Bytes::from(last), None)))
}

fn unwritten(error: serde_json::Error) -> Refusal {
    tracing::error!(%error, "a row does not serialise");
    Endpoint::Read.own_refusal()
}

/// GET /userlist: administrators see all ordinary users; an ordinary user sees itself (D1).
pub async fn users(mount: Data<Mount>, caller: Caller) -> Result<HttpResponse, Refusal> {
    let Caller { member } = caller;
    match member.account.role {
        Role::SuperAdministrator | Role::Administrator => members(&mount, Role::User).await,
        Role::User => {
            let row = Row { member, zone: mount.zone() };
            let mut itself = Some(row);
            list(&mount, move |_: Option<()>| {
                let rows = itself.take().into_iter().collect();
                async move { Ok(RowPage { rows, next: None }) }
            })
            .await
        }
    }
}

/// GET /adminlist
pub async fn administrators(mount: Data<Mount>, caller: Caller) -> Result<HttpResponse, Refusal> {
    match caller.member.account.role {
        Role::SuperAdministrator => members(&mount, Role::Administrator).await,
        Role::Administrator | Role::User => Err(Refusal::NO_ACCESS),
    }
}

async fn members(mount: &Data<Mount>, role: Role) -> Result<HttpResponse, Refusal> {
    let held = Arc::clone(mount);
    list(mount, move |after: Option<AccountNumber>| {
        let mount = Arc::clone(&held);
        async move {
            let page = mount.accounts.page_by_role(&mount.realm, role, after, "").await?;
            let row = |member| Row { member, zone: mount.zone() };
            Ok(RowPage { rows: page.members.into_iter().map(row).collect(), next: page.next })
        }
    })
    .await
}

/// An account as a row of a list.
struct Row {
    member: Member,
    zone: TimeZone,
}

impl ListRow for Row {
    fn write(&self, rows: &mut ArrayWriter, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let account = &self.member.account;
        let created = account.created_at.and_then(|at| Timestamp::from_millisecond(at.millis()).ok());
        let user = ListedUser {
            createtime: created.map(|at| gmt(self.zone.to_datetime(at))),
            id: self.member.id,
            permission: permissions(account.role),
            role: role_name(account.role),
            status: account.locked,
            username: &self.member.username,
        };
        rows.element(&user, out)
    }
}
