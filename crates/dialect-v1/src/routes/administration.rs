//! Endpoints 13 to 17: what administrators see and do. They act on an account by the number it is shown with.

use actix_web::{HttpRequest, web::Data};
use dragoman_accounts::{AccountError, AccountNumber, Amendment, Authority, DirectoryPage};
use dragoman_dialect::Facet;

use crate::{
    Mount,
    auth::{ADMINISTRATOR, Caller, ROOT, Signed},
    bind::Query,
    error::{Doing, Refusal},
    member::{V1Facet, WireRole},
    rules::check_name,
    shape::{Answer, OK},
    wire::{Deletion, ManagedProfile, RoleChange, UserPage},
};

/// Accounts on a page unless the client says otherwise.
const PAGE_SIZE: i64 = 15;
/// At most.
const LARGEST_PAGE: i64 = 30;

/// Where a page lies in its list.
struct Window {
    offset: i64,
    size: i64,
}

impl Window {
    /// `page` and `page_size` (section 2, "Paging"; D11).
    fn of(query: &Query) -> Result<Self, Refusal> {
        let size = query.number("page_size", PAGE_SIZE);
        if size > LARGEST_PAGE {
            return Err(Refusal::TOO_MANY);
        }
        let size = if size > 0 { size } else { PAGE_SIZE };
        let page = query.number("page", 1).max(1);
        Ok(Self { offset: (page - 1).saturating_mul(size), size })
    }
}

/// GET /user/manage/list
pub async fn list(
    mount: Data<Mount>,
    _caller: Caller<ADMINISTRATOR>,
    request: HttpRequest,
) -> Result<Answer<UserPage>, Refusal> {
    let window = Window::of(&Query::of(&request))?;
    let page = mount.accounts.directory_page(&mount.realm, window.offset, window.size, V1Facet::NAME).await;
    let DirectoryPage { total, members } = page.map_err(|error| Refusal::of(Doing::Read, error))?;
    Ok(Answer(UserPage { total, users: members.into_iter().map(|member| mount.user_info(member)).collect() }))
}

/// GET /user/manage/search
pub async fn search(
    mount: Data<Mount>,
    _caller: Caller<ADMINISTRATOR>,
    request: HttpRequest,
) -> Result<Answer<UserPage>, Refusal> {
    let query = Query::of(&request);
    let window = Window::of(&query)?;
    let Some(keyword) = query.text("keyword").filter(|keyword| !keyword.is_empty()) else {
        return Ok(Answer(UserPage { total: 0, users: Vec::new() }));
    };
    let found = mount.accounts.search_directory(&mount.realm, &keyword, V1Facet::NAME).await;
    let found = found.map_err(|error| Refusal::of(Doing::Read, error))?;
    let (total, usize_of) =
        (i64::try_from(found.len()).unwrap_or(i64::MAX), |number| usize::try_from(number).unwrap_or(usize::MAX));
    let page = found.into_iter().skip(usize_of(window.offset)).take(usize_of(window.size));
    Ok(Answer(UserPage { total, users: page.map(|member| mount.user_info(member)).collect() }))
}

/// POST /user/manage/modify. The address is not proven by this (one-domain.md E2).
pub async fn modify(mount: Data<Mount>, request: Signed<ADMINISTRATOR, ManagedProfile>) -> Result<Answer<()>, Refusal> {
    let Signed { caller, body } = request;
    let ManagedProfile { id, name, email, sign } = body;
    check_name(&name)?;
    let amendment =
        Amendment { username: Some(name), email: Some(email), bio: Some(Some(sign)), ..Amendment::default() };
    mount.amend(caller, id, amendment).await
}

/// POST /user/manage/role/modify
pub async fn modify_role(mount: Data<Mount>, request: Signed<ROOT, RoleChange>) -> Result<Answer<()>, Refusal> {
    let Signed { caller, body: RoleChange { id, role } } = request;
    let role = WireRole::from_number(role).ok_or(Refusal::BAD_ROLE)?;
    if id == caller.member.id {
        return Err(Refusal::OWN_ROLE);
    }
    let settings = mount.settings.get();
    let facet = V1Facet::edit_auditor(settings.time_zone.zone(), role == WireRole::Auditor);
    let amendment = Amendment { role: Some(role.shared()), facet: Some(facet), ..Amendment::default() };
    mount.amend(caller, id, amendment).await
}

/// POST /user/manage/delete
pub async fn delete(mount: Data<Mount>, request: Signed<ADMINISTRATOR, Deletion>) -> Result<Answer<()>, Refusal> {
    let Signed { caller, body: Deletion { id } } = request;
    let Some(target) = mount.number_of(id).await? else { return Ok(OK) };
    let authority = floor(&caller);
    unless_unknown(mount.accounts.delete(&mount.realm, authority, target, caller.origin).await)
}

/// one-domain.md R2: nobody acts on a higher role than his own.
fn floor<const ROLE: u8>(caller: &Caller<ROLE>) -> Authority {
    Authority::NotBelow(caller.member.account.number)
}

/// An unknown account is no failure here.
fn unless_unknown(done: Result<(), AccountError>) -> Result<Answer<()>, Refusal> {
    match done {
        Ok(()) | Err(AccountError::UnknownAccount) => Ok(OK),
        Err(error) => Err(Refusal::of(Doing::Change, error)),
    }
}

impl Mount {
    async fn number_of(&self, id: i64) -> Result<Option<AccountNumber>, Refusal> {
        let found = self.accounts.find_by_id(&self.realm, id, "").await;
        Ok(found.map_err(|error| Refusal::of(Doing::Read, error))?.map(|member| member.account.number))
    }

    async fn amend<const ROLE: u8>(
        &self,
        caller: Caller<ROLE>,
        id: i64,
        amendment: Amendment,
    ) -> Result<Answer<()>, Refusal> {
        let target = self.number_of(id).await?;
        let authority = floor(&caller);
        unless_unknown(self.accounts.amend(&self.realm, authority, target, amendment, caller.origin).await)
    }
}
