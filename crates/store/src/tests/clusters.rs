//! Real clusters on this machine: what one node acknowledged every other one shows, and a node without the others is left.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use diesel::prelude::*;

use super::schema::{TABLES, counters};
use crate::throwaway::cluster::Cluster;
use crate::throwaway::{execute, on_connection};
use crate::{Aborted, DatabaseUrl, Store, StoreConfig, StoreFailure, on};

fn open(url: &str) -> Store {
    Store::open(&StoreConfig::new(DatabaseUrl::parse(url).unwrap()), &[&TABLES]).unwrap()
}

async fn add(store: &Store, name: &'static str) -> Result<(), StoreFailure<Infallible>> {
    store
        .write(move |c| {
            let added = on!(&mut *c, c => diesel::update(counters::table.find(name)).set(counters::value.eq(counters::value + 1)).execute(c))?;
            if added == 0 {
                on!(c, c => diesel::insert_into(counters::table).values((counters::name.eq(name), counters::value.eq(1))).execute(c))?;
            }
            Ok::<_, Aborted<Infallible>>(())
        })
        .await
}

async fn value(store: &Store, name: &'static str) -> i64 {
    store.read(move |c| on!(c, c => counters::table.find(name).select(counters::value).first(c))).await.unwrap()
}

/// Until both a read and a write succeed; how long that took.
async fn recovery(store: &Store, limit: Duration) -> Duration {
    let began = Instant::now();
    while store.ping().await.is_err() || add(store, "recovery").await.is_err() {
        assert!(began.elapsed() < limit, "no recovery within {limit:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn galera_is_one_database() {
    let Some(cluster) = Cluster::start("galera") else { return };
    let stores = all_come_up_at_once(&cluster).await;
    conflicts_between_nodes_are_settled(&stores).await;
    a_node_that_lags_is_waited_for(&cluster, &stores).await;
    a_read_only_node_is_left(&cluster).await;
    a_node_that_helps_another_to_join_is_the_last_choice(&cluster).await;
    a_node_without_quorum_is_left(&cluster, &stores).await;
}

/// Three replicas that start together, each on a node of its own of an empty cluster.
async fn all_come_up_at_once(cluster: &Cluster) -> Vec<Store> {
    let stores: Vec<_> = cluster.nodes.iter().map(|url| open(url)).collect();
    let starting: Vec<_> =
        stores.iter().cloned().map(|store| tokio::spawn(async move { store.migrate().await })).collect();
    let mut ran = Vec::new();
    for start in starting {
        ran.extend(start.await.unwrap().unwrap());
    }
    ran.sort();
    let all = ran.clone();
    ran.dedup();
    assert_eq!(ran, all, "no migration ran twice");
    assert!(!ran.is_empty());
    stores
}

/// Galera tells of a conflict at COMMIT; the writes are run again and all count.
async fn conflicts_between_nodes_are_settled(stores: &[Store]) {
    add(&stores[0], "hot").await.unwrap();
    let mut writes = Vec::new();
    for index in 0..90 {
        let store = stores[index % stores.len()].clone();
        writes.push(tokio::spawn(async move { add(&store, "hot").await }));
    }
    let mut acknowledged = 1;
    for write in writes {
        acknowledged += i64::from(write.await.unwrap().is_ok());
    }
    assert!(acknowledged > 45, "only {acknowledged} of 91 were written");
    for store in stores {
        assert_eq!(value(store, "hot").await, acknowledged, "what was not acknowledged was not written, either");
    }
}

/// A backup holds one node's writes up for half a second: a lock acknowledged on another one must not be missed here meanwhile.
async fn a_node_that_lags_is_waited_for(cluster: &Cluster, stores: &[Store]) {
    let before = value(&stores[1], "hot").await;
    let lagging = cluster.nodes[1].clone();
    let (held, holds) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        on_connection(&lagging, |c| {
            let sql = |c: &mut _, sql: &str| {
                on!(c, c => diesel::connection::SimpleConnection::batch_execute(c, sql)).unwrap()
            };
            sql(c, "FLUSH TABLES WITH READ LOCK");
            held.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(500));
            sql(c, "UNLOCK TABLES");
        });
    });
    holds.recv().unwrap();
    add(&stores[0], "hot").await.unwrap();
    assert_eq!(value(&stores[1], "hot").await, before + 1, "a read on another node is never in the past");
    holder.join().unwrap();
}

/// The administrator may write to a read-only server, so a plain user is needed.
async fn a_read_only_node_is_left(cluster: &Cluster) {
    execute(&cluster.nodes[0], "CREATE USER plain@'%'; GRANT ALL ON dragoman.* TO plain@'%'");
    let store = open(&cluster.url.replace("root@", "plain@"));
    assert_eq!(add(&store, "plain").await, Ok(()));
    execute(&cluster.nodes[0], "SET GLOBAL read_only = ON");
    recovery(&store, Duration::from_secs(3)).await;
    execute(&cluster.nodes[0], "SET GLOBAL read_only = OFF");
}

/// A donor may be locked for as long as it hands its data over; `wsrep_desync` makes any node say that it is one.
async fn a_node_that_helps_another_to_join_is_the_last_choice(cluster: &Cluster) {
    let desync =
        |node: usize, value: &str| execute(&cluster.nodes[node], &format!("SET GLOBAL wsrep_desync = {value}"));
    desync(0, "ON");
    let store = open(&cluster.url);
    assert_eq!(add(&store, "donor").await, Ok(()));
    assert_ne!(node_of(&store).await, "node1");
    desync(1, "ON");
    desync(2, "ON");
    assert_eq!(add(&open(&cluster.url), "donor").await, Ok(()), "all of them are, so one of them serves");
    (0..3).for_each(|node| desync(node, "OFF"));
}

async fn node_of(store: &Store) -> String {
    #[derive(diesel::deserialize::QueryableByName)]
    struct Node {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let asked = store.read(
        |c| on!(c, c => diesel::sql_query("SELECT CAST(@@wsrep_node_name AS CHAR) AS name").get_result::<Node>(c)),
    );
    asked.await.unwrap().name
}

async fn a_node_without_quorum_is_left(cluster: &Cluster, stores: &[Store]) {
    let everywhere = open(&cluster.url);
    add(&everywhere, "quorum").await.unwrap();
    cluster.run("cut 1");
    let took = recovery(&everywhere, Duration::from_secs(20)).await;
    eprintln!("galera: cut off, served again by another node after {took:?}");
    add(&stores[1], "quorum").await.unwrap();
    // It lets everybody in and answers `SELECT 1`, and nothing else.
    assert!(stores[0].prove_writable().await.is_err());
    assert!(stores[0].ping().await.is_err());
    cluster.run("heal");
    recovery(&stores[0], Duration::from_secs(5)).await;
    assert_eq!(value(&stores[0], "quorum").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_its_primary() {
    let Some(cluster) = Cluster::start("postgres") else { return };
    let everywhere = open(&cluster.url);
    everywhere.migrate().await.unwrap();
    add(&everywhere, "kept").await.unwrap();

    // A standby reads, but late.
    let standby = open(&cluster.nodes[1]);
    assert!(standby.ping().await.is_err());
    assert!(standby.prove_writable().await.is_err());
    let standbys_first =
        format!("{},{}", cluster.nodes[1].rsplit_once('/').unwrap().0, cluster.nodes[0].rsplit_once('@').unwrap().1);
    for wish in ["any", "read-only", "read-write"] {
        let store = open(&format!("{standbys_first}?target_session_attrs={wish}"));
        assert_eq!(value(&store, "kept").await, 1, "{wish}");
    }

    // Another one takes over: what was acknowledged is there, and everybody finds it.
    let mut acknowledged = 1;
    for _ in 0..50 {
        add(&everywhere, "kept").await.unwrap();
        acknowledged += 1;
    }
    cluster.run("kill 1");
    cluster.run("promote 2");
    let took = recovery(&everywhere, Duration::from_secs(10)).await;
    eprintln!("postgres: promoted, served again after {took:?}");
    assert_eq!(value(&everywhere, "kept").await, acknowledged);
    recovery(&standby, Duration::from_secs(5)).await;
    assert_eq!(value(&standby, "kept").await, acknowledged);
}
