//! `dragoman account ...`: an operator's work on the same database the servers use.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use dragoman_accounts::{AccountNumber, NewEmail, NewPassword, Realm, Registration, Role};
use dragoman_passwords::Secret;

use super::{
    Complaint,
    account_desk::{Desk, OPERATOR},
    account_plan::PlanCommand,
    account_view::{Answer, Listed},
    acts::origin,
    open_accounts, operand,
    password::new_password,
    wait_for,
};
use crate::{
    config::Settings,
    process::{data_folder, forget_if_used},
};

/// Work on accounts in the database.
#[derive(Debug, Args)]
pub(super) struct AccountArguments {
    /// Look names up in this scope first; new names count in it only
    #[arg(long, global = true)]
    scope: Option<String>,
    /// ACCOUNT is the gateway's number instead of a login name
    #[arg(long, global = true)]
    number: bool,
    /// Answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: AccountCommand,
}

#[derive(Debug, Subcommand)]
enum AccountCommand {
    /// Make an account
    Add {
        /// Login name
        name: String,
        /// E-mail address; it counts as proven
        #[arg(long)]
        email: Option<String>,
        /// What it may do
        #[arg(long, value_enum, default_value_t = RoleName::User)]
        role: RoleName,
        /// Read the password from standard input instead of asking for it
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all accounts
    List,
    /// Show one account
    Show { account: String },
    /// Give it another login name
    Rename { account: String, name: String },
    /// Set its e-mail address; without one it has none afterwards
    SetEmail { account: String, email: Option<String> },
    /// Set its password and end all its sessions
    SetPassword {
        account: String,
        /// Read the password from standard input instead of asking for it
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set what it may do
    SetRole { account: String, role: RoleName },
    /// Forbid it to log in
    Lock { account: String },
    /// Allow it again
    Unlock { account: String },
    /// Delete it; its name is free, its number never used again
    Delete { account: String },
    /// What happened to it, newest first; a deleted account is named by --number
    History { account: String },
    /// List its live sessions
    Sessions { account: String },
    /// End its sessions, of every dialect
    EndSessions { account: String },
    /// Forget its failed logins
    UnlockThrottle { account: String },
    /// Forget its second factor: the next sign-in to the console sets up another one
    ResetSecondFactor { account: String },
    /// Its plan of the tunnel service, which the frp dialect shows
    #[command(subcommand)]
    Plan(PlanCommand),
}

/// A role as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    User,
    Administrator,
    SuperAdministrator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::User => Self::User,
            RoleName::Administrator => Self::Administrator,
            RoleName::SuperAdministrator => Self::SuperAdministrator,
        }
    }
}

pub(super) fn run(arguments: AccountArguments, settings: &Settings) -> Result<ExitCode, Complaint> {
    // Asked for before the database is opened: a person may take long.
    let password = match &arguments.command {
        AccountCommand::Add { password_stdin, .. } | AccountCommand::SetPassword { password_stdin, .. } => {
            Some(new_password(*password_stdin)?)
        }
        _ => None,
    };
    let AccountArguments { scope, number, json, command } = arguments;
    let scope = operand::scope(scope)?;
    let answer = wait_for(async {
        let accounts = open_accounts(settings).await?;
        let answer = Desk::new(&accounts, scope.as_deref(), number).work(command, password).await;
        // After any change: it may have been of the first administrator.
        forget_if_used(&accounts, &data_folder(&settings.database.url)).await?;
        accounts.close().await;
        answer
    })??;
    answer.print(json)?;
    Ok(ExitCode::SUCCESS)
}

impl Desk<'_> {
    async fn work(&self, command: AccountCommand, password: Option<Secret>) -> Result<Answer, Complaint> {
        match command {
            AccountCommand::Add { name, email, role, .. } => self.add(name, email, role, password).await,
            AccountCommand::List => self.list().await,
            AccountCommand::Show { account } => Ok(Answer::Account(self.find(&account).await?)),
            AccountCommand::Sessions { account } => self.sessions(&account).await,
            AccountCommand::Rename { account, name } => {
                let name = operand::login_name(&name)?;
                let number = self.number_of(&account).await?;
                self.accounts.rename(&self.named, OPERATOR, number, name, origin()).await?;
                self.shown(number).await
            }
            AccountCommand::SetEmail { account, email } => {
                let email = operand::email(email)?;
                let number = self.number_of(&account).await?;
                self.accounts.set_email(&self.named, OPERATOR, number, email, true, origin()).await?;
                self.shown(number).await
            }
            AccountCommand::SetPassword { account, .. } => {
                let number = self.number_of(&account).await?;
                let password = password.ok_or("no password was given")?;
                self.accounts.set_password(&self.seen, number, password, origin()).await?;
                Ok(Answer::Done(number, "password set, all sessions ended"))
            }
            AccountCommand::SetRole { account, role } => {
                let number = self.number_of(&account).await?;
                self.accounts.set_role(&self.seen, OPERATOR, number, role.into(), origin()).await?;
                self.shown(number).await
            }
            AccountCommand::Lock { account } => self.set_locked(&account, true).await,
            AccountCommand::Unlock { account } => self.set_locked(&account, false).await,
            AccountCommand::Delete { account } => {
                let number = self.number_of(&account).await?;
                self.accounts.delete(&self.seen, OPERATOR, number, origin()).await?;
                Ok(Answer::Done(number, "deleted"))
            }
            AccountCommand::History { account } => self.history(&account).await,
            AccountCommand::EndSessions { account } => {
                let number = self.number_of(&account).await?;
                self.accounts.end_sessions_of(&self.seen, OPERATOR, number, origin()).await?;
                Ok(Answer::Done(number, "all sessions ended"))
            }
            AccountCommand::ResetSecondFactor { account } => {
                let number = self.number_of(&account).await?;
                self.accounts.forget_second_factor(&self.seen, OPERATOR, number, origin()).await?;
                Ok(Answer::Done(number, "second factor forgotten"))
            }
            AccountCommand::Plan(command) => self.plan(command).await,
            AccountCommand::UnlockThrottle { account } => {
                let number = self.number_of(&account).await?;
                self.accounts.forget_failures(&self.seen, OPERATOR, number, origin()).await?;
                Ok(Answer::Done(number, "failed logins forgotten"))
            }
        }
    }

    async fn add(
        &self,
        username: String,
        email: Option<String>,
        role: RoleName,
        password: Option<Secret>,
    ) -> Result<Answer, Complaint> {
        let registration = Registration {
            username: operand::login_name(&username)?,
            password: NewPassword::Plain(password.ok_or("no password was given")?),
            role: role.into(),
            authority: Some(OPERATOR),
            display_name: None,
            bio: None,
            email: operand::email(email)?.map(|address| NewEmail { address, verified: true }),
            facet: None,
            origin: origin(),
        };
        let number = self.accounts.register(&self.named, registration).await?;
        self.shown(number).await
    }

    /// Without a scope: everybody, also those whose name counts in a scope of theirs only.
    async fn list(&self) -> Result<Answer, Complaint> {
        let mut listed: BTreeMap<AccountNumber, Listed> = BTreeMap::new();
        self.list_of(&self.seen, &mut listed).await?;
        if self.seen.scope.is_empty() {
            for scope in self.accounts.scopes_of_names().await? {
                self.list_of(&Realm { scope: scope.as_str().into(), ..self.seen.clone() }, &mut listed).await?;
            }
        }
        Ok(Answer::Accounts(listed.into_values().collect()))
    }

    /// Adds those whom a realm shows and that are not listed yet.
    async fn list_of(&self, realm: &Realm, listed: &mut BTreeMap<AccountNumber, Listed>) -> Result<(), Complaint> {
        for role in [Role::SuperAdministrator, Role::Administrator, Role::User] {
            let mut after = None;
            loop {
                let page = self.accounts.page_by_role(realm, role, after, "").await?;
                for member in page.members {
                    let scope = realm.scope.to_string();
                    listed.entry(member.account.number).or_insert(Listed { member, scope });
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn sessions(&self, account: &str) -> Result<Answer, Complaint> {
        let number = self.number_of(account).await?;
        Ok(Answer::Sessions(self.accounts.sessions_of(number).await?))
    }

    /// Also of an account that is gone: its number is all that leads to it.
    async fn history(&self, account: &str) -> Result<Answer, Complaint> {
        let number = match account.parse() {
            Ok(number) if self.by_number => AccountNumber(number),
            _ => self.number_of(account).await?,
        };
        Ok(Answer::History(self.accounts.audit_of(number).await?))
    }

    async fn set_locked(&self, account: &str, locked: bool) -> Result<Answer, Complaint> {
        let number = self.number_of(account).await?;
        self.accounts.set_locked(&self.seen, OPERATOR, number, locked, origin()).await?;
        self.shown(number).await
    }
}
