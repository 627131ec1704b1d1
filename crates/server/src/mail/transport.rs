//! Where a message goes: into a file, to a mail server, or to the testing API's mailbox.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dragoman_accounts::ClaimedMail;
use tokio::io::AsyncWriteExt;

use super::{message::Envelope, smtp::MailServer, undelivered::Undelivered};
use crate::{
    config::{MailSettings, MailTransport},
    testing_api::{Mail, Mailbox},
};

/// A way out.
pub(super) enum Transport {
    /// One `.eml` file a mail in this folder.
    Folder(PathBuf),
    /// A mail server.
    Server(MailServer),
    /// The testing API's.
    Mailbox(Arc<Mailbox>),
}

impl Transport {
    /// The configured one.
    pub fn open(settings: &MailSettings) -> Result<Self, String> {
        match settings.transport {
            MailTransport::Smtp => Ok(Self::Server(MailServer::open(settings)?)),
            MailTransport::File => {
                tracing::info!(folder = %settings.folder.display(), "mail is written to files, not sent");
                Ok(Self::Folder(settings.folder.clone()))
            }
        }
    }

    /// Hands one mail over. What could never be written as a message is refused; the mailbox takes whatever a dialect
    /// takes for an address.
    pub async fn deliver(&self, claimed: &ClaimedMail, envelope: &Envelope) -> Result<(), Undelivered> {
        let message = || envelope.message(claimed).map_err(Undelivered::Refused);
        match self {
            Self::Server(server) => server.deliver(&message()?).await,
            Self::Folder(folder) => match write(folder, &claimed.id, &message()?.formatted()).await {
                Ok(file) => {
                    tracing::info!(file = %file.display(), "mail written");
                    Ok(())
                }
                Err(error) => Err(Undelivered::Failed(format!("{}: {error}", folder.display()))),
            },
            Self::Mailbox(mailbox) => {
                let mail = &claimed.mail;
                let delivered = mailbox.deliver(Mail {
                    to: mail.recipient.clone(),
                    subject: mail.subject.clone(),
                    text: mail.text.clone(),
                    code: mail.code.clone().unwrap_or_default(),
                });
                if delivered { Ok(()) } else { Err(Undelivered::Refused("refused by /_testing/mail".to_owned())) }
            }
        }
    }
}

/// Named for the mail's id and renamed when complete: an attempt after a crash writes no second file. The files hold codes,
/// so nobody else may read them.
async fn write(folder: &Path, id: &str, message: &[u8]) -> io::Result<PathBuf> {
    let mut folders = tokio::fs::DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    folders.mode(0o700);
    folders.create(folder).await?;
    let (file, part) = (folder.join(format!("{id}.eml")), folder.join(format!("{id}.part")));
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut open = options.open(&part).await?;
    open.write_all(message).await?;
    open.sync_all().await?;
    tokio::fs::rename(&part, &file).await?;
    Ok(file)
}
