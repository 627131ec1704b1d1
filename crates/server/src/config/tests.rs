use std::path::Path;
use std::sync::Arc;

use dragoman_dialect::{Dialect, DialectKind, MountContext, Registered, UpstreamMode};
use serde::{Deserialize, Serialize};

use super::*;

struct Fake<const WHICH: usize>;

#[derive(Serialize, Deserialize)]
struct FakeSettings {
    registration_open: bool,
    signing_key: Option<String>,
    max_age_seconds: Option<u64>,
    layout: Layout,
    schemes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Layout {
    Compact,
    Indented,
}

impl Default for FakeSettings {
    fn default() -> Self {
        Self {
            registration_open: true,
            signing_key: None,
            max_age_seconds: None,
            layout: Layout::Compact,
            schemes: vec!["md5".to_owned()],
        }
    }
}

impl<const WHICH: usize> DialectKind for Fake<WHICH> {
    const NAME: &'static str = ["proxy", "medusa"][WHICH];
    const NAMESPACES: &'static [&'static str] = [&["/"] as &[&str], &["/api/", "/s/"]][WHICH];
    const CASE_BLIND: bool = false;
    type Settings = FakeSettings;

    fn mount(_: FakeSettings, _: MountContext) -> Result<Arc<dyn Dialect>, String> {
        Err("only configured here".to_owned())
    }
}

const REGISTRY: &[Registered] = &[Registered::of::<Fake<0>>(), Registered::of::<Fake<1>>()];

struct Given {
    folder: tempfile::TempDir,
    sources: Sources,
}

fn given(toml: &str) -> Given {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dragoman.toml");
    std::fs::write(&path, toml).unwrap();
    let sources = Sources { file: ConfigFile::Required(path), environment: Vec::new(), command_line: Vec::new() };
    Given { folder, sources }
}

impl Given {
    fn environment(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.into(), value.into()));
        self
    }

    fn command_line(mut self, option: &'static str, key: &'static str, value: &str) -> Self {
        self.sources.command_line.push((option, key, value.to_owned()));
        self
    }

    fn load(&self) -> Loaded {
        load(&self.sources, REGISTRY).unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn problems(&self) -> String {
        load(&self.sources, REGISTRY).err().expect("a problem").to_string()
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }
}

fn origin(loaded: &Loaded, section: &str, key: &str) -> String {
    let entry = loaded.entries.iter().find(|entry| entry.section == section && entry.key == key);
    entry.unwrap_or_else(|| panic!("no entry {section}.{key}")).origin.clone()
}

#[test]
fn nothing_given_is_the_defaults_and_every_dialect_is_mounted() {
    let loaded = given("").load();
    assert_eq!(loaded.settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(loaded.settings.database.url, "sqlite://data/dragoman.db");
    assert_eq!(loaded.settings.passwords.bcrypt_cost, 10);
    let mounts: Vec<_> = loaded.settings.mounts.iter().map(|mount| (mount.prefix.as_str(), &*mount.scope)).collect();
    assert_eq!(mounts, [("/proxy", "proxy"), ("/medusa", "medusa")]);
    assert!(loaded.entries.iter().all(|entry| entry.origin == "default"));
}

#[test]
fn file_environment_and_command_line_go_over_each_other() {
    let toml = "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 7\nmax_connections = 9\n[proxy]\nmax_age_seconds = 5";
    let given = given(toml)
        .environment("DRAGOMAN__SERVER__LISTEN", "127.0.0.1:2")
        .environment("DRAGOMAN__SERVER__WORKERS", "8")
        .environment("DRAGOMAN__PROXY__MAX_AGE_SECONDS", "6")
        .environment("DRAGOMAN__PROXY__SIGNING_KEY", "123")
        .environment("DRAGOMAN__PROXY__SCHEMES", "a, b")
        .environment("PATH", "/bin")
        .command_line("--listen", "server.listen", "127.0.0.1:3");
    let loaded = given.load();
    let server = &loaded.settings.server;
    assert_eq!((server.listen.port(), server.workers, server.max_connections), (3, 8, 9));
    let own = &loaded.settings.mounts[0].own;
    assert_eq!(own["max_age_seconds"], 6);
    assert_eq!(own["signing_key"], "123");
    assert_eq!(own["schemes"], serde_json::json!(["a", "b"]));
    assert!(own.get("prefix").is_none());
    assert_eq!(origin(&loaded, "server", "listen"), "command line --listen");
    assert_eq!(origin(&loaded, "server", "workers"), "environment variable DRAGOMAN__SERVER__WORKERS");
    assert!(origin(&loaded, "server", "max_connections").ends_with("dragoman.toml"));
    assert_eq!(origin(&loaded, "server", "drain_seconds"), "default");
}

#[test]
fn an_explicit_file_must_be_there_and_the_usual_one_need_not() {
    let mut given = given("");
    given.sources.file = ConfigFile::IfPresent(given.folder.path().join("none.toml"));
    given.load();
    given.sources.file = ConfigFile::Required(given.folder.path().join("none.toml"));
    assert!(given.problems().contains("none.toml"));
}

#[test]
fn an_unknown_key_is_told_with_its_origin_and_the_nearest_known_one() {
    let problems = given("[server]\nlisen = 1\n[proxi]\nprefix = \"/x\"")
        .environment("DRAGOMAN__PROXY__JSON_LAYOT", "x")
        .environment("DRAGOMAN__LISTEN", "x")
        .problems();
    for part in [
        "unknown key `server.lisen`",
        "dragoman.toml), did you mean `server.listen`?",
        "unknown key `proxi.prefix`",
        "did you mean `proxy.prefix`?",
        "unknown key `proxy.json_layot` (environment variable DRAGOMAN__PROXY__JSON_LAYOT), did you mean `proxy.layout`?",
        "unknown key `listen` (environment variable DRAGOMAN__LISTEN)",
    ] {
        assert!(problems.contains(part), "{part} is not in:\n{problems}");
    }
}

#[test]
fn wrong_types_and_values_name_the_key() {
    let toml = "[server]\nworkers = \"four\"\nlisten = \"here\"\ntls_key = \"k\"\n[log]\nformat = \"xml\"\n\
                [database]\nurl = \"oracle://x\"\n[passwords]\nbcrypt_cost = 4\n[proxy]\nlayout = \"wide\"\nhosts = \"a\"";
    let problems = given(toml).environment("DRAGOMAN__THROTTLE__WINDOW_SECONDS", "soon").problems();
    for part in [
        "`server.workers` must be a whole number, but is \"four\"",
        "`server.listen` cannot be \"here\"",
        "`log.format` cannot be \"xml\"",
        "`database.url` cannot be used",
        "`passwords.bcrypt_cost` must be between 10 and 16",
        "`proxy.layout` cannot be \"wide\"",
        "`proxy.hosts` must be a list",
        "`throttle.window_seconds` must be a whole number, but is \"soon\" (environment variable DRAGOMAN__THROTTLE__WINDOW_SECONDS)",
    ] {
        assert!(problems.contains(part), "{part} is not in:\n{problems}");
    }
    assert!(given("[server]\ntls_key = \"k\"").problems().contains("must be given together"));
    assert!(given("server = 1").problems().contains("`server` must be a section"));
    assert!(given("").environment("DRAGOMAN__MOUNTS__0__PREFIX", "/x").problems().contains("`mounts` must be a list"));
    assert!(given("").environment("DRAGOMAN__MOUNTS[4000000000]", "/x").problems().contains("unknown key"));
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    let problems = given("[proxy]\nsigning_key = [\"hush-hush\"]").problems();
    assert!(problems.contains("`proxy.signing_key`") && !problems.contains("hush"), "{problems}");
}

#[test]
fn secrets_are_read_from_files_one_source_at_a_time() {
    let given = given("");
    let key = given.file("key", "from a file\n");
    let url = given.file("url", "postgres://u:p@h/db\n");
    let toml = format!("[proxy]\nsigning_key_file = {key:?}\n[database]\nurl_file = {url:?}");
    std::fs::write(given.folder.path().join("dragoman.toml"), toml).unwrap();
    let loaded = given.load();
    assert_eq!(loaded.settings.mounts[0].own["signing_key"], "from a file");
    assert_eq!(loaded.settings.database.url, "postgres://u:p@h/db");
    assert!(origin(&loaded, "proxy", "signing_key").starts_with(&key));

    let over = given.environment("DRAGOMAN__PROXY__SIGNING_KEY", "from the environment");
    assert_eq!(over.load().settings.mounts[0].own["signing_key"], "from the environment");
    let both = over.environment("DRAGOMAN__PROXY__SIGNING_KEY_FILE", &key);
    assert!(both.problems().contains("both given"));
}

#[test]
fn a_missing_secret_file_and_a_file_for_a_plain_value_are_refused() {
    let missing = given("").environment("DRAGOMAN__PROXY__SIGNING_KEY_FILE", "/none").problems();
    assert!(missing.contains("/none") && missing.contains("DRAGOMAN__PROXY__SIGNING_KEY_FILE"), "{missing}");
    assert!(given("[server]\ntls_key_file = \"x\"").problems().contains("did you mean `server.tls_key`?"));
}

#[test]
fn show_masks_secrets_and_tells_origins() {
    let toml = "[database]\nurl = \"postgres://me:hush@db/x\"\n[[mounts]]\ndialect = \"proxy\"\nprefix = \"/second\"\n\
                familiar_paths = false\nsigning_key = \"hush too\"";
    let text = show(&given(toml).load().entries);
    assert!(!text.contains("hush"), "{text}");
    assert!(text.contains("url = \"postgres://me:********@db/x\""), "{text}");
    assert!(text.contains("signing_key = \"********\""), "{text}");
    assert!(text.contains("[[mounts]]\n") && text.contains("prefix = \"/second\""), "{text}");
    let listen = text.lines().find(|line| line.starts_with("listen")).unwrap();
    assert!(listen.ends_with("# default"), "{listen}");
    assert!(text.contains(Path::new("dragoman.toml").to_str().unwrap()));
    let parsed: Result<toml::Table, _> = toml::from_str(&text.replace("= (none)", "= \"\""));
    assert!(parsed.is_ok(), "{parsed:?}");
}

#[test]
fn one_dialect_can_be_mounted_twice() {
    let toml = "[proxy]\nhosts = [\"one.example\"]\n[[mounts]]\ndialect = \"proxy\"\nprefix = \"/proxy-two\"\n\
                scope = \"two\"\nhosts = [\"two.example\"]\nadmits = \"own\"\nlayout = \"indented\"";
    let mounts = given(toml).load().settings.mounts;
    let second = mounts.last().unwrap();
    assert_eq!((second.dialect.name, &*second.scope, second.admits), ("proxy", "two", Admits::Own));
    assert_eq!(second.own["layout"], "indented");
    assert_eq!(mounts[0].own["layout"], "compact");
}

#[test]
fn an_old_server_behind_each_mount() {
    let toml = "[proxy.upstream]\nurl = \"http://old:9999\"\npass_through = true\n\n[[mounts]]\ndialect = \"proxy\"\nprefix = \"/p\"\n\
                familiar_paths = false\n[mounts.upstream]\nurl = \"https://older/x\"\nmode = \"all\"\n";
    let loaded = given(toml).environment("DRAGOMAN__PROXY__UPSTREAM__TIME_OUT_SECONDS", "3").load();
    let upstreams: Vec<_> = loaded.settings.mounts.iter().map(|mount| &mount.upstream).collect();
    let first = upstreams.iter().find(|upstream| upstream.pass_through).unwrap();
    assert_eq!((first.time_out_seconds, first.mode), (3, UpstreamMode::Off));
    let last = upstreams.last().unwrap();
    assert_eq!((last.url.as_deref(), last.mode), (Some("https://older/x"), UpstreamMode::All));
    assert!(last.options().is_some());
    let shown = show(&loaded.entries);
    assert!(
        shown.contains("[proxy.upstream]\nurl = \"http://old:9999\"") && shown.contains("[mounts.upstream]\nurl"),
        "{shown}"
    );
    for (toml, problem) in [
        ("[proxy.upstream]\nmode = \"logins\"\n", "`proxy.upstream.mode` needs the old server's `url`"),
        ("[proxy.upstream]\npass_through = true\n", "`proxy.upstream.pass_through` needs"),
        ("[proxy.upstream]\nurl = \"http://a:hidden@old\"\n", "`proxy.upstream.url` must have no user name"),
        ("[proxy.upstream]\nurl = \"old:1\"\n", "`proxy.upstream.url` must be an http"),
        ("[proxy.upstream]\nmode = \"some\"\n", "proxy.upstream.mode"),
        ("[proxy.upstream]\npassword_changes = \"ask\"\n", "proxy.upstream.password_changes"),
        (
            "[proxy.upstream]\nurl = \"http://old\"\npassword_changes = \"tell\"\n",
            "`proxy.upstream.password_changes` needs a `mode`",
        ),
        (
            "[proxy.upstream]\npassword_changes = \"tell\"\n",
            "`proxy.upstream.password_changes` needs the old server's `url`",
        ),
        ("[proxy.upstream]\ntime_out_seconds = 0\n", "`proxy.upstream.time_out_seconds` must be between"),
        ("[proxy.upstream]\nurll = \"x\"\n", "did you mean `proxy.upstream.url`?"),
    ] {
        let problems = given(toml).problems();
        assert!(problems.contains(problem) && !problems.contains("hidden"), "{problems}");
    }
}

#[test]
fn mounts_in_each_others_way_are_refused() {
    let second = "[[mounts]]\ndialect = \"proxy\"\nprefix = \"/two\"\n";
    assert!(given(second).problems().contains("both answer on the familiar paths `/`"));
    let same = format!("{second}familiar_paths = false\n[medusa]\nprefix = \"/two\"");
    assert!(given(&same).problems().contains("same prefix `/two`"));
    assert!(given("[proxy]\nprefix = \"/api\"").problems().contains("would hide the familiar paths `/api/`"));
    assert!(given("[proxy]\nprefix = \"/healthz\"").problems().contains("`proxy.prefix` is one of the server's own"));
    for bad in ["", "/", "proxy", "/proxy/", "/a//b", "/{x}", "/a%20"] {
        let toml = format!("[proxy]\nprefix = {bad:?}");
        assert!(given(&toml).problems().contains("`proxy.prefix` must be a path"), "{bad}");
    }
    for bad in ["Example.org", "http://a", "a:80", ""] {
        let toml = format!("[proxy]\nhosts = [{bad:?}]");
        assert!(given(&toml).problems().contains("`proxy.hosts` must be"), "{bad}");
    }
}

#[test]
fn a_listed_mount_needs_a_dialect_and_a_prefix() {
    let problems = given("[[mounts]]\ndialect = \"imap\"").problems();
    assert!(problems.contains("`mounts[0].dialect` must be one of proxy, medusa"), "{problems}");
    assert!(problems.contains("`mounts[0].prefix` must be given"), "{problems}");
    let typo = given("[[mounts]]\ndialect = \"proxy\"\nprefix = \"/x\"\nhost = [\"a\"]").problems();
    assert!(
        typo.contains("unknown key `mounts[0].host`") && typo.contains("did you mean `mounts[0].hosts`?"),
        "{typo}"
    );
}

#[test]
fn a_disabled_dialect_is_not_mounted_and_claims_nothing() {
    let toml = "[proxy]\nenabled = false\n[[mounts]]\ndialect = \"proxy\"\nprefix = \"/proxy\"";
    let mounts = given(toml).load().settings.mounts;
    let sections: Vec<_> = mounts.iter().map(|mount| mount.section.as_str()).collect();
    assert_eq!(sections, ["medusa", "mounts[0]"]);
}

#[test]
fn a_file_that_is_there_and_cannot_be_read_is_not_absent() {
    let folder = tempfile::tempdir().unwrap();
    let usual = |name: &str| {
        let file = ConfigFile::IfPresent(folder.path().join(name));
        let sources = Sources { file, environment: Vec::new(), command_line: Vec::new() };
        load(&sources, REGISTRY).map(drop).map_err(|problems| problems.to_string())
    };
    assert_eq!(usual("absent.toml"), Ok(()));
    std::fs::create_dir(folder.path().join("folder.toml")).unwrap();
    std::os::unix::fs::symlink("/nowhere/x", folder.path().join("dangling.toml")).unwrap();
    std::os::unix::fs::symlink("loop.toml", folder.path().join("loop.toml")).unwrap();
    std::fs::write(folder.path().join("latin1.toml"), b"[server]\nworkers = 1 # f\xfcr\n").unwrap();
    std::fs::write(folder.path().join("broken.toml"), "[server\n").unwrap();
    for name in ["folder.toml", "dangling.toml", "loop.toml", "latin1.toml", "broken.toml"] {
        assert!(usual(name).is_err_and(|problem| problem.contains(name)), "{name}: {:?}", usual(name));
    }
    assert!(usual("latin1.toml").unwrap_err().contains("line 2 is not UTF-8"));
}

#[test]
fn variables_that_are_not_unicode_are_told() {
    use std::os::unix::ffi::OsStringExt;
    let odd = |bytes: &[u8]| std::ffi::OsString::from_vec(bytes.to_vec());
    let mut value = given("");
    value.sources.environment.push(("DRAGOMAN__MAIL__PASSWORD".into(), odd(b"p\xe4ss")));
    let problems = value.problems();
    assert!(
        problems.contains("DRAGOMAN__MAIL__PASSWORD is not Unicode") && !problems.contains("ss\u{fffd}"),
        "{problems}"
    );
    let mut name = given("");
    name.sources.environment.push((odd(b"DRAGOMAN__SERVER__W\xf6RKERS"), "2".into()));
    assert!(name.problems().contains("is not Unicode"));
    let mut foreign = given("");
    foreign.sources.environment.push((odd(b"L\xc4NG"), odd(b"\xff")));
    foreign.load();
}

#[test]
fn empty_values_are_none_or_refused_by_name() {
    let none = given("[mail]\nusername = \"\"\nhost = \" \"\n[proxy]\nsigning_key = \"\"")
        .environment("DRAGOMAN__MAIL__PASSWORD", "")
        .environment("DRAGOMAN__SERVER__TLS_CERTIFICATE", "")
        .environment("DRAGOMAN__SERVER__TLS_KEY", "  ")
        .environment("DRAGOMAN__SERVER__TRUSTED_PROXIES", "")
        .environment("DRAGOMAN__PICTURES__URL", "")
        .environment("DRAGOMAN__PROXY__MAX_AGE_SECONDS", "")
        .environment("DRAGOMAN__MAIL__PASSWORD_FILE", "");
    let loaded = none.load();
    let Settings { mail, server, pictures, mounts, .. } = &loaded.settings;
    assert!(mail.username.is_none() && mail.password.is_none() && mail.host.is_none());
    assert!(server.tls().is_none() && server.trusted_proxies.is_empty() && pictures.url.is_none());
    assert!(mounts[0].own["signing_key"].is_null() && mounts[0].own["max_age_seconds"].is_null());
    for key in ["SERVER__LISTEN", "SERVER__WORKERS", "DATABASE__URL", "LOG__LEVEL", "PROXY__LAYOUT", "MAIL__FOLDER"] {
        let variable = format!("DRAGOMAN__{key}");
        let problems = given("").environment(&variable, "").problems();
        let name = key.replace("__", ".").to_lowercase();
        assert!(problems.contains(&format!("`{name}` is empty")) && problems.contains(&variable), "{key}: {problems}");
    }
    assert!(given("").command_line("--listen", "server.listen", "").problems().contains("`server.listen` is empty"));
}

#[test]
fn of_a_secret_and_its_file_the_one_that_is_given_counts() {
    let given = given("");
    let key = given.file("key", "from a file\n");
    let loaded = given
        .environment("DRAGOMAN__PROXY__SIGNING_KEY", "")
        .environment("DRAGOMAN__PROXY__SIGNING_KEY_FILE", &key)
        .environment("DRAGOMAN__DATABASE__URL", "sqlite://x.db")
        .environment("DRAGOMAN__DATABASE__URL_FILE", "")
        .load();
    assert_eq!(loaded.settings.mounts[0].own["signing_key"], "from a file");
    assert_eq!(loaded.settings.database.url, "sqlite://x.db");
}

#[test]
fn an_empty_secret_file_is_told() {
    let given = given("");
    let key = given.file("key", "\n");
    assert!(given.environment("DRAGOMAN__PROXY__SIGNING_KEY_FILE", &key).problems().contains("is empty"));
}

#[test]
fn a_level_that_is_none_is_refused_with_the_nearest() {
    for (level, near) in
        [("warning", "warn"), ("WARNING", "warn"), ("inof", "info"), ("info,hyper=wrn", "warn"), ("debug2", "debug")]
    {
        let problems = given(&format!("[log]\nlevel = \"{level}\"")).problems();
        assert!(problems.contains("`log.level`") && problems.contains(&format!("`{near}`?")), "{level}: {problems}");
    }
    for good in
        ["info", "WARN", "off", "info,dragoman_accounts=debug", "info,actix_http=trace", "warn,dragoman::request=off"]
    {
        given(&format!("[log]\nlevel = \"{good}\"")).load();
    }
}

/// Every number of the house at the largest values that its type takes: refused by name, or harmless.
#[test]
fn no_number_is_without_bounds() {
    let schema = schema::schema(REGISTRY).unwrap();
    let optional = [("database", "readers"), ("database", "writers"), ("mail", "port")];
    let mut keys: Vec<(String, String)> =
        optional.iter().map(|(section, key)| ((*section).to_owned(), (*key).to_owned())).collect();
    for (section, defaults) in &schema {
        let numbers = defaults.as_object().unwrap().iter().filter(|(_, default)| default.is_number());
        keys.extend(numbers.map(|(key, _)| (section.clone(), key.clone())));
    }
    assert!(keys.len() > 25, "{keys:?}");
    for (section, key) in keys {
        let counts = section == "throttle" && !key.ends_with("seconds") || key.starts_with("per_");
        for number in ["9223372036854775807", "4294967295", "-1"] {
            if counts && number == "4294967295" {
                continue;
            }
            let problems = given(&format!("[{section}]\n{key} = {number}")).problems();
            assert!(problems.contains(&format!("`{section}.{key}`")), "{section}.{key} = {number}: {problems}");
        }
    }
}

#[test]
fn the_suggestion_stays_in_the_section() {
    for (toml, near) in [
        ("[server]\ntls_cert = 1", "server.tls_certificate"),
        ("[mail]\nuser = 1", "mail.username"),
        ("[mail]\nurl = 1", "mail."),
        ("[servr]\nlisen = 1", "server.listen"),
        ("listen = 1", "server.listen"),
    ] {
        let problems = given(toml).problems();
        assert!(problems.contains(&format!("did you mean `{near}")), "{toml}: {problems}");
    }
}

#[test]
fn a_password_inside_any_url_is_masked() {
    for (toml, kept) in [
        ("[pictures]\nurl = \"file:///x\"\nregion = \"https://me:hush@h.example\"", "me:********@h.example"),
        ("[mail]\nfolder = \"https://h.example/?X-Amz-Signature=hush\"", "********"),
        ("[database]\nurl = \"postgres://h/db?user=me&password=hush\"", "********"),
        ("[mail]\nfolder = \"me:hush@h.example\"", "********"),
    ] {
        let entries = given(toml).load().entries;
        let text = show(&entries);
        assert!(!text.contains("hush") && text.contains(kept), "{text}");
    }
    let refused = given("[pictures]\nurl = \"s3://b\"\nendpoint = \"https://me:hush@h.example\"").problems();
    assert!(refused.contains("endpoint") && !refused.contains("hush"), "{refused}");
}
