//! The client's token, replaced by the old server's where the dialect's clients carry it. Everything else stays as it is.

use std::{pin::Pin, time::Duration};

use bytes::BytesMut;
use dragoman_dialect::{Swapped, TokenPlace, TokenSwap};
use dragoman_upstream::{AnswerHead, Edit, RequestHead};
use dragoman_wire::Framing;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

/// Longer texts are nobody's token.
const LONGEST: usize = 4096;
/// The longest body that is looked through.
const LONGEST_BODY: u64 = 65_536;

/// In the place of a cookie that is withheld; no cookie has a semicolon in it.
const WITHHELD: &str = ";";

/// A request's tokens on their way to the old server.
pub(super) struct Swapping<'a> {
    /// None: they stay as they are.
    swap: Option<&'a dyn TokenSwap>,
    /// The last one that was asked for: most clients carry the same one twice.
    known: Option<(String, Swapped)>,
    /// Cookies that were replaced: what the old server sets under these names is not for the client.
    cookies: Vec<Replaced>,
}

/// A cookie of ours on its way.
struct Replaced {
    name: &'static str,
    ours: String,
    by: Swapped,
}

impl<'a> Swapping<'a> {
    pub fn new(swap: Option<&'a dyn TokenSwap>) -> Self {
        Self { swap, known: None, cookies: Vec::new() }
    }

    fn places(&self) -> &'static [TokenPlace] {
        self.swap.map_or(&[], TokenSwap::places)
    }

    /// Replaces the tokens of a request, for which a small body is read. Gives what has been read of the body, and what is left
    /// of it; `None`: the client has gone.
    pub async fn run<R: AsyncRead + Unpin>(
        &mut self,
        head: &mut RequestHead,
        body: Framing,
        socket: &mut R,
        buffer: &mut BytesMut,
        stall: Duration,
    ) -> Option<(Vec<u8>, Framing)> {
        let looks_at_bodies = self.places().iter().any(|place| matches!(place, TokenPlace::Member(_)));
        let (mut content, rest) = match small_body(head, &body).filter(|_| looks_at_bodies) {
            None => (Vec::new(), body),
            Some(length) => (read_body(socket, buffer, length, stall).await?, Framing::NOTHING),
        };
        self.apply(head, &mut content).await;
        Some((content, rest))
    }

    /// Replaces the tokens of a head, and of its body where that is at hand.
    async fn apply(&mut self, head: &mut RequestHead, content: &mut Vec<u8>) {
        for place in self.places() {
            match *place {
                TokenPlace::Header(name) => self.header(head, name, None).await,
                TokenPlace::Bearer => self.header(head, "Authorization", Some("bearer")).await,
                TokenPlace::Cookie(name) => self.cookie(head, name).await,
                TokenPlace::Query(name) => self.query(head, name).await,
                TokenPlace::Member(name) => self.member(head, content, name).await,
            }
        }
    }

    /// Takes out of an answer what would end the client's own session, and has it kept: his next request may come before the answer's
    /// end.
    async fn keep_cookies(&self, head: &mut AnswerHead) {
        let mut given = None;
        head.headers.retain(|header| {
            let set = if header.is("Set-Cookie") { set_cookie(&header.value) } else { None };
            let Some((name, value)) = set else { return true };
            let Some(replaced) = self.cookies.iter().find(|cookie| cookie.name == name) else { return true };
            if !value.is_empty() && value != "deleted" {
                given = Some((replaced, value.to_owned()));
            }
            false
        });
        let (Some(swap), Some((Replaced { ours, by, .. }, theirs))) = (self.swap, given) else { return };
        match by {
            Swapped::Fresh => swap.begin(ours, &theirs).await,
            Swapped::For(_) => swap.renew(ours, &theirs).await,
            Swapped::Withheld | Swapped::AsItIs => {}
        }
    }

    /// What stands in the place of a token; `None`: itself. An empty text: nothing.
    async fn old(&mut self, token: &str) -> Option<String> {
        written(self.swapped(token).await)
    }

    async fn swapped(&mut self, token: &str) -> Swapped {
        let Some(swap) = self.swap.filter(|_| (1..=LONGEST).contains(&token.len())) else { return Swapped::AsItIs };
        let swapped = match &self.known {
            Some((known, swapped)) if known == token => swapped.clone(),
            _ => swap.swap(token).await,
        };
        self.known = Some((token.to_owned(), swapped.clone()));
        swapped
    }

    /// A header that holds a token, perhaps behind the name of a scheme and white space.
    async fn header(&mut self, head: &mut RequestHead, name: &str, scheme: Option<&str>) {
        let mut is_withheld = false;
        for header in head.headers.iter_mut().filter(|header| header.is(name)) {
            let Ok(value) = std::str::from_utf8(&header.value) else { continue };
            let Some(token) = behind(value, scheme) else { continue };
            if let Some(old) = self.old(token.trim()).await {
                let before = value.strip_suffix(token).unwrap_or_default();
                is_withheld |= old.is_empty();
                // A scheme without a token would be another thing again.
                header.value = if old.is_empty() { Vec::new() } else { format!("{before}{old}").into_bytes() };
            }
        }
        if is_withheld {
            head.headers.retain(|header| !(header.is(name) && header.value.is_empty()));
        }
    }

    async fn cookie(&mut self, head: &mut RequestHead, name: &'static str) {
        let mut is_withheld = false;
        for header in head.headers.iter_mut().filter(|header| header.is("Cookie")) {
            let Ok(value) = std::str::from_utf8(&header.value) else { continue };
            let mut pairs: Vec<String> = value.split(';').map(str::to_owned).collect();
            for pair in &mut pairs {
                let Some((key, token)) = pair.split_once('=') else { continue };
                let by = if key.trim() == name { self.swapped(token.trim()).await } else { Swapped::AsItIs };
                if let Some(old) = written(by.clone()) {
                    self.cookies.push(Replaced { name, ours: token.trim().to_owned(), by });
                    *pair = if old.is_empty() { WITHHELD.to_owned() } else { format!("{key}={old}") };
                }
            }
            let before = pairs.len();
            pairs.retain(|pair| pair != WITHHELD);
            is_withheld |= pairs.len() < before;
            let joined = pairs.join(";");
            header.value = if pairs.len() < before { joined.trim_start().into() } else { joined.into_bytes() };
        }
        if is_withheld {
            head.headers.retain(|header| !(header.is("Cookie") && header.value.is_empty()));
        }
    }

    async fn query(&mut self, head: &mut RequestHead, name: &str) {
        let Some((path, query)) = head.target.split_once('?') else { return };
        if let Some(query) = self.fields(query, name).await {
            head.target = format!("{path}?{query}");
        }
    }

    /// The fields of a query or form with the token replaced; `None`: there was none.
    async fn fields(&mut self, text: &str, name: &str) -> Option<String> {
        let mut fields: Vec<String> = text.split('&').map(str::to_owned).collect();
        let mut is_changed = false;
        for field in &mut fields {
            let Some((key, value)) = field.split_once('=') else { continue };
            let Ok(token) = percent_decode_str(value).decode_utf8() else { continue };
            if key == name
                && let Some(old) = self.old(&token).await
            {
                *field = format!("{key}={}", utf8_percent_encode(&old, NON_ALPHANUMERIC));
                is_changed = true;
            }
        }
        is_changed.then(|| fields.join("&"))
    }

    async fn member(&mut self, head: &mut RequestHead, content: &mut Vec<u8>, name: &str) {
        let Ok(text) = std::str::from_utf8(content) else { return };
        let media_type = head.headers.get("Content-Type").map(<[u8]>::to_ascii_lowercase).unwrap_or_default();
        let swapped = if media_type.starts_with(b"application/x-www-form-urlencoded") {
            self.fields(text, name).await
        } else {
            self.json_member(text, name).await
        };
        if let Some(swapped) = swapped {
            *content = swapped.into_bytes();
            head.headers.set("Content-Length", content.len().to_string());
        }
    }

    /// Only the text of the token is replaced: who signs or counts the rest finds it as it was.
    async fn json_member(&mut self, text: &str, name: &str) -> Option<String> {
        let mut body: serde_json::Value = serde_json::from_str(text).ok()?;
        let token = body.get(name)?.as_str()?;
        let old = self.old(token).await?;
        let written = |token: &str| serde_json::Value::from(token).to_string();
        let written_ours = written(token);
        if text.contains(&written_ours) {
            return Some(text.replace(&written_ours, &written(&old)));
        }
        // Written in escapes, which are free to the client: it must not pass for that.
        *body.get_mut(name)? = old.into();
        Some(body.to_string())
    }
}

impl Edit for Swapping<'_> {
    fn edit<'e>(&'e mut self, head: &'e mut AnswerHead) -> Pin<Box<dyn Future<Output = ()> + Send + 'e>> {
        Box::pin(self.keep_cookies(head))
    }
}

/// What is written in the place of a token; `None`: itself. An empty text: nothing.
fn written(swapped: Swapped) -> Option<String> {
    match swapped {
        Swapped::AsItIs => None,
        Swapped::For(old) if !old.chars().any(char::is_control) => Some(old),
        Swapped::For(_) | Swapped::Fresh | Swapped::Withheld => Some(String::new()),
    }
}

/// What stands behind the name of a scheme, if one is asked for.
fn behind<'v>(value: &'v str, scheme: Option<&str>) -> Option<&'v str> {
    let Some(scheme) = scheme else { return Some(value) };
    let (before, rest) = value.split_at_checked(scheme.len())?;
    let is_it = before.eq_ignore_ascii_case(scheme) && rest.starts_with(|blank: char| blank.is_ascii_whitespace());
    is_it.then(|| rest.trim_start())
}

/// Name and value that a `Set-Cookie` sets.
fn set_cookie(line: &[u8]) -> Option<(&str, &str)> {
    let pair = line.split(|byte| *byte == b';').next()?;
    let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
    Some((name.trim(), value.trim()))
}

/// The length of a body that is looked through. Who waits for leave to send it is not asked for it here.
fn small_body(head: &RequestHead, body: &Framing) -> Option<usize> {
    match body {
        Framing::Length(length @ 1..=LONGEST_BODY) if head.headers.get("Expect").is_none() => {
            usize::try_from(*length).ok()
        }
        _ => None,
    }
}

/// `None`: the client has gone.
async fn read_body<R: AsyncRead + Unpin>(
    socket: &mut R,
    buffer: &mut BytesMut,
    length: usize,
    stall: Duration,
) -> Option<Vec<u8>> {
    while buffer.len() < length {
        buffer.reserve(length - buffer.len());
        match timeout(stall, socket.read_buf(buffer)).await {
            Ok(Ok(read)) if read > 0 => {}
            _ => return None,
        }
    }
    Some(buffer.split_to(length).to_vec())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use dragoman_wire::{Reading, read_answer, read_request};

    use super::*;

    /// What it was told of new sessions.
    #[derive(Default)]
    struct Fake(Mutex<Vec<String>>);

    #[async_trait]
    impl TokenSwap for Fake {
        fn places(&self) -> &'static [TokenPlace] {
            use TokenPlace::{Bearer, Cookie, Header, Member, Query};
            &[Header("Token"), Bearer, Cookie("SID"), Query("token"), Member("key")]
        }

        async fn swap(&self, token: &str) -> Swapped {
            match token {
                "our/s" => Swapped::For("ol&d".to_owned()),
                "lonely" => Swapped::Withheld,
                "new" => Swapped::Fresh,
                _ => Swapped::AsItIs,
            }
        }

        async fn begin(&self, ours: &str, theirs: &str) {
            self.0.lock().unwrap().push(format!("{ours} begins {theirs}"));
        }

        async fn renew(&self, ours: &str, theirs: &str) {
            self.0.lock().unwrap().push(format!("{ours} is now {theirs}"));
        }
    }

    async fn swapped(text: &str, body: &str) -> (String, String) {
        let Reading::Head { mut head, .. } = read_request(text.as_bytes()) else { panic!("{text}") };
        let mut content = body.as_bytes().to_vec();
        Swapping::new(Some(&Fake::default())).apply(&mut head, &mut content).await;
        let mut out = Vec::new();
        head.write(&mut out);
        (String::from_utf8(out).unwrap(), String::from_utf8(content).unwrap())
    }

    #[tokio::test]
    async fn tokens_are_replaced_wherever_they_ride_and_nothing_else_is() {
        let head = |token: &str, encoded: &str, length: usize| {
            format!(
                "POST /x?a=%41&token={encoded}&token HTTP/1.1\r\nHost: x\r\ntoken: {token}\r\nauthorization: BEARER {token}\r\n\
                 Cookie: a=b;  SID={token}; c\r\nContent-Length: {length}\r\n\r\n"
            )
        };
        let (text, body) =
            swapped(&head("our/s", "our%2Fs", 37), "{\"x\": 1.50, \"key\": \"our/s\", \"y\": [1]}").await;
        assert_eq!(text, head("ol&d", "ol%26d", 36));
        assert_eq!(body, "{\"x\": 1.50, \"key\": \"ol&d\", \"y\": [1]}");
        let strange = head("theirs", "theirs", 5);
        assert_eq!(swapped(&strange, "[[[[\"").await, (strange.clone(), "[[[[\"".to_owned()));
    }

    #[tokio::test]
    async fn forms_too_and_the_old_servers_cookie_stays_behind() {
        let text = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\n";
        assert_eq!(swapped(text, "a=1&key=our%2Fs").await.1, "a=1&key=ol%26d");
        let fake = Fake::default();
        for ours in ["our/s", "new", "lonely"] {
            let request = format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: SID={ours}\r\n\r\n");
            let Reading::Head { mut head, .. } = read_request(request.as_bytes()) else { panic!("no head") };
            let mut swapping = Swapping::new(Some(&fake));
            swapping.apply(&mut head, &mut Vec::new()).await;
            let answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: SID=9; Path=/\r\nSet-Cookie: SIDE=1\r\n\r\n";
            let Reading::Head { mut head, .. } = read_answer(answer, "GET") else { panic!("no head") };
            swapping.edit(&mut head).await;
            assert_eq!(head.headers.all("set-cookie").collect::<Vec<_>>(), [b"SIDE=1"]);
        }
        // Of one that was withheld nothing is known.
        assert_eq!(*fake.0.lock().unwrap(), ["our/s is now 9", "new begins 9"]);
    }

    #[tokio::test]
    async fn what_has_no_other_goes_nowhere() {
        let text = "POST /?token=lonely&a HTTP/1.1\r\nHost: x\r\nToken: lonely\r\nAuthorization: Bearer\tlonely\r\nCookie: SID=lonely\r\n\
                    Cookie: a=b; SID=lonely; c\r\nContent-Length: 16\r\n\r\n";
        let (head, body) = swapped(text, "{\"key\":\"lonely\"}").await;
        assert_eq!(head, "POST /?token=&a HTTP/1.1\r\nHost: x\r\nCookie: a=b; c\r\nContent-Length: 10\r\n\r\n");
        assert_eq!(body, "{\"key\":\"\"}");
    }
}
