//! A live MySQL or MariaDB server, read in one consistent snapshot.
//!
//! The driver is asynchronous and readers are not: a thread of its own speaks to the server and hands rows over a short queue.

use crate::progress::Progress;
use crate::reader::{Context, Each, Reader, Wanted};
use crate::values::{Form, Values};
use crate::{Charset, Column, Kind, LARGEST_ROW, LegacyError, Position, Row, Table, sql};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Value};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Rows on their way from the server.
const QUEUE: usize = 256;

/// The database of a server. Everything that is read of it is as of one moment: one transaction serves all readings.
pub(crate) struct Server {
    opts: Opts,
    database: String,
    /// To the thread that holds the transaction, once something was asked.
    requests: Option<Sender<Request>>,
}

/// What the thread is asked: the tables, and the rows of those with these names.
struct Request {
    choose: Choose,
    answers: SyncSender<Message>,
}

/// Chooses the tables whose rows are wanted, by their places.
type Choose = Box<dyn FnOnce(&[Table]) -> Vec<usize> + Send>;

/// What the thread hands over.
enum Message {
    Tables(Vec<Table>),
    Row(usize, Values),
    End(Result<(), LegacyError>),
}

impl Server {
    /// `mysql://user:password@host:port/database`, with the driver's own parameters (`require_ssl`, ...) behind it.
    pub fn open(url: &str) -> Result<Server, LegacyError> {
        let opts = Opts::from_url(url).map_err(|error| LegacyError::Server(error.to_string()))?;
        let Some(database) = opts.db_name().map(str::to_owned) else {
            return Err(LegacyError::Server("the URL names no database".to_owned()));
        };
        let opts = OptsBuilder::from_opts(opts).max_allowed_packet(Some(LARGEST_ROW + (1 << 16))).into();
        Ok(Server { opts, database, requests: None })
    }

    /// Begins a reading: of the tables with these places, or of none.
    fn start(&mut self, choose: Choose) -> Receiver<Message> {
        let (answers, receiver) = sync_channel(QUEUE);
        let (opts, database) = (self.opts.clone(), self.database.clone());
        let requests = self.requests.get_or_insert_with(|| {
            let (sender, requests) = channel();
            std::thread::spawn(move || serve(opts, &database, &requests));
            sender
        });
        // A thread that ended closes the answers as well: whoever waits for them is told that the connection broke.
        let _ = requests.send(Request { choose, answers });
        receiver
    }
}

/// Answers until nobody asks any more, or something fails.
fn serve(opts: Opts, database: &str, requests: &Receiver<Request>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| LegacyError::Server(error.to_string()));
    let mut snapshot = None;
    for Request { choose, answers } in requests {
        let result = match &runtime {
            Ok(runtime) => runtime.block_on(async {
                let (connection, tables) = match &mut snapshot {
                    Some(open) => open,
                    None => snapshot.insert(begin(opts.clone(), database).await?),
                };
                answer(connection, tables, choose, &answers).await
            }),
            Err(error) => Err(LegacyError::Server(error.to_string())),
        };
        let failed = result.is_err();
        // Nobody listens any more: the reading was broken off.
        let _ = answers.send(Message::End(result));
        if failed {
            return;
        }
    }
    if let (Ok(runtime), Some((connection, _))) = (runtime, snapshot) {
        // Nothing was written: what the server thinks of the end does not matter.
        let _ = runtime.block_on(connection.disconnect());
    }
}

impl Reader for Server {
    fn writer(&self) -> &'static str {
        "MySQL or MariaDB server"
    }

    fn tables(&mut self, _: &mut Context) -> Result<Vec<Table>, LegacyError> {
        let mut tables = Vec::new();
        for message in self.start(Box::new(|_| Vec::new())) {
            match message {
                Message::Tables(found) => tables = found,
                Message::Row(..) => {}
                Message::End(result) => return result.map(|()| tables),
            }
        }
        Err(broken())
    }

    fn read(
        &mut self,
        wanted: &Wanted<'_>,
        context: &mut Context,
        each: &mut Each<'_>,
    ) -> Result<ControlFlow<()>, LegacyError> {
        let names: Vec<String> = wanted.0.iter().map(|name| (*name).to_owned()).collect();
        let messages = self.start(Box::new(move |tables| {
            let is_wanted = |table: &Table| names.is_empty() || names.iter().any(|name| table.is_called(name));
            (0..tables.len()).filter(|at| tables.get(*at).is_some_and(is_wanted)).collect()
        }));
        receive(&messages, &context.progress, each)
    }
}

fn receive(
    messages: &Receiver<Message>,
    progress: &Progress,
    each: &mut Each<'_>,
) -> Result<ControlFlow<()>, LegacyError> {
    let mut tables = Vec::new();
    let (mut current, mut number) = (usize::MAX, 0);
    for message in messages {
        match message {
            Message::Tables(found) => {
                progress.start(found.iter().filter_map(|table| table.rows).sum());
                tables = found;
            }
            Message::Row(at, values) => {
                number = if at == current { number + 1 } else { 1 };
                current = at;
                progress.advance(1);
                let Some(table) = tables.get(at) else { continue };
                if each(Row::new(table, &values, Position { offset: 0, row: number })).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Message::End(result) => return result.map(|()| ControlFlow::Continue(())),
        }
    }
    Err(broken())
}

/// A read-only transaction that begins with a snapshot, in UTC, and the tables.
async fn begin(opts: Opts, database: &str) -> Result<(Conn, Vec<Table>), LegacyError> {
    let mut connection = Conn::new(opts).await.map_err(refused)?;
    for statement in [
        "SET NAMES utf8mb4",
        "SET SESSION time_zone = '+00:00', SESSION net_write_timeout = 3600, SESSION wait_timeout = 28800",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ] {
        connection.query_drop(statement).await.map_err(refused)?;
    }
    let tables = tables(&mut connection, database).await?;
    Ok((connection, tables))
}

async fn answer(
    connection: &mut Conn,
    tables: &[Table],
    choose: Choose,
    answers: &SyncSender<Message>,
) -> Result<(), LegacyError> {
    let chosen = choose(tables);
    if answers.send(Message::Tables(tables.to_vec())).is_err() {
        return Ok(());
    }
    for at in chosen {
        let Some(table) = tables.get(at) else { continue };
        if rows(connection, table, at, answers).await?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

async fn tables(connection: &mut Conn, database: &str) -> Result<Vec<Table>, LegacyError> {
    let names = "SELECT TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' \
                 ORDER BY TABLE_NAME";
    let names: Vec<(String, Option<u64>)> = connection.exec(names, (database,)).await.map_err(refused)?;
    let columns = "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? \
                   ORDER BY TABLE_NAME, ORDINAL_POSITION";
    let columns: Vec<(String, String, String, String, String)> =
        connection.exec(columns, (database,)).await.map_err(refused)?;
    let mut tables: Vec<Table> = names
        .into_iter()
        .map(|(name, rows)| Table {
            database: Some(database.to_owned()),
            name: Some(name),
            columns_named: true,
            rows,
            ..Table::nameless()
        })
        .collect();
    for (table, name, declared, nullable, extra) in columns {
        let Some(table) = tables.iter_mut().find(|other| other.name.as_deref() == Some(&table)) else { continue };
        let kind = sql::kind(&declared);
        let column = Column {
            kind,
            declared,
            nullable: Some(nullable == "YES"),
            generated: extra.contains("GENERATED"),
            utc: kind == Kind::Timestamp,
            ..Column::named(&name)
        };
        table.columns.push(column.in_charset(Charset::utf8()));
    }
    Ok(tables)
}

async fn rows(
    connection: &mut Conn,
    table: &Table,
    at: usize,
    sender: &SyncSender<Message>,
) -> Result<ControlFlow<()>, LegacyError> {
    let quoted = |name: &str| format!("`{}`", name.replace('`', "``"));
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let from = quoted(table.database.as_deref().unwrap_or_default());
    let query = format!("SELECT {} FROM {from}.{}", columns.join(", "), quoted(table.label()));
    let mut result = connection.query_iter(query).await.map_err(refused)?;
    while let Some(row) = result.next().await.map_err(refused)? {
        let mut values = Values::default();
        for (value, column) in row.unwrap_raw().into_iter().zip(&table.columns) {
            let pushed = match value {
                Some(Value::Bytes(bytes)) => values.push(form(column.kind), &bytes),
                _ => values.end(Form::Null),
            };
            pushed.map_err(|_| LegacyError::Server(format!("a row of more than 16 MiB in {:?}", table.label())))?;
        }
        if sender.send(Message::Row(at, values)).is_err() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn form(kind: Kind) -> Form {
    match kind {
        Kind::Binary | Kind::Bit(_) | Kind::Spatial => Form::Bytes,
        Kind::Integer | Kind::Decimal | Kind::Float => Form::Number,
        Kind::Text | Kind::DateTime | Kind::Timestamp | Kind::Time | Kind::Unknown => Form::Text,
    }
}

fn refused(error: mysql_async::Error) -> LegacyError {
    LegacyError::Server(error.to_string())
}

fn broken() -> LegacyError {
    LegacyError::Server("the connection broke".to_owned())
}
