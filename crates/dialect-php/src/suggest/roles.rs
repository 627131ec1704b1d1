//! Which column is the name, which the password, and so on: by what their values look like, then by their names.

use super::{
    sample::{ColumnSample, TableSample},
    shape::Shape,
};

const NAMES: [&str; 12] = [
    "username",
    "loginname",
    "login",
    "userlogin",
    "uname",
    "account",
    "name",
    "user",
    "accountname",
    "memname",
    "userid",
    "nick",
];
const NICKNAMES: [&str; 9] =
    ["nickname", "nick", "displayname", "showname", "realname", "truename", "alias", "niname", "screenname"];
const PASSWORDS: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "pass",
    "userpass",
    "userpwd",
    "userpassword",
    "secret",
    "passwordhash",
    "pw",
    "mima",
    "hash",
];
const CREATED: [&str; 15] = [
    "regtime",
    "regdate",
    "regat",
    "registered",
    "registeredat",
    "registertime",
    "createdat",
    "createtime",
    "createdate",
    "creationtime",
    "created",
    "addtime",
    "joined",
    "ctime",
    "dateline",
];

/// The columns of a table that has accounts.
pub(super) struct Roles<'t> {
    pub table: &'t TableSample,
    pub username: &'t ColumnSample,
    pub password: &'t ColumnSample,
    pub uuid: Option<&'t ColumnSample>,
    pub nickname: Option<&'t ColumnSample>,
    pub salt: Option<&'t ColumnSample>,
    pub email: Option<&'t ColumnSample>,
    pub created_at: Option<&'t ColumnSample>,
    /// How much speaks for this table.
    pub score: f64,
}

/// A list's rank of a name, from 1 for the first down to 0 for none of it.
fn rank(column: &ColumnSample, list: &[&str]) -> f64 {
    let name = column.plain_name();
    let place = list.iter().position(|known| *known == name);
    place.map_or(0.0, |place| 1.0 - place as f64 / (2.0 * list.len() as f64))
}

/// The best of some columns by a score, if any has more than this.
fn best<'t>(
    columns: impl Iterator<Item = &'t ColumnSample>,
    least: f64,
    score: impl Fn(&ColumnSample) -> f64,
) -> Option<(&'t ColumnSample, f64)> {
    let scored = columns.map(|column| (column, score(column)));
    scored.filter(|(_, score)| *score > least).max_by(|(_, one), (_, other)| one.total_cmp(other))
}

fn hashes(column: &ColumnSample) -> f64 {
    column.share(Shape::Md5) + column.share(Shape::Bcrypt) + column.share(Shape::OtherHash)
}

impl<'t> Roles<'t> {
    /// Those of a table, if it can have accounts at all.
    pub fn of(table: &'t TableSample) -> Option<Self> {
        let columns = || table.columns.iter();
        let others = |taken: &[&ColumnSample]| {
            let taken: Vec<String> = taken.iter().map(|column| column.name.clone()).collect();
            columns().filter(move |column| !taken.contains(&column.name))
        };
        // One in sixteen MD5 values or so has the form of a random uuid: a password column has mostly the others.
        let (password, password_score) = best(columns(), 0.9, |column| {
            let holds_hashes = hashes(column) + column.share(Shape::Uuid).min(0.1);
            let holds_others = column.share(Shape::Uuid) > 0.5 || holds_hashes < 0.3;
            if holds_others { 0.0 } else { 2.0 * holds_hashes + rank(column, &PASSWORDS) }
        })?;
        let (username, name_score) = best(others(&[password]), 0.5, |column| {
            let texts = column.share(Shape::Text) + column.share(Shape::Number).min(0.4);
            let unique = if column.repeated == 0 { 0.5 } else { -0.5 };
            2.0 * rank(column, &NAMES) + texts.min(1.0) / 2.0 + unique
                - 2.0 * hashes(column)
                - 2.0 * column.share(Shape::Uuid)
        })?;
        let named = |needle: &str, column: &ColumnSample| column.plain_name().contains(needle);
        let rest = || others(&[password, username]);
        let uuid = rest().find(|column| {
            (named("uuid", column) || named("guid", column)) && column.share(Shape::Number) < 0.5
                || column.share(Shape::Uuid) > 0.8
        });
        let email = rest().filter(|column| column.share(Shape::Email) > 0.6).max_by_key(|column| column.filled);
        let email = email.or_else(|| rest().find(|column| column.filled == 0 && named("mail", column)));
        let created_at = best(rest(), 0.0, |column| {
            let is_time = column.share(Shape::Moment) + column.share(Shape::UnixSeconds);
            if is_time > 0.5 || column.filled == 0 { rank(column, &CREATED) } else { 0.0 }
        });
        Some(Self {
            table,
            username,
            password,
            uuid,
            nickname: best(rest(), 0.0, |column| rank(column, &NICKNAMES)).map(|(column, _)| column),
            salt: rest().find(|column| named("salt", column)),
            email,
            created_at: created_at.map(|(column, _)| column),
            score: password_score + name_score + if table.rows > 1 { 0.2 } else { 0.0 },
        })
    }
}
