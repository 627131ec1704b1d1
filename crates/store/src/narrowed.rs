//! A connection whose driver sees statements of one type only.
//!
//! Diesel gives every query a type of its own, and with a driver called directly all that prepares, binds, runs and fetches is compiled
//! again for each of some hundreds of queries and each of three engines. Here only the writing of its text and its values is.

use std::any::TypeId;
use std::cell::Cell;

use diesel::backend::Backend;
use diesel::connection::{
    CacheSize, Connection, ConnectionSealed, Instrumentation, LoadConnection, SimpleConnection, TransactionManager,
    TransactionManagerStatus,
};
use diesel::expression::QueryMetadata;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Untyped;
use diesel::{ConnectionResult, QueryResult};

/// Passes statements on to `C` as [`AnyStatement`].
pub struct Narrowed<C>(C);

impl<C> Narrowed<C> {
    /// The connection itself, for what is no query.
    pub(crate) fn inner(&mut self) -> &mut C {
        &mut self.0
    }
}

impl<C> From<C> for Narrowed<C> {
    fn from(connection: C) -> Self {
        Self(connection)
    }
}

/// What is left of a statement's type: it writes itself.
trait Statement<DB: Backend> {
    fn write<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB: Backend, T: QueryFragment<DB>> Statement<DB> for T {
    fn write<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk_ast(out)
    }
}

/// A statement of any type.
struct AnyStatement<'query, DB>(Box<dyn Statement<DB> + 'query>);

thread_local! {
    /// By what the statement at hand is known among the prepared ones: diesel asks the type for that, not the value.
    static KNOWN_BY: Cell<Option<TypeId>> = const { Cell::new(None) };
}

impl<'query, DB: Backend> AnyStatement<'query, DB> {
    /// To be run at once on this thread, before another is made.
    fn of<T: QueryFragment<DB> + QueryId + 'query>(statement: T) -> Self {
        KNOWN_BY.set(T::query_id());
        Self(Box::new(statement))
    }
}

impl<DB: Backend> QueryFragment<DB> for AnyStatement<'_, DB> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.write(out)
    }
}

impl<DB> QueryId for AnyStatement<'_, DB> {
    type QueryId = ();
    // What is executed is handed to the drivers by reference, and of a reference diesel reads this instead of `query_id`: so those
    // are known by their text. Writing it costs some microseconds, beside a write.
    const HAS_STATIC_QUERY_ID: bool = false;

    fn query_id() -> Option<TypeId> {
        KNOWN_BY.get()
    }
}

impl<DB> Query for AnyStatement<'_, DB> {
    /// No driver of ours asks what it will fetch.
    type SqlType = Untyped;
}

impl<C: SimpleConnection> SimpleConnection for Narrowed<C> {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.0.batch_execute(query)
    }
}

impl<C> ConnectionSealed for Narrowed<C> {}

impl<C: Connection> Connection for Narrowed<C>
where
    C::Backend: 'static,
{
    type Backend = C::Backend;
    type TransactionManager = InnerTransactions;

    fn establish(database_url: &str) -> ConnectionResult<Self> {
        C::establish(database_url).map(Self)
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Self::Backend> + QueryId,
    {
        self.0.execute_returning_count(&AnyStatement::of(source))
    }

    fn transaction_state(
        &mut self,
    ) -> &mut <Self::TransactionManager as TransactionManager<Self>>::TransactionStateData {
        self.0.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.0.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.0.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.0.set_prepared_statement_cache_size(size);
    }
}

impl<C: LoadConnection> LoadConnection for Narrowed<C>
where
    C::Backend: QueryMetadata<Untyped> + 'static,
{
    type Cursor<'conn, 'query>
        = C::Cursor<'conn, 'query>
    where
        Self: 'conn;
    type Row<'conn, 'query>
        = C::Row<'conn, 'query>
    where
        Self: 'conn;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Self::Backend> + QueryId + 'query,
        Self::Backend: QueryMetadata<T::SqlType>,
    {
        self.0.load(AnyStatement::of(source))
    }
}

/// The transactions of the connection inside.
pub struct InnerTransactions;

impl<C: Connection> TransactionManager<Narrowed<C>> for InnerTransactions
where
    C::Backend: 'static,
{
    type TransactionStateData = <C::TransactionManager as TransactionManager<C>>::TransactionStateData;

    fn begin_transaction(connection: &mut Narrowed<C>) -> QueryResult<()> {
        C::TransactionManager::begin_transaction(&mut connection.0)
    }

    fn rollback_transaction(connection: &mut Narrowed<C>) -> QueryResult<()> {
        C::TransactionManager::rollback_transaction(&mut connection.0)
    }

    fn commit_transaction(connection: &mut Narrowed<C>) -> QueryResult<()> {
        C::TransactionManager::commit_transaction(&mut connection.0)
    }

    fn transaction_manager_status_mut(connection: &mut Narrowed<C>) -> &mut TransactionManagerStatus {
        C::TransactionManager::transaction_manager_status_mut(&mut connection.0)
    }

    fn is_broken_transaction_manager(connection: &mut Narrowed<C>) -> bool {
        C::TransactionManager::is_broken_transaction_manager(&mut connection.0)
    }
}
