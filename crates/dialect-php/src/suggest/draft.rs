//! The mapping as text, with the reasons as comments.

use std::fmt;

use super::{
    flags::{self, Reasoned},
    guess::{Candidate, Opened},
    roles::Roles,
    sample::ColumnSample,
    shape::Shape,
};
use crate::mapping::PasswordScheme;

/// A mapping being written.
pub(super) struct Draft {
    /// Before the first section, because TOML wants it so.
    top: String,
    sections: String,
    unsure: Vec<String>,
}

impl Draft {
    pub fn of(roles: &Roles<'_>, other_tables: Vec<String>) -> Self {
        let mut draft = Self { top: String::new(), sections: String::new(), unsure: Vec::new() };
        let rows = roles.table.rows;
        draft.top(&format!("{rows} rows, with names and password hashes"), "table", &roles.table.name);
        if !other_tables.is_empty() {
            let list: Vec<String> = other_tables.iter().map(|name| one_line(&format!("{name:?}"))).collect();
            draft.unsure(format!("the table: {} could have accounts as well", list.join(", ")));
        }
        draft.password(roles);
        draft.columns(roles);
        draft.flags(roles);
        if let Some(email) = roles.email {
            let reason = format!("{} look like addresses", share(email, Shape::Email));
            draft.section("email", &reason, &[("column", text(&email.name))]);
        }
        draft.created_at(roles);
        draft
    }

    fn password(&mut self, roles: &Roles<'_>) {
        let (column, salt) = (roles.password, roles.salt);
        let (scheme, reason) = if column.share(Shape::Bcrypt) > 0.5 {
            (PasswordScheme::Bcrypt, format!("{} are bcrypt", share(column, Shape::Bcrypt)))
        } else {
            self.md5_scheme(roles)
        };
        if column.share(Shape::OtherHash) > 0.1 {
            let what =
                "are of a kind that a mapping has no word for: write such accounts as the neutral source instead";
            self.unsure(format!("the passwords: {} {what}", share(column, Shape::OtherHash)));
        }
        let name = match scheme {
            PasswordScheme::Md5 => "md5",
            PasswordScheme::Md5Md5Salt => "md5_md5_salt",
            PasswordScheme::Digest => "digest",
            PasswordScheme::Bcrypt => "bcrypt",
        };
        self.top(&reason, "password_scheme", name);
        if let (PasswordScheme::Md5Md5Salt, Some(salt)) = (scheme, salt) {
            self.section("salt", "its name", &[("column", text(&salt.name))]);
        }
    }

    fn md5_scheme(&mut self, roles: &Roles<'_>) -> (PasswordScheme, String) {
        let opened = Opened::of(candidates(roles));
        let seen = format!("{} are 32 hex digits", share(roles.password, Shape::Md5));
        if let Some((scheme, count)) = opened.scheme() {
            return (scheme, format!("{seen}; {count} of the first rows are a very common password by this scheme"));
        }
        let prove = "try `import plan php --mapping THIS --prove LOGIN` with a password you know";
        if roles.salt.is_some() {
            self.unsure(format!("the scheme: there is a salt, but no row proves how it is used; {prove}"));
            (PasswordScheme::Md5Md5Salt, format!("{seen}, and there is a column for a salt"))
        } else if roles.password.repeated > 0 {
            (PasswordScheme::Md5, format!("{seen}, some of them equal: neither salt nor name is in them"))
        } else {
            self.unsure(format!("the scheme: \"md5\" of the password or \"digest\" as a page sends it; {prove}"));
            (PasswordScheme::Md5, seen)
        }
    }

    fn columns(&mut self, roles: &Roles<'_>) {
        let mut lines = vec![("username", text(&roles.username.name)), ("password", text(&roles.password.name))];
        let mut reasons =
            vec![format!("username: {} values, {} of them again", roles.username.filled, roles.username.repeated)];
        if let Some(uuid) = roles.uuid {
            lines.push(("uuid", text(&uuid.name)));
            reasons.push("uuid: its name or the form of its values".to_owned());
        }
        if let Some(nickname) = roles.nickname {
            lines.push(("nickname", text(&nickname.name)));
            reasons.push("nickname: its name".to_owned());
        }
        if roles.username.repeated > 0 {
            self.unsure(format!("the user name: {} has values twice", text(&roles.username.name)));
        }
        if roles.username.filled < roles.table.rows {
            self.unsure("the user name: rows without one are left out".to_owned());
        }
        self.section("columns", &reasons.join("; "), &lines);
    }

    fn flags(&mut self, roles: &Roles<'_>) {
        let columns = &roles.table.columns;
        if let Some(Reasoned { part, reason, unsure }) = flags::status(columns, roles.table.rows) {
            let (active, disabled) = (list(&part.active), list(&part.disabled));
            self.section(
                "status",
                &reason,
                &[("column", text(&part.column)), ("active", active), ("disabled", disabled)],
            );
            self.unsure.extend(unsure.map(|what| format!("the status: {what}")));
        }
        if let Some(Reasoned { part, reason, unsure }) = flags::role(columns) {
            self.section("role", &reason, &[("column", text(&part.column)), ("admin", list(&part.admin))]);
            self.unsure.extend(unsure.map(|what| format!("the role: {what}")));
        }
        if let Some(Reasoned { part, reason, unsure }) = flags::skip_if(columns) {
            self.section("skip_if", &reason, &[("column", text(&part.column)), ("values", list(&part.values))]);
            self.unsure.extend(unsure);
        }
    }

    fn created_at(&mut self, roles: &Roles<'_>) {
        let Some(column) = roles.created_at else { return };
        let name = ("column", text(&column.name));
        if column.share(Shape::UnixSeconds) > 0.5 {
            let reason = format!("its name; {} look like seconds since 1970", share(column, Shape::UnixSeconds));
            return self.section("created_at", &reason, &[name, ("format", text("unix_seconds"))]);
        }
        let format = ("format", text("datetime"));
        if column.utc {
            return self.section("created_at", "its name; the source has it in UTC", &[name, format, offset("+00:00")]);
        }
        let names = roles.username.han + roles.nickname.map_or(0, |column| column.han);
        let (zone, why) = if names * 3 > roles.table.rows {
            ("+08:00", "many names are Chinese, so the server's clock may have been")
        } else {
            ("+00:00", "nothing says in which zone the server's clock was")
        };
        self.section("created_at", "its name and the form of its values", &[name, format, offset(zone)]);
        self.unsure(format!("created_at: {why}: set utc_offset to what it was"));
    }

    fn top(&mut self, reason: &str, key: &str, value: &str) {
        self.top.push_str(&format!("# {}\n{key} = {}\n", one_line(reason), text(value)));
    }

    fn section(&mut self, name: &str, reason: &str, lines: &[(&str, String)]) {
        self.sections.push_str(&format!("\n[{name}]\n# {}\n", one_line(reason)));
        for (key, value) in lines {
            self.sections.push_str(&format!("{key} = {value}\n"));
        }
    }

    fn unsure(&mut self, what: String) {
        self.unsure.push(what);
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "# Drafted by `dragoman import suggest-mapping`: read it before you use it.")?;
        for what in &self.unsure {
            writeln!(formatter, "# NOT SURE: {}", one_line(what))?;
        }
        write!(formatter, "\n{}{}", self.top, self.sections)
    }
}

/// The first rows with what a scheme is made of.
fn candidates<'r>(roles: &'r Roles<'_>) -> impl Iterator<Item = Candidate<'r>> {
    let place = |wanted: &ColumnSample| roles.table.columns.iter().position(|column| column.name == wanted.name);
    let (username, password) = (place(roles.username), place(roles.password));
    let salt = roles.salt.and_then(place);
    roles.table.first.iter().filter_map(move |row| {
        let at = |place: Option<usize>| row.get(place?).map(String::as_str);
        Some(Candidate { username: at(username)?, stored: at(password)?, salt: at(salt) })
    })
}

fn share(column: &ColumnSample, shape: Shape) -> String {
    format!("{:.0} % of its {} values", column.share(shape) * 100.0, column.filled)
}

fn offset(zone: &str) -> (&'static str, String) {
    ("utc_offset", text(zone))
}

fn text(value: &str) -> String {
    toml::Value::from(value).to_string()
}

fn list(values: &[String]) -> String {
    toml::Value::from(values.to_vec()).to_string()
}

/// A comment is one line, whatever an old database calls its tables.
fn one_line(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}
