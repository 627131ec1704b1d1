//! Which paths go to an old server: those of a mount that passes, that none of its dialect's routes answers.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use actix_http::Request;
use actix_service::ServiceFactory;
use actix_web::{
    App, HttpResponse,
    dev::{AppConfig, ResourceMap, Service, Url},
    http::Uri,
};
use dragoman_dialect::{Dialect, UNSERVED};
use percent_encoding::percent_decode_str;

use crate::mounting::{Mount, Mounts, ownership::is_reserved};

/// The passed paths of one worker's mounts.
#[derive(Clone)]
pub(crate) struct PassedPaths {
    mounts: Mounts,
    /// The routes of each mount, in the mounts' order.
    served: Rc<[ResourceMap]>,
}

/// A path that is passed.
#[derive(Clone, Copy)]
pub(crate) struct PassedPath<'a> {
    pub mount: &'a Mount,
    /// What of the target the old server is given.
    pub target: &'a str,
}

/// The routes of a dialect, as the router knows them; `None` if it cannot say.
async fn served_by(dialect: &dyn Dialect) -> Option<ResourceMap> {
    let found = Rc::new(RefCell::new(None));
    let finding = Rc::clone(&found);
    let app = App::new().configure(|config| dialect.configure(config)).wrap_fn(move |request, _routes| {
        *finding.borrow_mut() = Some(request.resource_map().clone());
        std::future::ready(Ok(request.into_response(HttpResponse::NoContent().finish())))
    });
    let factory = actix_service::IntoServiceFactory::into_factory(app);
    let service = factory.new_service(AppConfig::default()).await.ok()?;
    service.call(Request::new()).await.ok()?;
    found.take()
}

impl PassedPaths {
    /// `None` when no mount passes anything.
    pub async fn of(mounts: &Mounts) -> Option<Self> {
        if !mounts.pass() {
            return None;
        }
        let mut served = Vec::new();
        for mount in mounts.list() {
            served.push(served_by(&*mount.dialect).await?);
        }
        Some(Self { mounts: mounts.clone(), served: served.into() })
    }

    /// Where a request goes; `None`: it is answered here.
    pub fn find<'a>(&'a self, target: &'a str, host: Option<&str>) -> Option<PassedPath<'a>> {
        if !target.starts_with('/') {
            return None;
        }
        let path = target.split(['?', '#']).next()?;
        let decoded = decoded(path)?;
        if is_reserved(&decoded) {
            return None;
        }
        let (index, prefix) = match self.below_a_prefix(&decoded) {
            Some((index, mount)) => (index, mount.prefix.as_str()),
            None => (self.mounts.owner(&decoded, host)?, ""),
        };
        let mount = self.mounts.list().get(index)?;
        let served = self.served.get(index)?;
        mount.passes_to.as_ref()?;
        // A prefix written in another way is the same here, and another thing to cut off there.
        let target = target.strip_prefix(prefix)?;
        let inner = decoded.strip_prefix(prefix)?;
        let is_served = |path: &str| is_served(served, &*mount.dialect, path);
        if !is_plain(inner) || is_served(inner) || readings(inner).iter().any(|reading| is_served(reading)) {
            return None;
        }
        Some(PassedPath { mount, target: if target.starts_with('/') { target } else { "/" } })
    }

    fn below_a_prefix(&self, path: &str) -> Option<(usize, &Mount)> {
        let is_below = |mount: &Mount| {
            path.strip_prefix(mount.prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let below = self.mounts.list().iter().enumerate().filter(|(_, mount)| is_below(mount));
        below.max_by_key(|(_, mount)| mount.prefix.len())
    }
}

fn is_served(routes: &ResourceMap, dialect: &dyn Dialect, path: &str) -> bool {
    routes.has_resource(path) && routes.match_name(path) != Some(UNSERVED) && dialect.serves(path)
}

/// The path as the router decodes it.
fn decoded(path: &str) -> Option<Cow<'_, str>> {
    if !path.contains('%') {
        return Some(Cow::Borrowed(path));
    }
    Some(Cow::Owned(Url::new(path.parse::<Uri>().ok()?).path().to_owned()))
}

/// Whether it means the same to everybody. An old server that resolves `..` would be led round to what is served here.
fn is_plain(path: &str) -> bool {
    let loose = percent_decode_str(path).decode_utf8_lossy();
    !loose.contains('\\') && loose.split('/').all(|segment| !matches!(segment, "." | ".."))
}

/// What some old server may take a path for: one that knows no letter case, or that runs `login.php` for `login.php/x`, `login.php;x`, and for
/// one with blanks, dots or NUL behind it. What is served here must not be reached there past the locks of here.
fn readings(path: &str) -> Vec<String> {
    let loose = as_loosely_read(path).to_lowercase();
    let ends =
        |letter: char| matches!(letter, '/' | ';' | '%' | '?' | '#') || letter.is_whitespace() || letter.is_control();
    let cuts = loose.char_indices().filter(|(at, letter)| *at > 0 && ends(*letter)).map(|(at, _)| at);
    let parts = cuts.chain([loose.len()]).filter_map(|end| loose.get(..end));
    let parts = parts.map(|part| part.trim_end_matches(['.', '/'])).filter(|part| !part.is_empty());
    parts.flat_map(|part| [part.to_owned(), format!("{part}/")]).collect()
}

/// The path as an old server may read it that decodes slashes too and merges those that follow each other.
fn as_loosely_read(path: &str) -> String {
    let loose = percent_decode_str(path).decode_utf8_lossy();
    let mut merged = String::with_capacity(loose.len());
    for letter in loose.chars() {
        if letter != '/' || !merged.ends_with('/') {
            merged.push(letter);
        }
    }
    merged
}
