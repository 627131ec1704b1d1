//! Sections 3.2, 3.3, 3.5 and 3.6: logging in, and one's own account.

use std::sync::Arc;

use actix_web::{HttpResponse, web::Data};
use dragoman_accounts::{AccountError, Amendment, LoginAttempt, Member, Origin};
use dragoman_dialect::{
    Facet,
    predecessor::{Entry, Settled, There},
};
use dragoman_passwords::Presented;

use crate::{
    Mount,
    auth::Call,
    envelope::success,
    error::{Endpoint, Refusal},
    member::{MedusaFacet, new_account_key},
    pictures::{PICTURE_FOLDER, named_in},
    wire::{Profile, database_text},
};

/// POST login
pub async fn log_in(mount: Data<Mount>, call: Call) -> Result<HttpResponse, Refusal> {
    let refuse = |error| Refusal::of(Endpoint::Login, error);
    let captcha = call.captcha()?;
    let username = call.fields.present("username")?;
    let passwd = call.fields.text("passwd")?;
    let captcha = mount.spend(captcha, Endpoint::Login).await?;
    let username = database_text(username).ok_or(refuse(AccountError::UnknownAccount))?;
    let settled = mount.settle(&username, passwd, &captcha, (&call.origin, true)).await;
    let Settled { name, there } = settled.map_err(refuse)?;
    let token = mount.new_token();
    let attempt = LoginAttempt {
        name,
        presented: Presented::plain(passwd),
        session: Some(Mount::new_session(token.clone())),
        facet: MedusaFacet::NAME,
        origin: call.origin.clone(),
    };
    let first = mount.fresh_facet(Endpoint::Login)?;
    let member = mount.accounts.log_in_with_first_facet(&mount.realm, attempt, first).await.map_err(refuse)?;
    call.is_by(&member);
    if let (Some(old), There::Entered(_), Some(facet)) = (&mount.predecessor, &there, &member.facet) {
        let names = named_in(facet).unwrap_or_default();
        old.bring_pictures(member.account.number, &mount.pictures, names, PICTURE_FOLDER);
    }
    let entry = Entry::stored(member.account.number, &token, passwd);
    there.keep(mount.predecessor.as_ref(), (&mount.accounts, &mount.realm), entry).await;
    Ok(success(token))
}

/// POST user_info
pub async fn user_info(mount: Data<Mount>, call: Call) -> Result<HttpResponse, Refusal> {
    let holder = mount.holder(&call, Endpoint::UserInfo).await?;
    let facet = mount.facet_of(&holder.member, Endpoint::UserInfo).await?;
    let account = &holder.member.account;
    Ok(success(Profile {
        id: holder.member.id,
        key: &facet.key,
        name: &holder.member.username,
        token: &holder.token,
        // Accounts of other dialects may have neither; their owner is called as he logs in (one-domain.md N6, E4).
        show_name: account.display_name.as_deref().unwrap_or(&holder.member.username),
        email: account.email.as_deref().unwrap_or_default(),
        avatar: &facet.avatar,
    }))
}

/// POST update_show_name
pub async fn change_show_name(mount: Data<Mount>, call: Call) -> Result<HttpResponse, Refusal> {
    call.fields.present("token")?;
    let new = call.fields.present("new_show_name")?;
    let holder = mount.holder(&call, Endpoint::Update).await?;
    let new = database_text(new).ok_or(Refusal::INVALID_INPUT)?;
    let amendment = Amendment { display_name: Some(Some(new)), ..Amendment::default() };
    let number = holder.member.account.number;
    let amended = mount.accounts.amend_own(&mount.realm, number, amendment, call.origin).await;
    amended.map_err(|error| Refusal::of(Endpoint::Update, error))?;
    Ok(success("好诶！修改成功~"))
}

/// POST update_key
pub async fn renew_key(mount: Data<Mount>, call: Call) -> Result<HttpResponse, Refusal> {
    let holder = mount.holder(&call, Endpoint::Update).await?;
    let key = new_account_key(mount.accounts.randomness());
    let change = move |facet: &mut MedusaFacet| facet.key.clone_from(&key);
    mount.change_facet(&holder.member, Endpoint::Update, call.origin, change).await?;
    Ok(success("呐呐呐呐！修改成功了呢~"))
}

impl Mount {
    fn fresh_facet(&self, endpoint: Endpoint) -> Result<String, Refusal> {
        encode(&MedusaFacet::fresh(self.accounts.randomness())).map_err(|error| Refusal::of(endpoint, error))
    }

    /// What this dialect keeps of an account. A login has made it; only an operator could have taken it away since, so it
    /// is made again.
    async fn facet_of(&self, member: &Member, endpoint: Endpoint) -> Result<MedusaFacet, Refusal> {
        let refuse = |error| Refusal::of(endpoint, error);
        if let Some(stored) = &member.facet {
            return decode(stored).map_err(refuse);
        }
        let (number, first) = (member.account.number, self.fresh_facet(endpoint)?);
        let made = self.accounts.facet_or_insert(number, MedusaFacet::NAME, first).await.map_err(refuse)?;
        decode(&made).map_err(refuse)
    }

    /// Changes one part of it and leaves what another request changes meanwhile.
    pub async fn change_facet<F>(
        &self,
        member: &Member,
        endpoint: Endpoint,
        origin: Origin,
        change: F,
    ) -> Result<(), Refusal>
    where
        F: Fn(&mut MedusaFacet) + Send + Sync + 'static,
    {
        let first = MedusaFacet::fresh(self.accounts.randomness());
        let edit = move |present: Option<&str>| {
            let mut facet = present.map_or_else(|| Ok(first.clone()), decode)?;
            change(&mut facet);
            encode(&facet).map(Some)
        };
        let amendment = Amendment { facet: Some((MedusaFacet::NAME, Arc::new(edit))), ..Amendment::default() };
        let amended = self.accounts.amend_own(&self.realm, member.account.number, amendment, origin).await;
        amended.map_err(|error| Refusal::of(endpoint, error))
    }
}

fn encode(facet: &MedusaFacet) -> Result<String, AccountError> {
    facet.encode().map_err(|error| {
        tracing::error!(%error, "the medusa facet does not write");
        AccountError::Internal
    })
}

fn decode(stored: &str) -> Result<MedusaFacet, AccountError> {
    MedusaFacet::decode(stored).map_err(|error| {
        tracing::error!(%error, "a medusa facet does not read");
        AccountError::Internal
    })
}
