//! Somebody who types commands in a folder of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::known::{Deployment, data};

pub struct Operator {
    folder: TempDir,
    database: String,
}

impl Operator {
    pub fn of(database: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // As cheap as they may be: what is tested is not their cost.
        std::fs::write(folder.path().join("dragoman.toml"), "[passwords]\nbcrypt_cost = 10\n").unwrap();
        Self { folder, database: database.to_owned() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command that must end with this status; gives its standard output.
    pub fn run(&self, arguments: &[&str], status: i32) -> String {
        self.run_to(arguments, &[status])
    }

    /// Runs a command that must end with this status; gives what it said on its standard error.
    pub fn complaint(&self, arguments: &[&str], status: i32) -> String {
        let (_, told) = self.output(arguments, &[status]);
        told
    }

    fn run_to(&self, arguments: &[&str], statuses: &[i32]) -> String {
        let (out, _) = self.output(arguments, statuses);
        out
    }

    fn output(&self, arguments: &[&str], statuses: &[i32]) -> (String, String) {
        let done = Command::new(env!("CARGO_BIN_EXE_dragoman"))
            .current_dir(self.path())
            .args(["--database", &self.database])
            .args(arguments)
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let status = done.status.code();
        assert!(statuses.iter().any(|wanted| status == Some(*wanted)), "{arguments:?} {status:?}\n{out}\n{err}");
        (out.into_owned(), err.into_owned())
    }

    /// The last line of its output, as JSON.
    pub fn json(&self, arguments: &[&str], status: i32) -> Value {
        last_line(&self.run(arguments, status))
    }

    /// Plans into `plan.jsonl`; an older plan is kept as `plan-1.jsonl`.
    pub fn plan(&self, deployment: &Deployment) -> Value {
        let plan: PathBuf = self.path().join("plan.jsonl");
        let plan_before = plan.exists();
        if plan_before {
            std::fs::rename(&plan, self.path().join("plan-1.jsonl")).unwrap();
        }
        let from = data(deployment.from);
        let mut arguments =
            vec!["import", "plan", deployment.dialect, "--from", &from, "--out", "plan.jsonl", "--json"];
        let pictures = deployment.pictures.map(data);
        if let Some(pictures) = &pictures {
            arguments.extend(["--pictures", pictures]);
        }
        if let Some(mapping) = &deployment.mapping {
            std::fs::write(self.path().join("mapping.toml"), mapping).unwrap();
            arguments.extend(["--mapping", "mapping.toml"]);
        }
        // Who is here already may have nothing left to warn of.
        let statuses: &[i32] = if plan_before { &[0, 11] } else { &[deployment.status] };
        last_line(&self.run_to(&arguments, statuses))
    }

    /// JSON lines of logins and passwords.
    pub fn write(&self, name: &str, logins: &[(String, String)]) {
        let lines: Vec<String> = logins
            .iter()
            .map(|(login, password)| serde_json::json!({ "login": login, "password": password }).to_string())
            .collect();
        std::fs::write(self.path().join(name), lines.join("\n")).unwrap();
    }
}

fn last_line(output: &str) -> Value {
    serde_json::from_str(output.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {output}"))
}
